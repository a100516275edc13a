// Pure callables of Python's library over constants.
import { BYTE_DECODERS, decodeText, MAX_FOLDED } from "./decode.js";
import { elementsOf } from "./elements.js";
import { foldOperation } from "./fold.js";
import { characterOf, decoded, encoded, foldMethod, plainText } from "./fold-text.js";
import { bytesOf, constant, integerOf, textOf, type Value } from "./value.js";

type Fold = (args: readonly Value[]) => Value | undefined;

const fold = (run: (first: Value, args: readonly Value[]) => Value | undefined): Fold => {
  return (args) => (args[0] === undefined ? undefined : run(args[0], args));
};

const toList = (type: "tuple" | "list"): Fold =>
  fold((first) => {
    const items = elementsOf(first);
    return items && { kind: "collection", type, items };
  });

/** Pure callables, by canonical name. */
const CALLS: ReadonlyMap<string, Fold> = new Map<string, Fold>([
  ["builtins.chr", fold((first) => character(first))],
  ["builtins.unichr", fold((first) => character(first))],
  ["builtins.ord", fold((first) => ordinal(first))],
  ["builtins.str", fold((first, [, codec]) => stringOf(first, codec))],
  ["builtins.bytes", fold((first) => byteString(first))],
  ["builtins.bytearray", fold((first) => byteString(first))],
  ["builtins.int", fold((first, [, base]) => integer(first, integerOf(base) ?? 10))],
  ["builtins.list", toList("list")],
  ["builtins.tuple", toList("tuple")],
  ["builtins.reversed", fold((first) => reversed(first))],
  ["builtins.map", ([callee, items]) => mapped(callee, items)],
  ["codecs.decode", fold((first, [, codec]) => decoded(first, textOf(codec) ?? "utf-8"))],
  ["codecs.encode", fold((first, [, codec]) => encoded(first, textOf(codec) ?? "utf-8"))],
  ["operator.add", ([a, b]) => (a && b ? foldOperation("+", a, b) : undefined)],
  ["operator.concat", ([a, b]) => (a && b ? foldOperation("+", a, b) : undefined)],
  ["builtins.str.join", fold((first, [, parts]) => (parts ? foldMethod(first, "join", [parts]) : undefined))],
  ["textwrap.dedent", fold((first) => dedented(first))],
  ["os.path.join", (args) => joinedPath(args)],
  ["os.path.expanduser", fold((first) => (textOf(first) === undefined ? undefined : first))],
  ["pathlib.Path", (args) => joinedPath(args)],
]);

/** What a call of a pure callable yields, when its arguments are known. */
export function foldCall(path: string, args: readonly Value[]): Value | undefined {
  const decoder = BYTE_DECODERS.get(path);
  if (decoder) {
    const bytes = bytesOf(args[0]);
    const out = bytes && bytes.length <= MAX_FOLDED ? decoder(bytes) : undefined;
    return out && constant(out);
  }
  return CALLS.get(path)?.(args);
}

/** `map(chr, [111, 115])`: the list of what a pure callable makes of each. */
function mapped(callee: Value | undefined, of: Value | undefined): Value | undefined {
  const run = callee?.kind === "name" && callee.path !== "builtins.map" ? CALLS.get(callee.path) : undefined;
  const items = run && of ? elementsOf(of)?.map((item) => run([item])) : undefined;
  if (items === undefined || items.length > MAX_FOLDED) return undefined;
  const known = items.filter((item) => item !== undefined);
  return known.length === items.length ? { kind: "collection", type: "list", items: known } : undefined;
}

function dedented(value: Value): Value | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  const lines = text.split("\n");
  const margins = lines.filter((line) => line.trim() !== "").map((line) => line.length - line.trimStart().length);
  const margin = margins.reduce((least, next) => Math.min(least, next), margins[0] ?? 0);
  return constant(lines.map((line) => line.slice(margin)).join("\n"));
}

function character(value: Value): Value | undefined {
  const code = integerOf(value);
  return code === undefined ? undefined : constant(characterOf(code));
}

function ordinal(value: Value): Value | undefined {
  const text = textOf(value) ?? (bytesOf(value) && Buffer.from(bytesOf(value) ?? []).toString("latin1"));
  const code = text?.codePointAt(0);
  return code === undefined ? undefined : constant(code);
}

function stringOf(value: Value, codec: Value | undefined): Value | undefined {
  if (value.kind === "constant" && value.value instanceof Uint8Array) {
    const name = textOf(codec);
    const text = name === undefined ? undefined : decodeText(value.value, name);
    return text === undefined ? undefined : constant(text);
  }
  const text = plainText(value);
  return text === undefined ? undefined : constant(text);
}

function byteString(value: Value): Value | undefined {
  const text = textOf(value);
  if (text !== undefined) return constant(Buffer.from(text, "utf8"));
  if (value.kind === "constant" && value.value instanceof Uint8Array) return value;
  const numbers = value.kind === "collection" ? value.items.map(integerOf) : undefined;
  return numbers?.every((number) => number !== undefined) ? constant(Uint8Array.from(numbers)) : undefined;
}

function integer(value: Value, base: number): Value | undefined {
  const known = integerOf(value);
  if (known !== undefined) return constant(known);
  const text = textOf(value)
    ?.trim()
    .replace(/^0[xXbBoO]/, "");
  if (text === undefined || text.length > 15 || base < 2 || base > 36) return undefined;
  const parsed = Number.parseInt(text, base);
  return Number.isSafeInteger(parsed) ? constant(parsed) : undefined;
}

function reversed(value: Value): Value | undefined {
  const items = elementsOf(value);
  return items && { kind: "collection", type: "list", items: [...items].reverse() };
}

function joinedPath(args: readonly Value[]): Value | undefined {
  const texts = args.map(textOf);
  if (texts.length === 0 || texts.some((text) => text === undefined)) return undefined;
  return constant(texts.join("/").slice(0, MAX_FOLDED));
}
