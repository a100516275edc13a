import { BUILTINS } from "../code/builtins.js";
import { canonicalPath } from "../code/names.js";
import { named, type Value } from "../code/value.js";
import type { CodeObject } from "../marshal/value.js";

/** CO_OPTIMIZED: a function's code, whose variables are numbered. */
const FLAG_OPTIMIZED = 0x01;
/** Functions around a function in which a variable of it is looked for. */
const MAX_HOPS = 50;

export interface FrameOptions {
  readonly code: CodeObject;
  /** Shared by all code objects of one module. */
  readonly globals: Map<string, Value>;
  readonly scope: number;
  readonly parent?: Frame;
}

/** The names of one running code object: what it stored so far, and where else a name may come from. */
export class Frame {
  readonly code: CodeObject;
  readonly scope: number;
  /** At module level names are globals. */
  private readonly isModule: boolean;
  private readonly locals: Map<string, Value>;
  private readonly globals: Map<string, Value>;
  private readonly parent: Frame | undefined;

  constructor({ code, globals, scope, parent }: FrameOptions) {
    this.code = code;
    this.globals = globals;
    this.scope = scope;
    this.parent = parent;
    this.isModule = parent === undefined && (code.flags & FLAG_OPTIMIZED) === 0;
    this.locals = this.isModule ? globals : new Map();
  }

  store(name: string, value: Value): void {
    this.locals.set(name, value);
  }

  storeGlobal(name: string, value: Value): void {
    this.globals.set(name, value);
  }

  /** LOAD_FAST: what is not stored here was handed in. */
  local(name: string): Value {
    return this.locals.get(name) ?? { kind: "parameter", name };
  }

  /** LOAD_DEREF: a variable of this function or of one around it. */
  closure(name: string): Value {
    let hops = 0;
    for (
      let frame: Frame | undefined = this;
      frame && !frame.isModule && hops < MAX_HOPS;
      frame = frame.parent, hops++
    ) {
      const value = frame.locals.get(name);
      if (value) return value;
    }
    return { kind: "parameter", name };
  }

  /** LOAD_NAME: own names first, then globals. */
  name(name: string): Value {
    return this.locals.get(name) ?? this.global(name);
  }

  global(name: string): Value {
    return lookUpGlobal(this.globals, name);
  }
}

/** A global that code stored, a builtin, or a name that somebody else must define. */
export function lookUpGlobal(globals: ReadonlyMap<string, Value>, name: string): Value {
  const stored = globals.get(name);
  if (stored) return stored;
  if (name === "__builtins__" || name === "__builtin__") return named("builtins", "builtin");
  if (BUILTINS.has(name)) return named(canonicalPath(`builtins.${name}`), "builtin");
  return named(canonicalPath(name, true), "global");
}
