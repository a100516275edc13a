import { CAPABILITIES, type Capability, type NameSet, type Policy } from "../../config/policy.js";
import type { Severity } from "../../rules/severity.js";

interface Row<Kind> {
  readonly kind: Kind;
  readonly names: NameSet;
}

/** Modules, longest first match: what the policy says of a dotted name. */
class ModuleTable<Kind> {
  private readonly rows = new Map<string, Row<Kind>[]>();

  add(module: string, kind: Kind, names: NameSet): void {
    const known = this.rows.get(module);
    const row = { kind, names };
    if (known) known.push(row);
    else this.rows.set(module, [row]);
  }

  /** The longest module that lists the name decides; a name that is written out goes before "*". */
  find(path: string): Kind | undefined {
    const parts = path.split(".");
    for (let length = parts.length; length > 0; length--) {
      const rows = this.rows.get(parts.slice(0, length).join("."));
      if (!rows) continue;
      const rest = parts.slice(length).join(".");
      const listed = rows.find(({ names }) => names !== "*" && names.some((name) => isWithin(rest, name)));
      const found = listed ?? rows.find(({ names }) => names === "*");
      if (found) return found.kind;
    }
    return undefined;
  }

  /** Whether the dotted name is a module (or a package of one) that has rows of its own. */
  hasModule(path: string, test: (kind: Kind) => boolean): boolean {
    for (const [module, rows] of this.rows) {
      if ((module === path || module.startsWith(`${path}.`)) && rows.some(({ kind }) => test(kind))) return true;
    }
    return false;
  }
}

/** A listed name stands for its attributes as well. */
function isWithin(rest: string, name: string): boolean {
  return rest === name || rest.startsWith(`${name}.`);
}

/** The policy's lists of callables, laid out for looking names up. */
export class CallableIndex {
  private readonly capabilities = new ModuleTable<Capability>();
  private readonly severities = new ModuleTable<Severity>();

  constructor(policy: Policy) {
    for (const capability of CAPABILITIES) {
      for (const [module, names] of Object.entries(policy.code_rules[capability] ?? {})) {
        this.capabilities.add(module, capability, names);
      }
    }
    for (const severity of ["critical", "high", "medium", "low"] as const) {
      for (const [module, names] of Object.entries(policy.pickle_rules[severity] ?? {})) {
        this.severities.add(module, severity, names);
      }
    }
  }

  capabilityOf(path: string): Capability | undefined {
    return this.capabilities.find(path);
  }

  /** What importing the name by a pickle would be worth. */
  pickleSeverityOf(path: string): Severity | undefined {
    return this.severities.find(path);
  }

  /** A module some of whose names are more than harmless. */
  isSensitiveModule(path: string): boolean {
    return this.capabilities.hasModule(path, (kind) => kind !== "harmless") || this.severities.find(path) !== undefined;
  }

  isHarmlessModule(path: string): boolean {
    return (
      this.capabilities.hasModule(path, (kind) => kind === "harmless") || this.capabilities.find(path) === "harmless"
    );
  }
}

const indexes = new WeakMap<Policy, CallableIndex>();

export function callablesOf(policy: Policy): CallableIndex {
  const known = indexes.get(policy);
  if (known) return known;
  const index = new CallableIndex(policy);
  indexes.set(policy, index);
  return index;
}
