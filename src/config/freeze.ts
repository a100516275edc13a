/** Makes a policy immutable and frees its tables of Object's own names, so that a name out of a file never finds `constructor` there. */
export function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  // Lists hold names or, a few of them, tables: looking at the first item saves a walk over thousands of strings at every start.
  if (!Array.isArray(value)) Object.setPrototypeOf(value, null);
  if (!Array.isArray(value) || typeof value[0] === "object") for (const entry of Object.values(value)) freeze(entry);
  return Object.freeze(value);
}
