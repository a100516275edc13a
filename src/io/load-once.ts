const loaded = new WeakMap<() => Promise<unknown>, Promise<unknown>>();

/** What `load` loads, asked for once: an `import()` of a module that is there already still costs more than scanning a small member. */
export function loadOnce<T>(load: () => Promise<T>): Promise<T> {
  const known = loaded.get(load) as Promise<T> | undefined; // what this very function promised
  if (known !== undefined) return known;
  const promise = load();
  loaded.set(load, promise);
  return promise;
}
