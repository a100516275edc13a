import type { ScanContext } from "../scanner.js";
import type { ConfigContext } from "./document.js";

/** What the judgements of a configuration need of a scan. */
export function configContext(context: ScanContext): ConfigContext {
  const { policy, budget } = context;
  const name = context.name.slice(context.name.lastIndexOf("/") + 1);
  return {
    policy,
    budget,
    name,
    report: (observation) => context.report(observation),
    describe: (key, value) => context.describe(key, value),
  };
}
