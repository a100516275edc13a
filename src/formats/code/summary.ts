import type { Keyword, Root, Value } from "./value.js";

/** When a piece of code runs: as its file is imported, as its file is started as a program, or when somebody calls the function it stands in. */
export type Phase = "load" | "script" | "function";

/** One place at which code reaches a callable or a module. */
export interface Use {
  /** Canonical dotted name: `os.system`. */
  readonly path: string;
  readonly root: Root;
  /** `mention` is a reference that is not called on the spot: stored, passed on, returned. */
  readonly use: "import" | "mention" | "call";
  readonly args: readonly Value[];
  readonly keywords: readonly Keyword[];
  readonly phase: Phase;
  /** Line in source, byte offset in bytecode. */
  readonly place: number;
  /** The function or class it stands in; empty at the top. */
  readonly inside: string;
}

/** What a piece of code reaches, without running it. */
export interface CodeSummary {
  readonly uses: readonly Use[];
  /** Modules and names imported, as written: `os`, `os.system`, `.modeling.Model`. */
  readonly imports: readonly string[];
  /** Attributes read from values that are no modules, with the place of the first. */
  readonly attributes: ReadonlyMap<string, number>;
  /** Calls of what could not be named: parameters, results, computed attributes. */
  readonly opaqueCalls: readonly OpaqueCall[];
  /** Constant texts, for paths and addresses; short ones only, bounded. */
  readonly texts: ReadonlyMap<string, number>;
  /** Why part of the code was not understood; empty when all of it was. */
  readonly gaps: readonly string[];
}

export interface OpaqueCall {
  readonly callee: Value;
  readonly args: readonly Value[];
  readonly phase: Phase;
  readonly place: number;
}
