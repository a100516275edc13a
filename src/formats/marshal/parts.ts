// The arguments of types.CodeType by version: https://docs.python.org/3/library/types.html#types.CodeType and code_new in Objects/codeobject.c.
import { type CodeLayout, type CodeObject, type MarshalValue, textOf, textsOf, tupleItems } from "./value.js";

/** Integers at the beginning: 2.x has 4 (no keyword-only count), 3.0 to 3.7 have 5, 3.8 on (with positional-only) 6. */
const LAYOUT_BY_INTEGERS: ReadonlyMap<number, CodeLayout> = new Map([
  [4, "2.x"],
  [5, "3.0"],
  [6, "3.8"],
]);

/**
 * The code object that `types.CodeType(*parts)` builds, or dill's `_create_code(*parts)`, which may put the old line table first. The
 * Python version shows in number and kinds of the parts; undefined when they fit no version.
 */
export function codeObjectFromParts(parts: readonly MarshalValue[]): CodeObject | undefined {
  const given = parts[0] instanceof Uint8Array || typeof parts[0] === "string" ? parts.slice(1) : parts;
  const firstOther = given.findIndex((part) => !isInteger(part));
  const layout = LAYOUT_BY_INTEGERS.get(firstOther);
  if (layout === undefined) return undefined;
  const [code, constants, names, variables, filename, name, ...rest] = given.slice(firstOther);
  const found = {
    code: bytesOf(code),
    constants: constants === undefined ? undefined : tupleItems(constants),
    names: names === undefined ? undefined : textsOf(names),
    locals: variables === undefined ? undefined : textsOf(variables),
  };
  if (!found.code || !found.constants || !found.names || !found.locals) return undefined;
  const hasQualifiedName = rest[0] !== undefined && textOf(rest[0]) !== undefined && isInteger(rest[1] ?? null);
  const isFlat = layout === "3.8" && hasQualifiedName;
  const [free = [], cells = []] = rest.flatMap((part) => textsOf(part) ?? []).length > 0 ? closures(rest) : [];
  return {
    kind: "code",
    layout: isFlat ? "3.11" : layout,
    name: textOf(name ?? null) ?? "",
    argumentCount: Number(given[0]),
    flags: Number(given[firstOther - 1]),
    code: found.code,
    constants: found.constants,
    names: found.names,
    // From 3.11 on cells that are no arguments and free variables are numbered after the locals.
    locals: isFlat
      ? [...found.locals, ...cells.filter((cell) => !found.locals?.includes(cell)), ...free]
      : found.locals,
    cells: [...cells, ...free],
    filename: textOf(filename ?? null) ?? "",
  };
}

/** Free variables and cells are the last two tuples. */
function closures(rest: readonly MarshalValue[]): readonly (readonly string[])[] {
  const tuples = rest.flatMap((part) => {
    const texts = textsOf(part);
    return texts ? [texts] : [];
  });
  return tuples.slice(-2);
}

function isInteger(part: MarshalValue): boolean {
  return typeof part === "number" || typeof part === "bigint";
}

/** Protocol 2 pickles of Python 3 and all of Python 2 hand bytecode over as text of Latin-1 characters. */
function bytesOf(part: MarshalValue | undefined): Uint8Array | undefined {
  if (part instanceof Uint8Array) return part;
  return typeof part === "string" ? Buffer.from(part, "latin1") : undefined;
}
