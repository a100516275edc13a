import type { OpcodeTable } from "./opcode-tables.js";

/** Since 3.6 every instruction is two bytes; before, one or three. */
const WORDCODE = 306;
/** Opcodes from here on carry an argument (up to 3.5). */
const HAVE_ARGUMENT = 90;

/**
 * Goes over bytecode instruction by instruction; its fields are those of the current one, so that megabytes of bytecode cost no objects.
 * Never fails: what is no instruction is counted and skipped.
 */
export class Instructions {
  op = "";
  arg = 0;
  /** Byte offset of the instruction itself, after its EXTENDED_ARG prefixes. */
  offset = 0;
  /** Byte offset of the next instruction, behind inline caches. */
  next = 0;
  /** Bytes that are no instruction of this version, or caches that are not empty: signs of another version, or of bytecode made by hand. */
  oddities = 0;
  private extended = 0;

  constructor(
    private readonly code: Uint8Array,
    private readonly table: OpcodeTable,
  ) {}

  /** Moves to the next instruction; false at the end. */
  advance(): boolean {
    while (this.next < this.code.length) {
      this.offset = this.next;
      const op = this.table.names[this.code[this.offset] ?? 0];
      const isWhole = this.table.order >= WORDCODE ? this.readWord(op) : this.readBytes();
      if (op === undefined || op === "CACHE" || !isWhole) this.oddities++;
      else if (op !== "EXTENDED_ARG") {
        this.op = op;
        return true;
      }
    }
    return false;
  }

  private readWord(op: string | undefined): boolean {
    const { code, offset } = this;
    this.arg = (this.extended | (code[offset + 1] ?? 0)) >>> 0;
    this.extended = op === "EXTENDED_ARG" ? (this.arg << 8) >>> 0 : 0;
    const caches = op === undefined ? 0 : (this.table.caches.get(op) ?? 0);
    this.next = offset + 2 + 2 * caches;
    // Caches are zero in what compilers write.
    for (let i = offset + 2; i < this.next; i++) if (code[i] !== 0) this.oddities++;
    return this.next <= code.length;
  }

  private readBytes(): boolean {
    const { code, offset } = this;
    const number = code[offset] ?? 0;
    const hasArgument = number >= HAVE_ARGUMENT;
    this.arg = hasArgument ? this.extended + (code[offset + 1] ?? 0) + ((code[offset + 2] ?? 0) << 8) : 0;
    this.extended = this.table.names[number] === "EXTENDED_ARG" ? this.arg * 65_536 : 0;
    this.next = offset + (hasArgument ? 3 : 1);
    return this.next <= code.length;
  }
}
