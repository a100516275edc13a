import { describe, expect, it } from "vitest";
import type { Anomaly, PickleSink, RunningMachine } from "../../../src/formats/pickle/event.js";
import { PickleMachine } from "../../../src/formats/pickle/machine.js";
import { OP } from "../../../src/formats/pickle/opcodes.js";
import { KIND } from "../../../src/formats/pickle/value.js";
import { BufferSource, type SyncByteSource } from "../../../src/io/byte-source.js";
import { express } from "../../../src/scanners/pickle/express.js";
import * as p from "../../builders/pickle.js";

const { pickle, proto, global, text, int, stop, reduce, tuple1 } = p;

/** Runs a stream and writes down what a loader would do. */
function run(bytes: Uint8Array, source: SyncByteSource = new BufferSource(bytes)) {
  const log: string[] = [];
  const anomalies: Anomaly[] = [];
  let running: RunningMachine | undefined;
  const show = (value: { kind: number; data: number }) => (running ? express(running.inspect, value) : "");
  let result = "";
  const sink: PickleSink = {
    begin: (machine) => {
      running = machine;
    },
    imported: (_, { module, name, via }) => log.push(`import ${module} ${name}${via ? ` via ${via}` : ""}`),
    called: (opcode, _, callee, args) => {
      log.push(`${opcode} ${show(callee)} ${show(args)}`);
      return false;
    },
    constructed: (opcode, _, cls, args) => {
      log.push(`${opcode} ${show(cls)} ${show(args)}`);
      return false;
    },
    built: (_, target, state) => log.push(`BUILD ${show(target)} ${show(state)}`),
    mutated: (opcode, _, target, count) => log.push(`${opcode} ${show(target)} ${count}`),
    computedName: (_, module, name) => log.push(`computed ${show(module)} ${show(name)}`),
    extension: (_, code) => log.push(`extension ${code}`),
    persistentId: (_, id) => log.push(`persistent ${show(id)}`),
    anomaly: (kind) => anomalies.push(kind),
    stopped: (_, value) => {
      result = show(value);
    },
  };
  const end = new PickleMachine(source, sink).run(0);
  return { log, anomalies, result, ...end };
}

describe("values", () => {
  it.each([
    ["INT in hexadecimal", p.line("INT", "0x10"), "16"],
    ["INT in binary", p.line("INT", "0b11"), "3"],
    ["INT in octal", p.line("INT", "0o17"), "15"],
    ["INT that ends at a NUL", p.line("INT", "1\0x"), "1"],
    ["INT 01, which is True", p.line("INT", "01"), "True"],
    ["INT 00, which is False", p.line("INT", "00"), "False"],
    ["INT 001, which is a number", p.line("INT", "001"), "1"],
    ["LONG with its suffix", p.line("LONG", "-12L"), "-12"],
    ["LONG1, signed", [OP.LONG1, 2, 0x00, 0xff], "-256"],
    ["BININT, signed", int(-5), "-5"],
    ["BININT2", [OP.BININT2, 0x34, 0x12], "4660"],
    ["UNICODE with escapes", p.line("UNICODE", "a\\u00e9\\U0001f600"), '"aé😀"'],
    ["STRING with escapes", p.line("STRING", "'a\\x62\\143\\n'"), '"abc\\n"'],
    ["STRING with an escaped quote", p.line("STRING", "'it\\'s'"), '"it\'s"'],
    ["BINSTRING", [OP.BINSTRING, ...p.le(2, 4), 0x68, 0x69], '"hi"'],
    ["BINUNICODE8", [OP.BINUNICODE8, ...p.le(2, 8), 0x68, 0x69], '"hi"'],
    ["BINBYTES8", [OP.BINBYTES8, ...p.le(2, 8), 0x68, 0x00], 'b"h\\x00"'],
    ["BYTEARRAY8", [OP.BYTEARRAY8, ...p.le(2, 8), 0x68, 0x00], 'bytearray(b"h\\x00")'],
    ["a tuple by mark", pickle(p.mark, int(1), int(2), p.tuple), "(1, 2)"],
    ["a dict by mark", pickle(p.mark, text("a"), int(2), p.op("DICT")), '{"a": 2}'],
    ["a frozenset", pickle(p.mark, int(1), p.op("FROZENSET")), "{1}"],
    ["appended items", pickle(p.emptyList, int(1), p.append, p.mark, int(2), int(3), p.appends), "[1, 2, 3]"],
    ["added items", pickle(p.emptySet, p.mark, int(1), p.additems), "{1}"],
  ])("reads %s", (_, piece, shown) => {
    const { result, anomalies, reason } = run(pickle(piece, stop));
    expect({ result, anomalies, reason }).toEqual({ result: shown, anomalies: [], reason: "stop" });
  });

  it("keeps the value that is on top of the stack at MEMOIZE, not the last argument", () => {
    const { log } = run(
      pickle(proto(4), text("os"), text("decoy"), p.pop, p.memoize, text("system"), p.stackGlobal, stop),
    );
    expect(log).toEqual(["import os system"]);
  });

  it("finds a name in a memo slot that was written over", () => {
    const bytes = pickle(
      proto(4),
      text("json"),
      p.put(0),
      p.pop,
      text("os"),
      p.put(0),
      p.pop,
      p.get(0),
      text("system"),
      p.stackGlobal,
      stop,
    );
    expect(run(bytes).log).toEqual(["import os system"]);
  });

  it("accepts the name of STACK_GLOBAL from any opcode that makes a text", () => {
    for (const module of [p.line("STRING", "'os'"), p.line("UNICODE", "os"), [OP.SHORT_BINSTRING, 2, 0x6f, 0x73]]) {
      expect(run(pickle(proto(4), module, text("system"), p.stackGlobal, stop)).log).toEqual(["import os system"]);
    }
  });

  it("survives DUP and tuples that double a value a thousand times", () => {
    const bytes = pickle(proto(4), text("x"), ...Array.from({ length: 1000 }, () => pickle(p.dup, p.tuple2)), stop);
    expect(run(bytes).reason).toBe("stop");
  });

  it("remembers far-off memo slots without allocating what lies between", () => {
    const before = process.memoryUsage().arrayBuffers;
    const { log } = run(
      pickle(proto(4), text("os"), p.put(0xfffffffe), p.pop, p.get(0xfffffffe), text("system"), p.stackGlobal, stop),
    );
    expect(log).toEqual(["import os system"]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 << 20);
  });
});

