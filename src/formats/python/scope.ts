import type { Value } from "../code/value.js";

/** The names of a module, class or function while its body is read. */
export class Scope {
  private readonly names = new Map<string, Value>();
  private readonly declaredGlobal = new Set<string>();

  constructor(
    readonly kind: "module" | "class" | "function",
    /** The trace's number for what runs here. */
    readonly id: number,
    readonly parent?: Scope,
    /** What instantiating the class runs, in a class and in its methods. */
    readonly instance?: number,
  ) {}

  /** The same names, for code that runs at another time. */
  under(id: number): Scope {
    const scope = new Scope(this.kind, id, this.parent, this.instance);
    for (const [name, value] of this.names) scope.names.set(name, value);
    return scope;
  }

  set(name: string, value: Value): void {
    const owner = this.declaredGlobal.has(name) ? this.module() : this;
    owner.names.set(name, value);
  }

  declareGlobal(name: string): void {
    this.declaredGlobal.add(name);
  }

  /** What a name stands for here; names of a class are not seen in its methods. */
  find(name: string): Value | undefined {
    let start = true;
    for (let scope: Scope | undefined = this; scope; scope = scope.parent) {
      if (start || scope.kind !== "class") {
        const value = scope.names.get(name);
        if (value) return value;
      }
      start = false;
    }
    return undefined;
  }

  module(): Scope {
    let scope: Scope = this;
    while (scope.parent) scope = scope.parent;
    return scope;
  }
}
