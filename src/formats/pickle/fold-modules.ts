import { type Host, isGlobal } from "./fold-host.js";
import type { GlobalEntry } from "./inspector.js";
import { canonicalModule } from "./names.js";

export function attribute(owner: Host | undefined, name: Host | undefined): Host | undefined {
  if (typeof name !== "string" || !isGlobal(owner)) return undefined;
  return named(owner, owner.resolvedName === "" ? name : `${owner.resolvedName}.${name}`);
}

export function named(owner: GlobalEntry, path: string): GlobalEntry {
  return { ...owner, module: owner.resolvedModule, name: path, resolvedName: path };
}

export function moduleOf(name: Host | undefined): Host | undefined {
  if (typeof name !== "string" || name === "") return undefined;
  return { module: name, name: "", protocol: 4, offset: 0, resolvedModule: name, resolvedName: "" };
}

/** `vars(os)["system"]`, `os.__dict__["system"]`, `sys.modules["os"]`, `numpy.__builtins__["eval"]`. */
export function item(owner: GlobalEntry, key: string): Host | undefined {
  const path = owner.resolvedName;
  const module = canonicalModule(owner.resolvedModule);
  if (path === "modules" && module === "sys") return moduleOf(key);
  if (/(?:^|\.)(?:sys|_sys)\.modules$/.test(path)) return moduleOf(key);
  if (/(?:^|\.)__builtins__$/.test(path))
    return { ...owner, module: "builtins", name: key, resolvedModule: "builtins", resolvedName: key };
  if (path === "__dict__") return named(owner, key);
  if (path.endsWith(".__dict__")) return named(owner, `${path.slice(0, -"__dict__".length)}${key}`);
  return undefined;
}
