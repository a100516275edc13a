import * as OP from "./op.js";

export { OP };

export type OpcodeName = keyof typeof OP;

const names = new Map<number, OpcodeName>();
for (const [name, code] of Object.entries(OP)) names.set(code, name as OpcodeName);

/** The name of an opcode, undefined for a byte that is none. */
export function opcodeName(code: number): OpcodeName | undefined {
  return names.get(code);
}
