// Finds `if __name__ == "__main__":` of a module: what stands under it does not run on import.
import type { CodeObject, MarshalValue } from "../marshal/value.js";
import { Instructions } from "./instructions.js";
import { anyJumpTarget } from "./jumps.js";
import type { OpcodeTable } from "./opcode-tables.js";

/** Bytes of a module's code, from behind the test up to where it leads otherwise. */
export interface GuardedRange {
  readonly from: number;
  readonly to: number;
}

/** Instructions from which control may pass to `target`. */
interface Entry {
  readonly first: number;
  readonly last: number;
  readonly target: number;
}

interface Step {
  readonly op: string;
  readonly arg: number;
  readonly offset: number;
  readonly next: number;
  readonly target: number | undefined;
}

/**
 * The ranges under the main guards of a module. Compilers enter such a range only through its test; where something else leads into it, a jump or a
 * handler of exceptions, the range counts as code that runs on import.
 */
export function mainGuards(code: CodeObject, table: OpcodeTable): GuardedRange[] {
  if (!code.names.includes("__name__")) return [];
  const steps = stepsOf(code, table);
  const entries = [
    ...steps.flatMap(({ offset, target }) => (target === undefined ? [] : [{ first: offset, last: offset, target }])),
    ...handlersOf(code.exceptionTable ?? new Uint8Array()),
  ];
  return steps.flatMap((step, i) => {
    const range = guardAt(steps.slice(Math.max(0, i - 3), i), step, code, table);
    if (range === undefined) return [];
    const { from, to } = range;
    const isEntered = entries.some(
      ({ first, last, target }) =>
        isWithin(target, from, to) && !(isWithin(first, from, to) && isWithin(last, from, to)),
    );
    return isEntered ? [] : [range];
  });
}

function isWithin(offset: number, from: number, to: number): boolean {
  return offset >= from && offset < to;
}

function stepsOf(code: CodeObject, table: OpcodeTable): Step[] {
  const instructions = new Instructions(code.code, table);
  const steps: Step[] = [];
  while (instructions.advance()) {
    const { op, arg, offset, next } = instructions;
    steps.push({ op, arg, offset, next, target: anyJumpTarget(instructions, table) });
  }
  return steps;
}

/** `LOAD_NAME __name__; LOAD_CONST "__main__"; COMPARE_OP ==; POP_JUMP_IF_FALSE` */
function guardAt(
  before: readonly Step[],
  { op, next, target }: Step,
  code: CodeObject,
  table: OpcodeTable,
): GuardedRange | undefined {
  if (!/^POP_JUMP_(?:FORWARD_)?IF_FALSE$/.test(op) || target === undefined || target <= next) return undefined;
  const [first, second, comparison] = before;
  if (!first || !second || comparison?.op !== "COMPARE_OP" || !isEquality(comparison.arg, table)) return undefined;
  const isGuard = [
    [first, second],
    [second, first],
  ].some(
    ([name, constant]) =>
      name?.op === "LOAD_NAME" &&
      code.names[name.arg] === "__name__" &&
      constant?.op === "LOAD_CONST" &&
      isMain(code.constants[constant.arg]),
  );
  return isGuard ? { from: next, to: target } : undefined;
}

/** The text in Python 2 is bytes. */
function isMain(value: MarshalValue | undefined): boolean {
  return value instanceof Uint8Array ? Buffer.from(value).toString("latin1") === "__main__" : value === "__main__";
}

/** `==` is the third comparison; its number moved up four bits in 3.12 and one more in 3.13 (Python/compile.c). */
function isEquality(arg: number, { order }: OpcodeTable): boolean {
  if (order >= 313) return arg >> 5 === 2;
  return (order >= 312 ? arg >> 4 : arg) === 2;
}

/** Objects/exception_handling_notes.txt: start, length, target, depth, each in groups of six bits, counted in instructions. */
function handlersOf(table: Uint8Array): Entry[] {
  const handlers: Entry[] = [];
  let at = 0;
  const number = () => {
    let value = 0;
    let byte: number;
    do {
      byte = table[at++] ?? 0;
      value = value * 64 + (byte & 63);
    } while ((byte & 64) !== 0);
    return value;
  };
  while (at < table.length) {
    const start = number();
    const length = number();
    handlers.push({ first: start * 2, last: (start + length - 1) * 2, target: number() * 2 });
    number();
  }
  return handlers;
}
