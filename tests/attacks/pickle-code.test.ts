import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { defaultPolicy } from "../../src/config/load.js";
import { isAtLeast } from "../../src/rules/severity.js";
import { judgeMarshal } from "../../src/scanners/code/judge-marshal.js";

interface CodeAttack {
  readonly hope: string;
  /** Code objects in base64, by the version of Python that compiled them. */
  readonly code: Readonly<Record<string, string>>;
}

const { attacks } = JSON.parse(readFileSync(new URL("pickle-code.json", import.meta.url), "utf8")) as {
  readonly attacks: readonly CodeAttack[]; // written by CPython's marshal, see its origin
};

describe("an attack by the code of a pickled function", () => {
  it.each(attacks)("fails: $hope", async ({ code }) => {
    const policy = await defaultPolicy();
    const verdicts = Object.entries(code).map(([version, bytes]) => {
      const { severity, reason } = judgeMarshal(Buffer.from(bytes, "base64"), policy);
      return { version, reason, isTold: isAtLeast(severity, "medium") };
    });
    expect(verdicts.filter(({ isTold }) => !isTold)).toEqual([]);
    expect(verdicts).not.toEqual([]);
  });
});
