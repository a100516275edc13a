// Reads what CPython bytecode does, without running it: which names it imports, reaches and calls, with which constants.
import type { CodeSummary } from "../code/summary.js";
import { MODULE_SCOPE, Trace } from "../code/trace.js";
import type { Value } from "../code/value.js";
import type { CodeLayout, CodeObject } from "../marshal/value.js";
import { Constants, codesIn } from "./constants.js";
import { Frame, Globals } from "./frame.js";
import { Instructions } from "./instructions.js";
import { Machine } from "./machine.js";
import { type OpcodeTable, opcodeTable, type PythonVersion } from "./opcode-tables.js";

/** Code objects inside one another; the largest modules of the standard library have some hundreds. */
const MAX_CODE_OBJECTS = 10_000;
/** Bytecode of all of them together; the largest generated modules have about one megabyte. */
const MAX_CODE_BYTES = 4 << 20;

const VERSIONS: Readonly<Record<CodeLayout, readonly PythonVersion[]>> = {
  "2.x": ["2.7"],
  "3.0": ["3.7", "3.6"],
  "3.8": ["3.8", "3.9", "3.10"],
  "3.11": ["3.11", "3.12", "3.13", "3.14"],
};

export interface BytecodeReading {
  readonly version: PythonVersion;
  readonly summary: CodeSummary;
}

export interface BytecodeOptions {
  /** Where a magic number tells it. */
  readonly version?: PythonVersion;
  /** Which dotted names are worth keeping; all when absent. */
  readonly isWatched?: (path: string) => boolean;
}

/**
 * One reading for each Python version that the bytecode can be of: marshalled code objects do not say. Usually all of them come to the
 * same; where they differ, each is what some Python would do.
 */
export function readBytecode(code: CodeObject, options: BytecodeOptions = {}): BytecodeReading[] {
  const codes = collectCodes(code);
  const { version } = options;
  const candidates = version !== undefined ? [version] : VERSIONS[code.layout];
  const rated = candidates.map((candidate) => ({ candidate, oddities: oddityOf(codes, opcodeTable(candidate)) }));
  const fewest = Math.min(...rated.map(({ oddities }) => oddities));
  return rated
    .filter(({ oddities }) => oddities === fewest)
    .map(({ candidate, oddities }) => {
      const reader = new CodeTreeReader(opcodeTable(candidate), options.isWatched);
      if (oddities > 0)
        reader.trace.gap(`bytecode that fits no known Python version (${oddities} odd places for ${candidate})`);
      if (isOverLimit(codes)) reader.trace.gap("more code objects than are examined");
      return { version: candidate, summary: reader.read(code) };
    });
}

function collectCodes(code: CodeObject): CodeObject[] {
  const codes = new Set([code]);
  for (const found of codes) {
    if (codes.size > MAX_CODE_OBJECTS) break;
    for (const nested of codesIn(found.constants)) codes.add(nested);
  }
  return [...codes];
}

function isOverLimit(codes: readonly CodeObject[]): boolean {
  return codes.length > MAX_CODE_OBJECTS || codes.reduce((sum, { code }) => sum + code.length, 0) > MAX_CODE_BYTES;
}

const TAKES_NAME: ReadonlySet<string> = new Set(
  `LOAD_NAME STORE_NAME DELETE_NAME LOAD_GLOBAL STORE_GLOBAL DELETE_GLOBAL LOAD_ATTR STORE_ATTR DELETE_ATTR LOAD_METHOD LOAD_SUPER_ATTR IMPORT_NAME
  IMPORT_FROM LOAD_FROM_DICT_OR_GLOBALS`.split(/\s+/),
);

/** Instructions that this version does not have, caches that are not empty and indices that lead nowhere. */
function oddityOf(codes: readonly CodeObject[], table: OpcodeTable): number {
  let total = 0;
  for (const code of codes) {
    const instructions = new Instructions(code.code, table);
    while (instructions.advance()) {
      const { op, arg } = instructions;
      if (TAKES_NAME.has(op) && nameIndex(op, arg, table) >= code.names.length) total++;
      if (op === "LOAD_CONST" && arg >= code.constants.length) total++;
      if (op === "LOAD_FAST" && arg >= code.locals.length) total++;
    }
    total += instructions.oddities;
  }
  return total;
}

function nameIndex(op: string, arg: number, { order }: OpcodeTable): number {
  if (op === "LOAD_SUPER_ATTR") return arg >> 2;
  const isShifted = (op === "LOAD_GLOBAL" && order >= 311) || (op === "LOAD_ATTR" && order >= 312);
  return isShifted ? arg >> 1 : arg;
}

interface Pending {
  readonly code: CodeObject;
  readonly scope: number;
  readonly parent: Frame;
}

/** Walks a code object and all that are nested in it, each once: first the outer one, so that inner ones find the globals it stores. */
class CodeTreeReader {
  readonly trace: Trace;
  private readonly globals = new Globals();
  private readonly pending: Pending[] = [];
  private readonly scopes = new Map<CodeObject, number>();
  private readonly constants: Constants;
  private current: Frame | undefined;
  private bytes = 0;

  constructor(
    private readonly table: OpcodeTable,
    isWatched?: (path: string) => boolean,
  ) {
    this.trace = new Trace(isWatched);
    this.constants = new Constants((code) => this.functionOf(code), table.order < 300);
  }

  read(code: CodeObject): CodeSummary {
    this.scopes.set(code, MODULE_SCOPE);
    this.walk(new Frame({ code, globals: this.globals, scope: MODULE_SCOPE }));
    for (let next = this.pending.shift(); next; next = this.pending.shift()) {
      const { code: inner, scope, parent } = next;
      this.walk(new Frame({ code: inner, globals: this.globals, scope, parent }));
    }
    return this.trace.finish();
  }

  private walk(frame: Frame): void {
    const { code } = frame;
    this.bytes += code.code.length;
    if (this.bytes > MAX_CODE_BYTES || this.scopes.size > MAX_CODE_OBJECTS) return;
    this.current = frame;
    const used = new Set<number>();
    const machine = new Machine(frame, this.table, this.trace, (index) =>
      this.constants.valueOf(code.constants[index] ?? null),
    );
    machine.run(({ op, arg }) => {
      if (TAKES_NAME.has(op)) used.add(nameIndex(op, arg, this.table));
    });
    for (const nested of codesIn(code.constants)) this.functionOf(nested);
    this.noteUnused(frame, used);
  }

  private functionOf(code: CodeObject): Value {
    const known = this.scopes.get(code);
    if (known !== undefined) return { kind: "function", name: code.name, scope: known };
    const scope = this.trace.newScope(code.name);
    this.scopes.set(code, scope);
    if (this.current) this.pending.push({ code, scope, parent: this.current });
    return { kind: "function", name: code.name, scope };
  }

  /** Names that no instruction uses: left over from code that the compiler dropped, or read otherwise than it runs. They count as mentioned. */
  private noteUnused(frame: Frame, used: ReadonlySet<number>): void {
    for (const [index, name] of frame.code.names.entries()) {
      if (used.has(index)) continue;
      const value = frame.global(name);
      if (value.kind === "name") this.trace.mention(value, frame.scope, 0);
      this.trace.attribute(name, 0);
    }
  }
}
