import type { Policy } from "../config/policy.js";
import { scanArtifact } from "../engine/scan-artifact.js";
import { Budget } from "../io/budget.js";
import { BufferSource } from "../io/byte-source.js";
import { isAtLeast } from "../rules/severity.js";

interface Sample {
  readonly name: string;
  readonly bytes: string;
  readonly isDangerous: boolean;
}

/** Pickles of protocol 0: `os.system("true")`, and `{"layer": 1}`. */
const SAMPLES: readonly Sample[] = [
  { name: "a malicious pickle", bytes: "cos\nsystem\n(S'true'\ntR.", isDangerous: true },
  { name: "a clean pickle", bytes: "(dS'layer'\nI1\ns.", isDangerous: false },
];

export interface SelfTest {
  readonly lines: readonly string[];
  readonly passed: boolean;
}

/** Scans a built-in malicious and a built-in clean sample under the rules in force. */
export async function selfTest(policy: Policy): Promise<SelfTest> {
  const rows = await Promise.all(
    SAMPLES.map(async (sample) => ({ sample, right: await isJudgedRight(sample, policy) })),
  );
  return {
    passed: rows.every(({ right }) => right),
    lines: rows.map(({ sample: { name, isDangerous }, right }) => {
      const expected = isDangerous ? "found dangerous" : "found harmless";
      return right
        ? `  ok      ${name} is ${expected}`
        : `  FAILED  ${name} is not ${expected}: look at the rules in force`;
    }),
  };
}

async function isJudgedRight({ name, bytes, isDangerous }: Sample, policy: Policy): Promise<boolean> {
  const source = new BufferSource(new TextEncoder().encode(bytes));
  const artifact = { path: name, name: "sample.pkl", source };
  const { findings, state } = await scanArtifact(artifact, {
    policy,
    budget: new Budget(policy.limits),
    isolated: true,
  });
  return state === "scanned" && findings.some(({ severity }) => isAtLeast(severity, "medium")) === isDangerous;
}
