import type { BudgetLimits } from "../../src/io/budget.js";

/** Wide enough for every honest test. */
export const LIMITS: BudgetLimits = {
  max_depth: 16,
  max_members: 100_000,
  max_inflated_bytes: 1 << 30,
  max_ratio: 250,
  ratio_floor_bytes: 16 << 20,
  max_steps: 10_000_000,
};
