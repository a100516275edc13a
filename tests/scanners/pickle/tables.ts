import { expect, it } from "vitest";
import { whole } from "../../attacks/pickle-calls.js";
import type * as p from "../../builders/pickle.js";
import { findingsOf } from "./scan.js";

/** A value of a pickle, and what it is in a sentence of the test. */
export type Case = readonly [what: string, piece: p.Piece];

/** The worst that is told of a pickle of this value, as severity and rule. */
export async function worstOf(piece: p.Piece): Promise<string> {
  const [worst] = await findingsOf(whole(piece));
  return worst === undefined ? "silent" : `${worst.severity} ${worst.rule}`;
}

/** All that is told, as severities and rules. */
export async function allOf(piece: p.Piece): Promise<string[]> {
  return (await findingsOf(whole(piece))).map(({ severity, rule }) => `${severity} ${rule}`);
}

export function told(as: string, cases: readonly Case[]): void {
  it.each(cases)(`tells %s as ${as}`, async (_, piece) => {
    expect(await worstOf(piece)).toBe(as);
  });
}

export function silent(cases: readonly Case[]): void {
  it.each(cases)("is silent about %s", async (_, piece) => {
    expect(await worstOf(piece)).toBe("silent");
  });
}
