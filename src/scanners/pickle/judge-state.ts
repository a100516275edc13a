// What BUILD and the opcodes that add items do to something that is no fresh container.

import { FLAG_HOOK, FLAG_MADE_KEY } from "../../formats/pickle/containers.js";
import { isContainerMethod, isHook, MAX_HOOK_LENGTH } from "../../formats/pickle/hooks.js";
import type { Inspector } from "../../formats/pickle/inspector.js";
import type { OpcodeName } from "../../formats/pickle/opcodes.js";
import { KIND, type Value } from "../../formats/pickle/value.js";
import type { Observation } from "../scanner.js";
import { express, pythonName } from "./express.js";
import { isShared } from "./vetting.js";

/** Dicts that are made of dicts, as deep as anybody writes them; `defaultdict` takes its items second. */
const MAX_COPIES = 4;
const MAX_GIVEN = 2;
const DICT_CLASS = /dict|Counter/i;
/** Where Python's functions for texts are. */
const TEXT_MODULE = /^(?:builtins|_?operator|_?codecs|str)$/;

/** BUILD: the target's `__setstate__` runs, or its attributes are set. */
export function judgeBuild(
  inspect: Inspector,
  { offset, target, state }: { readonly offset: number; readonly target: Value; readonly state: Value },
): Observation[] {
  if (isShared({ inspect }, target)) return [overwritten(offset, express(inspect, target), express(inspect, state))];
  switch (target.kind) {
    case KIND.GLOBAL: {
      return [overwritten(offset, nameOf(inspect, target), express(inspect, state))];
    }
    case KIND.CALL:
    case KIND.INSTANCE:
      return plantedMethods(inspect, offset, target, state);
    case KIND.PERSISTENT:
    case KIND.UNKNOWN:
      return [];
    default: {
      const message = `BUILD sets the state of ${express(inspect, target)}`;
      return [{ rule: "pickle/irregular", message, subject: "build-constant", offset }];
    }
  }
}

function overwritten(offset: number, name: string, state: string): Observation {
  const message = `loading overwrites attributes of ${name} with ${state}`;
  return { rule: "pickle/state-overwrite", message, subject: name, offset };
}

/** APPEND(S), SETITEM(S), ADDITEMS: they call methods of their target. */
export function judgeMutation(
  inspect: Inspector,
  offset: number,
  opcode: OpcodeName,
  target: Value,
  count: number,
): Observation | undefined {
  switch (target.kind) {
    case KIND.GLOBAL: {
      const name = nameOf(inspect, target);
      const message = `loading adds ${count} items to ${name} (${opcode})`;
      return { rule: "pickle/mutation", message, subject: name, offset };
    }
    case KIND.CALL: {
      if (!isShared({ inspect }, target)) return undefined;
      const name = express(inspect, target);
      return { rule: "pickle/mutation", message: `loading adds ${count} items to ${name}`, subject: name, offset };
    }
    case KIND.INSTANCE:
    case KIND.PERSISTENT:
    case KIND.UNKNOWN:
      return undefined;
    default: {
      // A list among the targets of SETITEM and the like: no pickler writes it, weights_only loaders had a memory bug here.
      const references = opcode === "SETITEM" || opcode === "SETITEMS" ? { references: ["CVE-2026-24747"] } : {};
      const message = `${opcode} adds items to ${express(inspect, target)}`;
      return { rule: "pickle/irregular", message, subject: `mutate-${opcode}`, offset, ...references };
    }
  }
}

/** State that plants a method which the loader calls. It may be a dictionary, or a tuple of one for `__dict__` and one for slots. */
function plantedMethods(inspect: Inspector, offset: number, target: Value, state: Value): Observation[] {
  const dictionaries = state.kind === KIND.TUPLE ? (inspect.items(state) ?? []) : [state];
  return dictionaries.flatMap((dictionary) =>
    dictionary.kind === KIND.DICT
      ? plantedInDict(inspect, offset, target, dictionary)
      : plantedByCall(inspect, { offset, target, dictionary }, 0),
  );
}

function plantedInDict(inspect: Inspector, offset: number, target: Value, dictionary: Value): Observation[] {
  const info = inspect.heap.containerInfo(dictionary.data);
  if (info === undefined || (info.flags & (FLAG_HOOK | FLAG_MADE_KEY)) === 0) return [];
  const told = judgeHooks(inspect, offset, target, dictionary);
  return told.length === 0 && hasMadeName(inspect, dictionary)
    ? [hidden(offset, `the state of ${express(inspect, target)} has a name that is put together at load time`)]
    : told;
}

interface MadeState {
  readonly offset: number;
  readonly target: Value;
  readonly dictionary: Value;
}