describe("calls", () => {
  const command = pickle(text("id"), tuple1);

  it.each([
    ["REDUCE", pickle(global("os", "system"), command, reduce)],
    ["INST", pickle(p.mark, text("id"), p.inst("os", "system"))],
    ["OBJ", pickle(p.mark, global("os", "system"), text("id"), p.obj)],
  ])("sees %s", (opcode, piece) => {
    expect(run(pickle(proto(4), piece, stop)).log).toContain(`${opcode} os.system ("id",)`);
  });

  it("sees NEWOBJ and NEWOBJ_EX", () => {
    expect(run(pickle(proto(4), global("a", "B"), p.emptyTuple, p.newobj, stop)).log).toContain("NEWOBJ a.B ()");
    expect(run(pickle(proto(4), global("a", "B"), p.emptyTuple, p.emptyDict, p.newobjEx, stop)).log).toContain(
      "NEWOBJ_EX a.B ()",
    );
  });

  it("sees what happened before an unknown opcode, a truncation and a missing STOP", () => {
    const payload = pickle(proto(4), global("os", "system"), command, reduce);
    for (const [tail, reason, detail] of [
      [[0xff], "unknown-opcode", "0xff is no opcode"],
      [[0x0b], "unknown-opcode", "0x0b is no opcode"],
      [[OP.BINUNICODE, 9, 0, 0, 0, 0x61], "truncated", "the stream ends inside BINUNICODE"],
      [[], "truncated", "the stream ends without STOP"],
    ] as const) {
      const seen = run(pickle(payload, tail));
      expect(seen.log).toContain('REDUCE os.system ("id",)');
      expect(seen).toMatchObject({ reason, detail });
    }
  });

  it("tells an empty APPENDS on an object, for which Python's own unpickler calls extend", () => {
    const made = pickle(proto(4), global("a", "B"), p.emptyTuple, p.newobj, p.mark);
    expect(run(pickle(made, p.appends, stop)).log.at(-1)).toMatch(/^APPENDS .* 0$/);
    expect(run(pickle(made, p.setitems, stop)).log.at(-1)).toBe("NEWOBJ a.B ()");
    expect(run(pickle(proto(4), p.emptyList, p.mark, p.appends, stop)).log).toEqual([]);
  });

  it("takes the last line of a file without its last byte, as Python's own unpickler does", () => {
    const call = pickle(p.mark, text("id"), [OP.INST], Buffer.from("os\nsystemX"));
    expect(run(call)).toMatchObject({ log: ["import os system", 'INST os.system ("id",)'], reason: "truncated" });
    for (const [lines, imported] of [
      ["os\nsystem", "import os syste"],
      ["os\n", "import os "],
      ["osX", "import os "],
    ] as const)
      expect(run(pickle([OP.GLOBAL], Buffer.from(lines))).log).toEqual([imported]);
    expect(run(pickle([OP.PERSID], Buffer.from("idX"))).log).toEqual(['persistent "id"']);
    expect(run(pickle([OP.GLOBAL])).log).toEqual([]);
  });

  it("does not take a line for the last one where only the bytes to look at end", () => {
    const bytes = pickle(p.mark, text("id"), [OP.INST], Buffer.from("os\nsystem\n"));
    const log: string[] = [];
    const sink: PickleSink = { imported: (_, { name }) => log.push(name) };
    new PickleMachine(new BufferSource(bytes), sink, undefined, bytes.length - 2).run(0);
    expect(log).toEqual([]);
  });

  it("goes on after a stack underflow, a missing mark and an empty memo slot, and tells each", () => {
    const broken = pickle(
      proto(4),
      p.get(9),
      p.pop,
      p.tuple,
      p.pop,
      p.reduce,
      p.pop,
      global("os", "system"),
      command,
      reduce,
      stop,
    );
    const { log, anomalies } = run(broken);
    expect(log).toContain('REDUCE os.system ("id",)');
    expect(anomalies).toEqual(["bad-memo", "missing-mark", "stack-underflow"]);
  });

  it("stops when nothing fits any more", () => {
    const garbage = pickle(proto(4), ...Array.from({ length: 40_000 }, () => reduce));
    expect(run(garbage).reason).toBe("anomalies");
  });
});

