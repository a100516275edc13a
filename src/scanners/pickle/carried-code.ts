// Code that cloudpickle and dill carry, judged once more when it is known what its global names stand for.

import type { Inspector } from "../../formats/pickle/inspector.js";
import { canonicalModule } from "../../formats/pickle/names.js";
import { isContainer, KIND, type Value } from "../../formats/pickle/value.js";
import { severityRank } from "../../rules/severity.js";
import type { GlobalNames } from "../code/judge-embedded.js";
import type { Observation } from "../scanner.js";
import type { Accounts } from "./accounts.js";
import { classOf } from "./class-of.js";
import { type CallableIndex, isKnownClass } from "./classify.js";
import { isClassLike } from "./names-of-classes.js";
import { qualified } from "./qualified.js";
import { TELLING_NAME } from "./uses.js";

/** Builtins that call what they are given, and only when somebody asks for the result. */
const LAZY = new Set(["builtins.filter", "builtins.map"]);
const MAKE_CELL = "cloudpickle.cloudpickle._make_cell";
const FUNCTION_SETSTATE = "cloudpickle.cloudpickle._function_setstate";
const DILL_FUNCTION = "dill._dill._create_function";
/** Evidence names no more. */
const MOST_CALLS = 20;
/** Functions of one file whose globals are looked at in the end. */
const MAX_DICTS = 4096;
/** What makes functions and classes of the file, whose own code is judged where it is made. */
const MAKERS = new Set([
  "cloudpickle.cloudpickle._make_function",
  "cloudpickle.cloudpickle._make_skeleton_class",
  "cloudpickle.cloudpickle._make_skeleton_enum",
  DILL_FUNCTION,
  "dill._dill._create_type",
]);

const LOADERS: ReadonlyMap<string, string> = new Map([
  ["__loader__", "_frozen_importlib_external.SourceFileLoader"],
  ["__spec__", "_frozen_importlib.ModuleSpec"],
]);

interface Globals {
  /** Handle of what the function's code was made of. */
  readonly code: number;
  readonly dict: Value;
  /** Of dill, which copies the namespace of a whole module. */
  readonly isCopy: boolean;
}

interface Held {
  readonly observation: Observation;
  readonly judgeAgain: (names: GlobalNames) => Observation | undefined;
  resolved: Observation | undefined;
}

interface Facts {
  readonly inspect: Inspector;
  readonly index: CallableIndex;
}

/** True for the call that makes the cell of a closure. */
export function makesCell(name: string): boolean {
  return name === MAKE_CELL;
}

/** What cloudpickle and dill make functions of, of code that is judged where it is made. */
export function isCarriedFunction(inspect: Inspector, value: Value): boolean {
  const origin = inspect.origin(value);
  const maker = origin && inspect.global(origin.callee);
  const name = maker && qualified(maker.resolvedModule, maker.resolvedName);
  return name === "cloudpickle.cloudpickle._make_function" || name === DILL_FUNCTION;
}

/**
 * What was told of code objects that call what their globals are to say. A function gets them after it was made, from cloudpickle by
 * `_function_setstate`, from dill in a dict that is filled at the end: until then, and for functions that never get any, the names are unknown.
 */
export class CarriedCode {
  /** By the handle of the arguments that the code was made of. */
  private readonly held = new Map<number, Held>();
  /** The same handles, of all code that was judged. */
  private readonly judged = new Set<number>();
  /** Globals of functions, by the function's code; those of dill are filled later. */
  private readonly dicts: Globals[] = [];
  /** Code of functions with globals that are not in the file, or not only: what its names stand for is unknown. */
  private readonly outside = new Set<number>();
  /** Code of functions whose globals are those of the reader's own program. */
  private readonly inMain = new Set<number>();

  constructor(private readonly accounts: Accounts) {}

  /** Keeps what may change; false for the rest. */
  hold(args: Value, observation: Observation, judgeAgain: Held["judgeAgain"]): boolean {
    if (observation.rule !== "pickle/code-object") return false;
    this.judged.add(args.data);
    if (observation.severity !== "medium") return false;
    this.held.set(args.data, { observation, judgeAgain, resolved: undefined });
    return true;
  }

