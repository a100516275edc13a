import type { Anomaly, ImportedName, PickleSink, RunningMachine } from "../../formats/pickle/event.js";
import type { Inspector } from "../../formats/pickle/inspector.js";
import { PickleMachine } from "../../formats/pickle/machine.js";
import type { OpcodeName } from "../../formats/pickle/opcodes.js";
import { KIND, type Value } from "../../formats/pickle/value.js";
import type { SyncByteSource } from "../../io/byte-source.js";
import { isArrayWrapper, rawArrayOf } from "./arrays.js";
import { express, expressInvocation, writtenName } from "./express.js";

const MAX_LINES = 100_000;

class TraceSink implements PickleSink {
  readonly lines: string[] = [];
  private machine: RunningMachine | undefined;
  private variables = 0;

  constructor(private readonly source: SyncByteSource) {}

  private get inspect(): Inspector {
    if (this.machine === undefined) throw new Error("the trace was asked before the machine ran");
    return this.machine.inspect;
  }

  begin(machine: RunningMachine): void {
    this.machine = machine;
  }

  private line(offset: number, text: string): void {
    if (this.lines.length < MAX_LINES) this.lines.push(`${String(offset).padStart(8)}  ${text}`);
  }

  imported(_: number, name: ImportedName): void {
    const entry = this.inspect.globals.at(-1);
    const resolved = entry ? `${entry.resolvedModule}.${entry.resolvedName}` : "";
    const renamed = entry && resolved !== writtenName(entry) ? `  # is ${resolved}` : "";
    if (name.name === "") this.line(name.offset, `import ${name.module}`);
    else this.line(name.offset, `from ${name.module} import ${name.name}${renamed}`);
  }

  computedName(offset: number, module: Value, name: Value): void {
    this.line(offset, `import of ${express(this.inspect, module)}, ${express(this.inspect, name)}  # computed`);
  }

  called(opcode: OpcodeName, offset: number, callee: Value, args: Value): boolean {
    this.line(offset, `_${this.variables++} = ${expressInvocation(this.inspect, callee, args)}  # ${opcode}`);
    return false;
  }

  constructed(opcode: OpcodeName, offset: number, cls: Value, args: Value): boolean {
    const name = express(this.inspect, cls);
    this.line(offset, `_${this.variables++} = ${name}.__new__(${name}, *${express(this.inspect, args)})  # ${opcode}`);
    return false;
  }

  built(offset: number, target: Value, state: Value): void {
    this.line(offset, `${express(this.inspect, target)}.__setstate__(${express(this.inspect, state)})  # BUILD`);
    if (!isArrayWrapper(this.inspect, target)) return;
    const array = rawArrayOf(this.inspect, state);
    if (array.kind !== "data") return;
    const from = offset + 1;
    const padding = array.aligned ? 1 + (this.source.readSync(from, 1)[0] ?? 0) : 0;
    this.line(from, `# ${array.bytes} bytes of array data`);
    this.machine?.jump(Math.min(this.source.size, from + padding + array.bytes));
  }

  mutated(opcode: OpcodeName, offset: number, target: Value, count: number): void {
    this.line(
      offset,
      `${express(this.inspect, target)}.${opcode === "ADDITEMS" ? "add" : opcode.startsWith("SET") ? "__setitem__" : "extend"}(… ${count} items)  # ${opcode}`,
    );
  }

  persistentId(offset: number, id: Value): void {
    this.line(offset, `_${this.variables++} = persistent_load(${express(this.inspect, id)})`);
  }

  extension(offset: number, code: number): void {
    this.line(offset, `_${this.variables++} = copyreg._inverted_registry[${code}]  # EXT`);
  }

  nested(offset: number, value: Value): void {
    this.line(offset, `# ${express(this.inspect, value)} looks like data inside data`);
  }

  anomaly(kind: Anomaly, offset: number, detail: string): void {
    this.line(offset, `# ${kind}: ${detail}`);
  }

  stopped(offset: number, result: Value): void {
    this.line(offset, result.kind === KIND.UNKNOWN ? "return" : `return ${express(this.inspect, result)}`);
  }
}

/** The lines of one pickle, each beginning with its offset. */
export function traceOne(source: SyncByteSource, start: number): readonly string[] {
  const sink = new TraceSink(source);
  new PickleMachine(source, sink).run(start);
  return sink.lines;
}

/** What loading the pickle at `start` would do, line by line, with offsets; then what follows it in the file. */
export function* tracePickle(source: SyncByteSource, start = 0): Generator<string> {
  for (let at = start, number = 0; at < source.size; number++) {
    const sink = new TraceSink(source);
    const machine = new PickleMachine(source, sink);
    if (number > 0) yield `# pickle ${number + 1}`;
    const end = machine.run(at);
    yield* sink.lines;
    if (end.reason !== "stop") {
      yield `${String(end.offset).padStart(8)}  # ${end.detail}`;
      return;
    }
    at = end.offset;
    const next = source.readSync(at, 2);
    if (at < source.size && next[0] !== 0x80) {
      yield `${String(at).padStart(8)}  # ${source.size - at} bytes follow`;
      return;
    }
  }
}
