/** Classes are capitalised by convention; calling one runs its `__init__`, calling a function runs what it was written for. */
export function isClassLike(name: string): boolean {
  const last = name.slice(name.lastIndexOf(".") + 1).replace(/^_+/, "");
  return /^[A-Z]/.test(last) && (last.length < 3 || !/^[A-Z0-9_]+$/.test(last));
}

/** As above, and names that are an abbreviation (`IQR`, `WCS`), for names that are no constants: those are not called. */
export function isClassOrAcronym(name: string): boolean {
  return isClassLike(name) || /^[A-Z][A-Z0-9]+$/.test(name.slice(name.lastIndexOf(".") + 1));
}

/** A metaclass makes classes out of what it is given. */
export function mayBeMetaclass(name: string): boolean {
  return /Meta|Type|Properties/.test(name);
}
