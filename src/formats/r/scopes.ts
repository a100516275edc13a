import { type RValue, R_TYPES as T } from "./types.js";

/** A function that is called by name, or handed over by name to be called. */
export interface RCall {
  readonly name: string;
  /** The call as R code, shortened. */
  readonly code: string;
  readonly offset: number;
}

/** An expression that R evaluates when somebody looks at the value. */
export interface RPromise {
  readonly offset: number;
  readonly code: string;
  /** False once it was evaluated: then the value is used and the expression never again. */
  readonly isPending: boolean;
  /** Among the variables of an environment, where arguments that nobody used stay as they are. */
  readonly inFrame: boolean;
  readonly calls: readonly RCall[];
}

export interface RClosure {
  readonly offset: number;
  /** The package whose function it is by its own account. */
  readonly namespace: string | undefined;
  readonly calls: readonly RCall[];
}

export interface RActiveBinding {
  readonly name: string;
  readonly offset: number;
}

/** All code of a file. */
export interface RCode {
  readonly promises: readonly RPromise[];
  readonly closures: readonly RClosure[];
  /** Of expressions that are neither. */
  readonly calls: readonly RCall[];
  readonly activeBindings: readonly RActiveBinding[];
  /** Where bytecode lies that belongs to no function and no promise. */
  readonly looseBytecode: readonly number[];
}

export interface Pairs {
  readonly parts: readonly RValue[];
  readonly environment: RValue | undefined;
  readonly last: RValue;
  readonly code: string;
}

interface Scope {
  readonly type: number;
  readonly offset: number;
  readonly calls: Map<string, RCall>;
}

/** Kept of each scope: enough to tell what code does. */
const MAX_CALLS = 1000;
const MAX_KEPT = 10_000;
/** Functions that call what they are given, by value or by name. */
const CALLS_GIVEN = new Set([
  "do.call",
  "match.fun",
  "Reduce",
  "Map",
  "Filter",
  "lapply",
  "sapply",
  "vapply",
  "mapply",
  "apply",
  "tapply",
]);
/** Functions that find another one by a text: what a variable of that name holds is not known. */
const FINDS_BY_TEXT = new Set([
  "get",
  "get0",
  "mget",
  "getFunction",
  "getExportedValue",
  "getFromNamespace",
  "as.name",
  "as.symbol",
  "call",
]);
const NAMESPACES = new Set(["::", ":::"]);

/** Sorts calls into the function, promise or plain data that they stand in. */
export class Scopes {
  private readonly promises: RPromise[] = [];
  private readonly closures: RClosure[] = [];
  private readonly activeBindings: RActiveBinding[] = [];
  private readonly looseBytecode: number[] = [];
  private readonly data: Scope = { type: T.list, offset: 0, calls: new Map() };
  private readonly open: Scope[] = [this.data];
  /** Offsets of calls that are being read. */
  private readonly callOffsets: number[] = [];
  private frames = 0;

  enter(type: number, offset: number): void {
    if (type === T.language) this.callOffsets.push(offset);
    if (type === T.closure || type === T.promise) this.open.push({ type, offset, calls: new Map() });
  }

  leave(type: number, { parts, environment, last, code }: Pairs): void {
    if (type === T.language) this.closeCall(parts, code);
    if (type !== T.closure && type !== T.promise) return;
    const scope = this.open.pop();
    if (scope === undefined) return;
    const calls = [...scope.calls.values()];
    const { offset } = scope;
    if (type === T.closure) {
      const isPackage = environment?.type === T.namespace || environment?.type === T.baseNamespace;
      const namespace = isPackage ? environment?.name || "base" : undefined;
      if (this.closures.length < MAX_KEPT) this.closures.push({ offset, namespace, calls });
      return;
    }
    const isPending = parts[0]?.type === T.unboundValue;
    const promise = { offset, code: last.code, isPending, inFrame: this.frames > 0, calls };
    if (this.promises.length < MAX_KEPT) this.promises.push(promise);
  }

  /** A part of a call: what is handed over to a function that calls it counts as called. */
  part(value: RValue, [called, ...given]: readonly RValue[]): void {
    if (given.length === 0 || value.name === undefined || called?.name === undefined) return;
    const isText = value.type === T.character;
    const isCalled = CALLS_GIVEN.has(called.name) || (isText && FINDS_BY_TEXT.has(called.name));
    if (isCalled)
      this.note({ name: value.name, code: `${called.name}(${value.code})`, offset: this.callOffsets.at(-1) ?? 0 });
  }

  private closeCall([called, ...given]: readonly RValue[], code: string): void {
    const offset = this.callOffsets.pop() ?? 0;
    if (called?.name === undefined) return;
    // base::system names the function in its last part.
    const name = NAMESPACES.has(called.name) ? given[1]?.name : called.name;
    if (name !== undefined) this.note({ name, code, offset });
  }

  private note(call: RCall): void {
    const scope = this.open.at(-1) ?? this.data;
    if (!scope.calls.has(call.name) && scope.calls.size < MAX_CALLS) scope.calls.set(call.name, call);
  }

  /** A function of R itself, or a name that bytecode uses. */
  named(name: string): void {
    this.note({ name, code: name, offset: this.callOffsets.at(-1) ?? 0 });
  }

  bytecode(offset: number): void {
    if (this.open.length === 1 && this.looseBytecode.length < MAX_KEPT) this.looseBytecode.push(offset);
  }

  activeBinding(name: string, offset: number): void {
    if (this.activeBindings.length < MAX_KEPT) this.activeBindings.push({ name, offset });
  }

  enterFrame(): void {
    this.frames++;
  }

  leaveFrame(): void {
    this.frames--;
  }

  finish(): RCode {
    // An error leaves scopes open: what they called counts.
    while (this.open.length > 1) {
      const scope = this.open.pop();
      for (const call of scope?.calls.values() ?? []) this.data.calls.set(call.name, call);
    }
    const { promises, closures, activeBindings, looseBytecode } = this;
    return { promises, closures, calls: [...this.data.calls.values()], activeBindings, looseBytecode };
  }
}