  /** Looks at a call that may give a function its globals. */
  noteGlobals(facts: Facts, name: string, args: Value): void {
    if (name !== FUNCTION_SETSTATE && name !== DILL_FUNCTION) return;
    const [made, given] = facts.inspect.items(args) ?? [];
    if (made === undefined || given === undefined) return;
    if (name === FUNCTION_SETSTATE) this.takeState(facts, made, given);
    else this.takeDict(facts.inspect, made, given);
  }

  private takeState(facts: Facts, made: Value, state: Value): void {
    const { inspect } = facts;
    const code = codeOf(inspect, made);
    const [, slots] = inspect.items(state) ?? [];
    const globals = slots && inspect.entries(slots).get("__globals__");
    if (code === undefined || !this.judged.has(code) || globals === undefined) return;
    this.keep({ code, dict: globals, isCopy: false });
  }

  /** dill gives functions a dict that it fills when everything else is there. */
  private takeDict(inspect: Inspector, made: Value, globals: Value): void {
    const code = inspect.origin(made)?.args.data;
    if (code === undefined) return;
    if (globals.kind === KIND.DICT) this.keep({ code, dict: globals, isCopy: true });
    else if (isMain(inspect, globals)) this.inMain.add(code);
    else this.outside.add(code);
  }

  private keep(globals: Globals): void {
    if (this.dicts.length < MAX_DICTS) this.dicts.push(globals);
    else this.outside.add(globals.code);
  }

  /** The globals of a function are known. Of functions that share their code the worst counts. */
  private resolve(facts: Facts, code: number, globals: Value): void {
    const held = this.held.get(code);
    if (held === undefined) return;
    const again = held.judgeAgain(namesIn(facts, globals)) ?? held.observation;
    const known = held.resolved;
    if (known === undefined || rankOf(again) > rankOf(known)) held.resolved = again;
  }

  /** A closure's cell holds an imported name: `map`, where namedtuples have it. */
  noteCell(inspect: Inspector, args: Value): void {
    const [value] = inspect.items(args) ?? [];
    const entry = value && inspect.global(value);
    if (entry && LAZY.has(qualified(entry.resolvedModule, entry.resolvedName))) this.accounts.hold(args, 1, [value]);
  }

  /**
   * Names that are imported for nothing but to be globals, under their own names, of functions whose code was judged: what they take out
   * of modules was judged with the code, as if they had imported them themselves.
   */
  private account(inspect: Inspector): void {
    const byDict = new Map<number, Globals[]>();
    for (const globals of this.dicts) {
      const sharing = byDict.get(globals.dict.data);
      if (sharing === undefined) byDict.set(globals.dict.data, [globals]);
      else sharing.push(globals);
    }
    for (const sharing of byDict.values()) {
      const [first] = sharing;
      if (first === undefined || !sharing.every(({ code }) => this.judged.has(code))) continue;
      const isCopy = sharing.every((globals) => globals.isCopy);
      const entries = [...inspect.entries(first.dict)];
      const own = entries.filter(([name, value]) => isOwnName(inspect, name, value, isCopy)).map(([, value]) => value);
      this.accounts.hold(first.dict, sharing.length, own);
      if (isCopy) for (const [name, value] of entries) this.accountLoader(inspect, name, value);
    }
  }

  /** `__loader__` and `__spec__` of a module whose names dill copied: an object of Python's that loads nothing by being made. */
  private accountLoader(inspect: Inspector, name: string, value: Value): void {
    const cls = value.kind === KIND.INSTANCE ? inspect.origin(value)?.callee : undefined;
    const entry = cls && inspect.global(cls);
    if (cls && entry && LOADERS.get(name) === qualified(entry.resolvedModule, entry.resolvedName))
      this.accounts.add(cls);
  }

  /** What is left to tell when the stream has ended. */
  finish(facts: Facts): Observation[] {
    for (const { code, dict } of this.dicts) this.resolve(facts, code, dict);
    this.account(facts.inspect);
    return [...this.held].map(([code, { observation, resolved }]) => {
      if (this.outside.has(code)) return observation;
      if (!this.inMain.has(code)) return resolved ?? observation;
      return resolved === undefined && callsOwnNames(observation) ? { ...observation, severity: "low" } : observation;
    });
  }
}

/** `__main__` of `__builtin__` is what dill writes for the globals of the main program. Nothing can be put into them unseen. */
function isMain(inspect: Inspector, globals: Value): boolean {
  const entry = inspect.global(globals);
  return entry !== undefined && qualified(entry.resolvedModule, entry.resolvedName) === "builtins.__main__";
}

