import type { Inspector } from "../../formats/pickle/inspector.js";
import type { Value } from "../../formats/pickle/value.js";
import { qualified } from "./qualified.js";

/** What an object was made of: what NEWOBJ or REDUCE was given, or `copyreg._reconstructor`, which stands for NEWOBJ in protocols 0 and 1. */
export function classOf(inspect: Inspector, object: Value): Value | undefined {
  const made = inspect.origin(object);
  const maker = made && inspect.global(made.callee);
  if (made === undefined || maker === undefined) return undefined;
  const isOld = qualified(maker.resolvedModule, maker.resolvedName) === "copyreg._reconstructor";
  return isOld ? inspect.items(made.args)?.[0] : made.callee;
}
