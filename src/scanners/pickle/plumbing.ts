// What dill writes behind the functions and classes that it makes: cells are filled, names set, once everything else is there.

import type { Inspector } from "../../formats/pickle/inspector.js";
import { isText, KIND, type Value } from "../../formats/pickle/value.js";
import type { Accounts } from "./accounts.js";
import { qualified } from "./qualified.js";

const SETTERS = new Set(["builtins.setattr", "builtins.delattr", "dill._dill._setattr", "dill._dill._delattr"]);
/** `getattr(dill._dill, "_setattr", setattr)`: the module may be of another version, which has no such name. */
const SHIMS: ReadonlyMap<string, string> = new Map([
  ["_setattr", "builtins.setattr"],
  ["_delattr", "builtins.delattr"],
]);

/** Accounts for the names that such a call uses. */
export function notePlumbing(inspect: Inspector, { name, callee, args }: NamedCall, accounts: Accounts): void {
  if (SETTERS.has(name) && fills(inspect, args)) accounts.add(callee);
  if (name !== "builtins.getattr") return;
  const [module, attribute, otherwise, ...rest] = inspect.items(args) ?? [];
  if (!module || !attribute || !otherwise || rest.length > 0 || nameOf(inspect, module) !== "dill._dill") return;
  if (SHIMS.get(inspect.text(attribute, 16) ?? "") !== nameOf(inspect, otherwise)) return;
  accounts.add(module);
  accounts.add(otherwise);
}

interface NamedCall {
  readonly name: string;
  readonly callee: Value;
  readonly args: Value;
}

/** The content of a cell, or the qualified name of a class, both of which the file made. An enum is the reader's own. */
function fills(inspect: Inspector, args: Value): boolean {
  const [target, attribute, value] = inspect.items(args) ?? [];
  const origin = target?.kind === KIND.CALL ? inspect.origin(target) : undefined;
  const maker = origin && nameOf(inspect, origin.callee);
  const name = attribute && inspect.text(attribute, 16);
  if (maker === "dill._dill._create_cell") return name === "cell_contents";
  const isClass =
    maker === "dill._dill._create_type" ||
    maker === "types.new_class" ||
    (target && inspect.global(target)?.resolvedModule === "__main__");
  return isClass === true && name === "__qualname__" && value !== undefined && isText(value.kind);
}

function nameOf(inspect: Inspector, value: Value): string | undefined {
  const entry = inspect.global(value);
  return entry && qualified(entry.resolvedModule, entry.resolvedName);
}
