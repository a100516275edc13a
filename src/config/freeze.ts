/** Makes a policy immutable and frees its tables of Object's own names, so that a name out of a file never finds `constructor` there. */
export function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const entry of Object.values(value)) freeze(entry);
  if (!Array.isArray(value)) Object.setPrototypeOf(value, null);
  return Object.freeze(value);
}
