import { elementsOf } from "../code/elements.js";
import { foldOperation, foldSlice } from "../code/fold.js";
import { foldJoined, foldMethod } from "../code/fold-text.js";
import { constant, textOf, type Value } from "../code/value.js";
import type { Trailer } from "./ast.js";

/** Filters that look an attribute up by its name: the name's value. */
export function attributeArgument(
  { name, keywords }: Extract<Trailer, { kind: "filter" }>,
  args: readonly Value[],
): Value | undefined {
  if (name === "attr") return args[0];
  const keyword = keywords.findIndex((item) => item.name === "attribute");
  if (keyword >= 0) return args[args.length - keywords.length + keyword];
  if (["selectattr", "rejectattr", "groupby"].includes(name)) return args[0];
  return name === "map" && textOf(args[0]) === "attr" ? args[1] : undefined;
}

type FilterFold = (value: Value, args: readonly Value[]) => Value | undefined;

const method =
  (name: string): FilterFold =>
  (value, args) =>
    foldMethod(value, name, args);

/** Filters that put texts together or change them. */
const FILTERS: ReadonlyMap<string, FilterFold> = new Map<string, FilterFold>([
  ["lower", method("lower")],
  ["upper", method("upper")],
  ["trim", method("strip")],
  ["replace", method("replace")],
  ["format", (value, args) => foldOperation("%", value, { kind: "collection", type: "tuple", items: args })],
  ["join", (value, [separator]) => foldMethod(separator ?? constant(""), "join", [value])],
  ["reverse", (value) => foldSlice(value, { start: undefined, stop: undefined, step: constant(-1) })],
  ["string", (value) => joined([value])],
  ["safe", (value) => value],
  ["first", (value) => elementsOf(value)?.[0]],
  ["last", (value) => elementsOf(value)?.at(-1)],
  ["list", (value) => listOf(value)],
  ["default", (value) => value],
  ["d", (value) => value],
]);

export function foldFilter(name: string, value: Value, args: readonly Value[]): Value | undefined {
  return FILTERS.get(name)?.(value, args);
}

function listOf(value: Value): Value | undefined {
  const items = elementsOf(value);
  return items && { kind: "collection", type: "list", items };
}

/** The texts of the values as one, when all are constants. */
export function joined(values: readonly Value[]): Value | undefined {
  const made = foldJoined(values);
  return made.kind === "constant" ? made : undefined;
}

/** Whether the filter's last argument, or one of its named ones, is a constant that stands there. */
export function isWrittenOut({ args, keywords }: Extract<Trailer, { kind: "filter" }>): boolean {
  return args.at(-1)?.kind === "constant" || keywords.some(({ value }) => value.kind === "constant");
}
