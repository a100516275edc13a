import { describe, expect, it } from "vitest";
import { listInputs, makeCase } from "./cases.js";
import { violationOf } from "./properties.js";

/** A fixed slice of what `npm run fuzz` runs without end. */
const SEEDS = [1, 2, 3, 4];
const CASES = 60;

describe("a damaged or disguised file", () => {
  const inputs = listInputs();

  it.each(SEEDS)("is scanned to an honest end, seed %i", async (seed) => {
    const violations: string[] = [];
    for (let index = 0; index < CASES; index++) {
      const tried = await makeCase(inputs, seed, index);
      const violation = await violationOf(tried);
      if (violation !== undefined) violations.push(`case ${index}, ${tried.origin}: ${violation}`);
    }
    expect(violations).toEqual([]);
  });

  it("is the same for the same seed and number", async () => {
    expect(await makeCase(inputs, 7, 3)).toEqual(await makeCase(inputs, 7, 3));
    expect((await makeCase(inputs, 7, 3)).bytes).not.toEqual((await makeCase(inputs, 7, 4)).bytes);
  });
});
