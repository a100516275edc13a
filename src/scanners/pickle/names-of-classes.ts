/** Classes are capitalised by convention; calling one runs its `__init__`, calling a function runs what it was written for. */
export function isClassLike(name: string): boolean {
  const last = name.slice(name.lastIndexOf(".") + 1).replace(/^_+/, "");
  return /^[A-Z]/.test(last) && !/^[A-Z0-9_]+$/.test(last.slice(0, 3).length < 3 ? "" : last);
}
