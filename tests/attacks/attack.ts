import { expect, it } from "vitest";
import { defaultPolicy } from "../../src/config/load.js";
import { scanPaths } from "../../src/engine/scan.js";
import { isAtLeast, type Severity } from "../../src/rules/severity.js";
import { folder } from "../builders/folder.js";
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
export function failing(attacks: readonly Attack[], usualName = "model.pkl"): void {
  it.each(attacks)("fails: $hope", async ({ name = usualName, bytes, least = "medium", rule }) => {
    const { findings, state } = await scanBytes(name, bytes());
    const told = findings.map(({ severity, rule: id, message }) => `${severity} ${id}: ${message}`);
    const isTold = findings.some(({ severity }) => isAtLeast(severity, least));
    expect(isTold || (state === "partial" && least === "medium"), [state, ...told].join("\n")).toBe(true);
    if (rule !== undefined) expect(findings.map((finding) => finding.rule)).toContain(rule);
  });
}

export interface FolderAttack extends Pick<Attack, "hope" | "least" | "rule"> {
  readonly files: () => Parameters<typeof folder>[0];
}

/** The same of attacks by several files together, scanned as a user scans a folder. */
export function failingTogether(attacks: readonly FolderAttack[]): void {
  it.each(attacks)("fails: $hope", async ({ files, least = "medium", rule }) => {
    const { files: reports, findings: rest } = await scanPaths([folder(files())], {
      policy: await defaultPolicy(),
      workers: 1,
    });
    const findings = [...reports.flatMap(({ findings: own }) => own), ...rest];
    const told = findings.map(({ severity, rule: id, message }) => `${severity} ${id}: ${message}`);
    const isTold = findings.some(({ severity }) => isAtLeast(severity, least));
    const isPartial = least === "medium" && reports.some(({ state }) => state === "partial");
    expect(isTold || isPartial, told.join("\n")).toBe(true);
    if (rule !== undefined) expect(findings.map((finding) => finding.rule)).toContain(rule);
  });
}