/** `dict([("append", f)])`, `OrderedDict(...)`, `defaultdict(None, {...})`: BUILD takes any kind of dict, whoever made it. */
function plantedByCall(inspect: Inspector, { offset, target, dictionary }: MadeState, depth: number): Observation[] {
  const origin = inspect.origin(dictionary);
  if (origin === undefined) return [];
  const what = `the state of ${express(inspect, target)}`;
  if (depth > MAX_COPIES) {
    const maker = inspect.global(origin.callee)?.resolvedName ?? "";
    return DICT_CLASS.test(maker) ? [hidden(offset, `${what} is a copy of a copy of a copy`)] : [];
  }
  const flags = inspect.heap.flagsOf(dictionary.data);
  if ((flags & FLAG_HOOK) !== 0) return [hidden(offset, `${what} sets a special method`)];
  if ((flags & FLAG_MADE_KEY) !== 0)
    return [{ ...hidden(offset, `${what} may have a name that is put together at load time`), severity: "medium" }];
  return (inspect.items(origin.args) ?? []).slice(0, MAX_GIVEN).flatMap((given) => {
    if (given.kind === KIND.DICT) return plantedInDict(inspect, offset, target, given);
    if (inspect.origin(given)) return plantedByCall(inspect, { offset, target, dictionary: given }, depth + 1);
    return hasHookPair(inspect, given) ? [hidden(offset, `${what} sets a special method`)] : [];
  });
}

/** Pairs of a name and a value: `[("append", f)]`. */
function hasHookPair(inspect: Inspector, pairs: Value): boolean {
  return (inspect.items(pairs) ?? []).some((pair) => {
    const [name, value] = inspect.items(pair) ?? [];
    return name !== undefined && value !== undefined && isCallable(value) && isNameOfHook(inspect, name);
  });
}

function isNameOfHook(inspect: Inspector, name: Value): boolean {
  const text = inspect.text(name, MAX_HOOK_LENGTH + 1);
  return text === undefined ? isMadeName(inspect, name) : isHook(text);
}

/** A key that a function for texts returned, or an object of a class of texts: pickles write names as they are. */
function hasMadeName(inspect: Inspector, dictionary: Value): boolean {
  return (inspect.items(dictionary) ?? []).some((key, i) => i % 2 === 0 && isMadeName(inspect, key));
}

function isMadeName(inspect: Inspector, name: Value): boolean {
  const maker = inspect.origin(name);
  const entry = maker && inspect.global(maker.callee);
  if (maker === undefined || entry === undefined) return false;
  return (
    TEXT_MODULE.test(entry.resolvedModule) || (inspect.items(maker.args) ?? []).some((arg) => spellsHook(inspect, arg))
  );
}

/** A text, or the bytes of one as numpy keeps it: four to a letter. */
function spellsHook(inspect: Inspector, value: Value): boolean {
  const text = inspect.text(value, MAX_HOOK_LENGTH + 1);
  const bytes = inspect.bytes(value, 4 * (MAX_HOOK_LENGTH + 1));
  return isHook(
    text ??
      Buffer.from(bytes ?? [])
        .toString("latin1")
        .replaceAll("\0", ""),
  );
}

function hidden(offset: number, message: string): Observation {
  return { rule: "pickle/planted-method", severity: "high", message, subject: "hidden", offset };
}

/** Methods among the remembered attributes; where some are forgotten, that there is one among them all. */
function judgeHooks(inspect: Inspector, offset: number, target: Value, dictionary: Value): Observation[] {
  const planted = [...inspect.entries(dictionary)].filter(([name, value]) => isHook(name) && isCallable(value));
  const info = inspect.heap.containerInfo(dictionary.data);
  const isWhole = inspect.items(dictionary)?.length === info?.count;
  if (planted.length === 0 && !isWhole && info !== undefined && (info.flags & FLAG_HOOK) !== 0) {
    const among = Number.isFinite(info.count) ? `its ${info.count / 2}` : "forgotten";
    const message = `the state of ${express(inspect, target)} sets a special method among ${among} attributes`;
    return [{ rule: "pickle/planted-method", severity: "medium", message, subject: "hidden", offset }];
  }
  return planted.map(([name, value]) => ({
    rule: "pickle/planted-method",
    severity: isContainerMethod(name) ? "high" : "critical",
    message: `loading sets ${name} of ${express(inspect, target)} to ${express(inspect, value)}`,
    subject: name,
    offset,
  }));
}

function nameOf(inspect: Inspector, global: Value): string {
  const entry = inspect.global(global);
  return entry === undefined ? "an imported object" : pythonName(entry);
}

/** A name, or what a call returned. */
function isCallable({ kind }: Value): boolean {
  return (
    kind === KIND.GLOBAL ||
    kind === KIND.CALL ||
    kind === KIND.INSTANCE ||
    kind === KIND.UNKNOWN ||
    kind === KIND.EXTENSION
  );
}
