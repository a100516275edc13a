import type { OpcodeTable } from "./opcode-tables.js";

export interface Instruction {
  /** Byte offset of the instruction itself, after its EXTENDED_ARG prefixes. */
  readonly offset: number;
  /** Byte offset of the next instruction, behind inline caches. */
  readonly next: number;
  readonly op: string;
  readonly arg: number;
}

export interface Disassembly {
  readonly instructions: readonly Instruction[];
  /** Bytes that are no instruction of this version, or caches that are not empty: signs of another version, or of bytecode made by hand. */
  readonly oddities: number;
}

/** Since 3.6 every instruction is two bytes; before, one or three. */
const WORDCODE = 306;
/** Opcodes from here on carry an argument (up to 3.5). */
const HAVE_ARGUMENT = 90;

/** Splits bytecode into instructions. Never fails: what is no instruction is counted and skipped. */
export function disassemble(code: Uint8Array, table: OpcodeTable): Disassembly {
  return table.order >= WORDCODE ? disassembleWords(code, table) : disassembleBytes(code, table);
}

function disassembleWords(code: Uint8Array, table: OpcodeTable): Disassembly {
  const instructions: Instruction[] = [];
  let oddities = code.length % 2;
  let extended = 0;
  for (let at = 0; at + 1 < code.length; ) {
    const op = table.names[code[at] ?? 0];
    const arg = (extended | (code[at + 1] ?? 0)) >>> 0;
    const caches = op === undefined ? 0 : (table.caches.get(op) ?? 0);
    const next = Math.min(code.length, at + 2 + 2 * caches);
    extended = op === "EXTENDED_ARG" ? (arg << 8) >>> 0 : 0;
    if (op === undefined || op === "CACHE") oddities++;
    else if (op !== "EXTENDED_ARG") instructions.push({ offset: at, next, op, arg });
    for (let i = at + 2; i < next; i++) if (code[i] !== 0) oddities++;
    at = next;
  }
  return { instructions, oddities };
}

function disassembleBytes(code: Uint8Array, table: OpcodeTable): Disassembly {
  const instructions: Instruction[] = [];
  let oddities = 0;
  let extended = 0;
  for (let at = 0; at < code.length; ) {
    const number = code[at] ?? 0;
    const op = table.names[number];
    const next = number >= HAVE_ARGUMENT ? at + 3 : at + 1;
    const arg = number >= HAVE_ARGUMENT ? extended + (code[at + 1] ?? 0) + ((code[at + 2] ?? 0) << 8) : 0;
    extended = op === "EXTENDED_ARG" ? arg * 65_536 : 0;
    if (op === undefined || next > code.length) oddities++;
    else if (op !== "EXTENDED_ARG") instructions.push({ offset: at, next, op, arg });
    at = next;
  }
  return { instructions, oddities };
}