describe("frames", () => {
  const body = pickle(text("a"), p.memoize, stop);

  it("accepts frames as picklers write them, several in a row and a large literal between", () => {
    const bytes = pickle(
      proto(4),
      p.frame(2),
      p.none,
      p.pop,
      p.bytes("x".repeat(70_000)),
      p.pop,
      p.frame(body.length),
      body,
    );
    expect(run(bytes)).toMatchObject({ reason: "stop", anomalies: [] });
  });

  it.each([
    ["frame-straddle", pickle(proto(4), p.frame(3), text("abcdef"), stop)],
    ["frame-too-long", pickle(proto(4), p.frame(1000), text("abcdef"), stop)],
    ["frame-overhang", pickle(proto(4), p.frame(10), text("abcdef"), stop, p.none)],
    [
      "frame-nested",
      pickle(proto(4), p.frame(30), p.frame(5), text("abcdef"), text("abcdef"), p.pop, p.none, p.pop, stop),
    ],
  ])("tells %s and goes on", (kind, bytes) => {
    const { anomalies, reason } = run(bytes);
    expect(anomalies).toContain(kind);
    expect(reason).toBe("stop");
  });
});

describe("reading", () => {
  /** A source that hands out a few bytes at a time and counts what it hands out. */
  class Counting implements SyncByteSource {
    readonly size: number;
    handed = 0;
    constructor(private readonly bytes: Uint8Array) {
      this.size = bytes.length;
    }
    readSync(offset: number, length: number): Uint8Array {
      const part = this.bytes.subarray(offset, offset + length);
      this.handed += part.length;
      return part;
    }
    async read(offset: number, length: number): Promise<Uint8Array> {
      return this.readSync(offset, length);
    }
  }

  it("does not read the content of large constants", () => {
    const bytes = pickle(
      proto(4),
      p.emptyList,
      p.bytes(new Uint8Array(4 << 20)),
      p.append,
      text("end"),
      p.append,
      stop,
    );
    const source = new Counting(bytes);
    expect(run(bytes, source).result).toMatch(/"end"\]$/);
    expect(source.handed).toBeLessThan(600_000);
  });

  it("reads names that lie far behind in the file", () => {
    const bytes = pickle(
      proto(4),
      text("os"),
      p.put(1),
      p.pop,
      p.bytes(new Uint8Array(1 << 20)),
      p.pop,
      p.get(1),
      text("system"),
      p.stackGlobal,
      stop,
    );
    expect(run(bytes).log).toEqual(["import os system"]);
  });

  it("reads lines that cross its window", () => {
    const bytes = pickle(p.line("UNICODE", "x".repeat(600_000)), p.pop, global("os", "system"), stop);
    expect(run(bytes).log).toEqual(["import os system"]);
  });

  it("ends for every prefix of a stream of all opcodes, without throwing", () => {
    const everything = pickle(...Object.values(OP).map((code) => [code, 1, 0, 0, 0, 0, 0, 0, 0, 10, 10]));
    for (let length = 0; length <= everything.length; length++)
      expect(() => run(everything.subarray(0, length))).not.toThrow();
  });
});

it("has a kind for every value it pushes", () => {
  expect(new Set(Object.values(KIND)).size).toBe(Object.keys(KIND).length);
});
