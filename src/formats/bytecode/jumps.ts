import type { Instructions } from "./instructions.js";
import type { OpcodeTable } from "./opcode-tables.js";

const RELATIVE = new Set([
  "JUMP_FORWARD",
  "FOR_ITER",
  "SEND",
  "SETUP_LOOP",
  "SETUP_EXCEPT",
  "SETUP_FINALLY",
  "SETUP_WITH",
]);
const ABSOLUTE = new Set(["JUMP_ABSOLUTE", "JUMP_IF_FALSE_OR_POP", "JUMP_IF_TRUE_OR_POP", "JUMP_IF_NOT_EXC_MATCH"]);
/** Jump arguments count instructions instead of bytes from 3.10 on. */
const COUNTS_INSTRUCTIONS = 310;
/** Conditional jumps became relative in 3.11. */
const ALL_RELATIVE = 311;

/** Where an instruction may continue besides the next one. */
export function anyJumpTarget(instruction: Instructions, table: OpcodeTable): number | undefined {
  const { op, arg, next } = instruction;
  return op.includes("BACKWARD") ? next - arg * 2 : jumpTarget(instruction, table);
}

/** Where an instruction may continue besides the next one; backward jumps of 3.11 on are left out, nothing is learnt from them. */
export function jumpTarget({ op, arg, next }: Instructions, { order }: OpcodeTable): number | undefined {
  if (op.includes("BACKWARD")) return undefined;
  const unit = order >= COUNTS_INSTRUCTIONS ? 2 : 1;
  const isConditional = op.startsWith("POP_JUMP_");
  if (RELATIVE.has(op) || (order >= ALL_RELATIVE && (isConditional || ABSOLUTE.has(op)))) return next + arg * unit;
  return isConditional || ABSOLUTE.has(op) ? arg * unit : undefined;
}
