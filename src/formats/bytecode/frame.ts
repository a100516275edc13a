import { Outside } from "../code/outside.js";
import type { Value } from "../code/value.js";
import type { CodeObject } from "../marshal/value.js";

/** CO_OPTIMIZED: a function's code, whose variables are numbered. */
const FLAG_OPTIMIZED = 0x01;
/** Functions around a function in which a variable of it is looked for. */
const MAX_HOPS = 50;

interface Names {
  get(name: string): Value | undefined;
  set(name: string, value: Value): unknown;
}

export interface FrameOptions {
  readonly code: CodeObject;
  /** Shared by all code objects of one module. */
  readonly globals: Globals;
  readonly scope: number;
  readonly parent?: Frame;
}

/** The names of one running code object: what it stored so far, and where else a name may come from. */
export class Frame {
  readonly code: CodeObject;
  readonly scope: number;
  /** At module level names are globals. */
  private readonly isModule: boolean;
  private readonly locals: Names;
  readonly globals: Globals;
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
    return this.globals.value(name);
  }
}

/** The globals that all code objects of one module share. */
export class Globals {
  readonly outside = new Outside();
  private readonly stored = new Map<string, Value>();

  get(name: string): Value | undefined {
    return this.stored.get(name);
  }

  set(name: string, value: Value): void {
    this.stored.set(name, value);
  }

  /** A global that code stored, or a name from elsewhere. */
  value(name: string): Value {
    return this.stored.get(name) ?? this.outside.value(name);
  }
}
