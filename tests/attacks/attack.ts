import { expect, it } from "vitest";
import { isAtLeast, type Severity } from "../../src/rules/severity.js";
import { scanBytes } from "../builders/scan.js";

export interface Attack {
  /** What the attacker hopes for, as a sentence. */
  readonly hope: string;
  readonly name?: string;
  readonly bytes: () => Uint8Array | string;
  /** The least that must be told. */
  readonly least?: Severity;
  /** A rule that must be among what is told. */
  readonly rule?: string;
}

/** Each attack must fail: something of its severity is told, or the file is not called examined. */
export function failing(attacks: readonly Attack[]): void {
  it.each(attacks)("fails: $hope", async ({ name = "model.pkl", bytes, least = "medium", rule }) => {
    const { findings, state } = await scanBytes(name, bytes());
    const told = findings.map(({ severity, rule: id, message }) => `${severity} ${id}: ${message}`);
    const isTold = findings.some(({ severity }) => isAtLeast(severity, least));
    expect(isTold || (state === "partial" && least === "medium"), [state, ...told].join("\n")).toBe(true);
    if (rule !== undefined) expect(findings.map((finding) => finding.rule)).toContain(rule);
  });
}
