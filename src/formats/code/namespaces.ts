import { type Named, named, type Value } from "./value.js";

/** A dictionary of names: `os.__dict__`, `sys.modules`, `globals()`, `vars(os)`. */
export function isNamespace(value: Value): boolean {
  if (value.kind === "name")
    return value.path.endsWith(".__dict__") || value.path === "sys.modules" || value.path === "builtins";
  if (value.kind !== "call" || value.callee.kind !== "name") return false;
  return ["builtins.vars", "builtins.globals", "builtins.locals"].includes(value.callee.path);
}

export function ownerOf(value: Value): string {
  if (value.kind === "name") return value.path.replace(/\.__dict__$/, "");
  if (value.kind === "call" && value.args[0]?.kind === "name") return value.args[0].path;
  return value.kind === "call" && value.callee.kind === "name" ? value.callee.path : "";
}

/** `os.__getattribute__`, `os.__dict__.get`: a method that looks a name of the module up. */
export function methodOwner({ path, root }: Named): { of: Named; method: string } | undefined {
  const match = /^(.{1,200})\.(__getattribute__|__getattr__|__getitem__|get|pop)$/.exec(path);
  const [, owner, method] = match ?? [];
  if (owner === undefined || method === undefined) return undefined;
  const of = named(owner, root);
  if (method === "__getattribute__" || method === "__getattr__") return { of, method: "__getattribute__" };
  return isNamespace(of) ? { of, method } : undefined;
}
