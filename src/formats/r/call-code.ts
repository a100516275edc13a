import type { RValue } from "./types.js";

/** Characters of R code that are kept to be shown. */
export const MAX_CODE = 160;
/** Arguments of a call that are shown. */
export const MAX_SHOWN_PARTS = 4;

export function callCode([called, ...rest]: readonly RValue[]): string {
  const shown = rest.map(({ code }) => code).join(", ");
  return `${called?.code ?? ""}(${shown})`.slice(0, MAX_CODE);
}
