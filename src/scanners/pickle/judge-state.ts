// What BUILD and the opcodes that add items do to something that is no fresh container.

import { FLAG_HOOK, FLAG_MADE_KEY } from "../../formats/pickle/containers.js";
import { isContainerMethod, isHook, MAX_HOOK_LENGTH } from "../../formats/pickle/hooks.js";
import type { Inspector } from "../../formats/pickle/inspector.js";
import type { OpcodeName } from "../../formats/pickle/opcodes.js";
import { KIND, type Value } from "../../formats/pickle/value.js";
import type { Observation } from "../scanner.js";
import { isShared } from "./callbacks.js";
import { express, pythonName } from "./express.js";

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
  return dictionaries.flatMap((dictionary) => {
    if (dictionary.kind === KIND.CALL) return plantedByCall(inspect, offset, target, dictionary);
    const info = dictionary.kind === KIND.DICT ? inspect.heap.containerInfo(dictionary.data) : undefined;
    if (info === undefined || (info.flags & (FLAG_HOOK | FLAG_MADE_KEY)) === 0) return [];
    const isRemembered = inspect.items(dictionary)?.length === info.count;
    const attributes = {
      entries: inspect.entries(dictionary),
      count: info.count,
      mayHide: (info.flags & FLAG_HOOK) !== 0 || !isRemembered,
    };
    const told = judgeHooks(inspect, offset, target, attributes);
    return told.length === 0 && (info.flags & FLAG_MADE_KEY) !== 0 && hasMadeName(inspect, dictionary)
      ? [hidden(offset, `the state of ${express(inspect, target)} has a name that is put together at load time`)]
      : told;
  });
}

/** `dict([("append", f)])`, `OrderedDict(...)`: BUILD takes any kind of dict. */
function plantedByCall(inspect: Inspector, offset: number, target: Value, dictionary: Value): Observation[] {
  const what = `the state of ${express(inspect, target)}`;
  if ((inspect.heap.flagsOf(dictionary.data) & FLAG_HOOK) !== 0)
    return [hidden(offset, `${what} sets a special method`)];
  const [pairs] = inspect.items(inspect.origin(dictionary)?.args ?? dictionary) ?? [];
  if (pairs === undefined) return [];
  if (pairs.kind === KIND.DICT)
    return judgeHooks(inspect, offset, target, {
      entries: inspect.entries(pairs),
      count: inspect.count(pairs),
      mayHide: true,
    });
  const isPlanted = (inspect.items(pairs) ?? []).some((pair) => {
    const [name, value] = inspect.items(pair) ?? [];
    const text = name && inspect.text(name, MAX_HOOK_LENGTH + 1);
    return text !== undefined && value !== undefined && isHook(text) && isCallable(value);
  });
  return isPlanted ? [hidden(offset, `${what} sets a special method`)] : [];
}

/** A key that a function for texts returned: pickles write names as they are. */
function hasMadeName(inspect: Inspector, dictionary: Value): boolean {
  const items = inspect.items(dictionary) ?? [];
  return items.some((key, i) => {
    const maker = i % 2 === 0 && key.kind === KIND.CALL ? inspect.origin(key) : undefined;
    const entry = maker && inspect.global(maker.callee);
    return entry !== undefined && /^(?:builtins|_?operator|_?codecs|str)$/.test(entry.resolvedModule);
  });
}

function hidden(offset: number, message: string): Observation {
  return { rule: "pickle/planted-method", severity: "high", message, subject: "hidden", offset };
}

interface Attributes {
  /** Those that are remembered. */
  readonly entries: ReadonlyMap<string, Value>;
  /** Keys and values of all, NaN where that is forgotten. */
  readonly count: number;
  /** A name that is not remembered may be one of a special method: what is no text, of a dictionary that is, is none. */
  readonly mayHide: boolean;
}

function judgeHooks(
  inspect: Inspector,
  offset: number,
  target: Value,
  { entries, count, mayHide }: Attributes,
): Observation[] {
  const planted = [...entries].filter(([name, value]) => isHook(name) && isCallable(value));
  const isHidden = mayHide && entries.size * 2 < count && [...entries.keys()].every((name) => !isHook(name));
  if (planted.length === 0 && isHidden) {
    const among = Number.isFinite(count) ? `its ${count / 2}` : "forgotten";
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
