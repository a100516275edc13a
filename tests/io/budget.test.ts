import { describe, expect, it } from "vitest";
import { Budget } from "../../src/io/budget.js";
import { LIMITS } from "../builders/limits.js";

const MEGABYTE = 1 << 20;

describe("what may be unpacked", () => {
  it("is held to the ratio for each stream, once it is worth the look", () => {
    const budget = new Budget({ ...LIMITS, ratio_floor_bytes: 10 * MEGABYTE, max_ratio: 100 });
    budget.spendInflated(9 * MEGABYTE, 9 * MEGABYTE, 10);
    expect(() => budget.spendInflated(2 * MEGABYTE, 11 * MEGABYTE, 10)).toThrow(/ratio/);
    expect(budget.exhausted).toBeUndefined();
  });

  it("is held to the ratio against the artifact for all streams together", () => {
    const budget = new Budget({ ...LIMITS, ratio_floor_bytes: 10 * MEGABYTE, max_ratio: 100 });
    budget.measureAgainst(1000);
    for (let stream = 0; stream < 10; stream++) budget.spendInflated(MEGABYTE, MEGABYTE, MEGABYTE);
    expect(() => budget.spendInflated(MEGABYTE, MEGABYTE, MEGABYTE)).toThrow(/1000 bytes decompress to/);
    expect(budget.exhausted?.limit).toBe("max_ratio");
  });

  it("is not held to the artifact's size while that is not known", () => {
    const budget = new Budget({ ...LIMITS, ratio_floor_bytes: MEGABYTE, max_ratio: 1 });
    expect(() => budget.spendInflated(5 * MEGABYTE, 5 * MEGABYTE, 5 * MEGABYTE)).not.toThrow();
  });
});

describe("a budget that ran out", () => {
  it.each<[string, (budget: Budget) => void]>([
    ["max_members", (budget) => budget.spendMember(11)],
    ["max_steps", (budget) => budget.spendSteps(101)],
    ["max_inflated_bytes", (budget) => budget.spendInflated(1001, 1001, 1001)],
    ["timeout", (budget) => budget.checkTime()],
  ])("says so to whoever comes next: %s", (limit, spend) => {
    const clock = limit === "timeout" ? () => 1 : () => 0;
    const budget = new Budget({ ...LIMITS, max_members: 10, max_steps: 100, max_inflated_bytes: 1000 }, 0.5, clock);
    expect(budget.exhausted).toBeUndefined();
    expect(() => spend(budget)).toThrow();
    expect(budget.exhausted?.limit).toBe(limit);
  });
});