const OWN_CALL = /^([A-Za-z_][\w.]{0,200})(?:\((?!.*\)\().*\))?$/s;

/** The reader's program has them or has not; a name that says that it runs, loads or writes something may be another module's under a short name. */
function isOwnCall(call: unknown): boolean {
  const [, path] = (typeof call === "string" && OWN_CALL.exec(call)) || [];
  return path !== undefined && !TELLING_NAME.test(path);
}

/** Nothing is called but functions, classes and methods of objects by names that the file does not define. */
function callsOwnNames({ evidence }: Observation): boolean {
  const calls = Array.isArray(evidence?.calls) ? evidence.calls : [];
  const imports = Array.isArray(evidence?.imports) ? evidence.imports : [];
  return (
    calls.length > 0 &&
    calls.length < MOST_CALLS &&
    calls.every(isOwnCall) &&
    imports.length === 0 &&
    evidence?.complete === true
  );
}

/** A module under its name; of a module's copied namespace also what it defines or imports, and the names of `builtins`. */
function isOwnName(inspect: Inspector, name: string, value: Value, isCopy: boolean): boolean {
  const entry = inspect.global(value);
  if (entry === undefined) return false;
  const { resolvedModule, resolvedName } = entry;
  if (resolvedName === "") return canonicalModule(resolvedModule) === canonicalModule(name);
  return isCopy && (resolvedName === name || (name === "__builtins__" && resolvedName === "__dict__"));
}

function rankOf({ severity }: Observation): number {
  return severity === undefined ? 0 : severityRank(severity);
}

/** The handle of what the code of a function was made of: `_make_function(CodeType(...), ...)`. */
function codeOf(inspect: Inspector, made: Value): number | undefined {
  const origin = inspect.origin(made);
  const maker = origin && inspect.global(origin.callee);
  if (origin === undefined || maker === undefined) return undefined;
  if (qualified(maker.resolvedModule, maker.resolvedName) !== "cloudpickle.cloudpickle._make_function")
    return undefined;
  const code = inspect.items(origin.args)?.[0];
  return code && inspect.origin(code)?.args.data;
}

function namesIn(facts: Facts, globals: Value): GlobalNames {
  const names = new Map<string, string | undefined>();
  for (const [name, value] of facts.inspect.entries(globals)) {
    const meaning = meaningOf(facts, value);
    if (meaning !== undefined) names.set(name, meaning.path);
  }
  return names;
}

/** A name without a path is nothing to tell of: a constant, what the file itself makes, what is known to be harmless. */
function meaningOf({ inspect, index }: Facts, value: Value): { readonly path: string | undefined } | undefined {
  const entry = inspect.global(value);
  if (entry !== undefined) {
    const verdict = index.classify(entry.resolvedModule, entry.resolvedName);
    if (entry.resolvedName === "") return { path: canonicalModule(entry.resolvedModule) };
    const isPlain = verdict.kind === "harmless" || (isKnownClass(verdict) && isClassLike(entry.resolvedName));
    const isCalled = index.calledSeverity(entry.resolvedModule, entry.resolvedName) !== undefined;
    return { path: isPlain && !isCalled ? undefined : qualified(entry.resolvedModule, entry.resolvedName) };
  }
  if (value.kind !== KIND.CALL && value.kind !== KIND.INSTANCE)
    return isConstant(value.kind) || isContainer(value.kind) ? { path: undefined } : undefined;
  const origin = inspect.origin(value);
  const maker = origin && inspect.global(origin.callee);
  const name = maker && qualified(maker.resolvedModule, maker.resolvedName);
  if (name !== undefined && MAKERS.has(name)) return { path: undefined };
  // What harmless functions return: compiled patterns, loggers, arrays. `getattr` and the like are none of them.
  if (maker && index.classify(maker.resolvedModule, maker.resolvedName).kind === "harmless") return { path: undefined };
  const cls = classOf(inspect, value);
  const made = cls && inspect.global(cls);
  const isKnown =
    made && isClassLike(made.resolvedName) && isKnownClass(index.classify(made.resolvedModule, made.resolvedName));
  return isKnown ? { path: undefined } : undefined;
}

function isConstant(kind: number): boolean {
  return kind >= KIND.NONE && kind <= KIND.COMPUTED_BYTES;
}
