import type { Value } from "../code/value.js";
import type { Machine } from "./machine.js";

/** What an instruction does to the machine. */
export type Operation = (machine: Machine, arg: number) => void;

/** Releases in which instructions changed, as `OpcodeTable.order` counts them. */
export const V311 = 311;
export const V312 = 312;
export const V313 = 313;
export const V314 = 314;

/** The elements of a sequence that is known, none for anything else. */
export function elements(value: Value): readonly Value[] {
  return value.kind === "collection" ? value.items : [];
}

export function mentionAll(m: Machine, values: readonly Value[]): void {
  for (const value of values) m.evaluator.mention(value, m.at);
}
