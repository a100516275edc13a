/**
 * Methods that the unpickler looks up on the objects it restores and calls with data from the stream (Modules/_pickle.c: load_build,
 * do_append, load_additems; and what Python calls on its own while objects are restored or dropped).
 */
const HOOKS = new Set([
  "__setstate__",
  "__setattr__",
  "__setitem__",
  "__getattr__",
  "__getattribute__",
  "__class__",
  "__call__",
  "__del__",
  "__reduce__",
  "__reduce_ex__",
  "__getstate__",
  "__hash__",
  "__eq__",
  "__missing__",
  "__init_subclass__",
  "__code__",
  "__defaults__",
  "__kwdefaults__",
  "__globals__",
  "append",
  "extend",
  "add",
]);

export const MAX_HOOK_LENGTH = 18;

const UNDERSCORE = 0x5f;
const LETTER_A = 0x61;
const LETTER_E = 0x65;

/** True when the text at `i` is the name of a hook. Looks at one byte in nearly all cases. */
export function isHookName(bytes: Uint8Array, i: number, length: number): boolean {
  const first = bytes[i];
  if (first !== UNDERSCORE && first !== LETTER_A && first !== LETTER_E) return false;
  if (length < 3 || i + length > bytes.length) return false;
  return HOOKS.has(String.fromCharCode(...bytes.subarray(i, i + length)));
}

export function isHook(name: string): boolean {
  return HOOKS.has(name);
}

/** Hooks that only ordinary containers have: harmless as data, telling when their value is a callable. */
export function isContainerMethod(name: string): boolean {
  return name === "append" || name === "extend" || name === "add";
}
