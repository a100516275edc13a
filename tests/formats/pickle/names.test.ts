import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { canonicalModule, resolveName } from "../../../src/formats/pickle/names.js";

/** `_compat_pickle.IMPORT_MAPPING` and `NAME_MAPPING` of CPython 3.13, as `json.dump` writes them. */
const COMPAT: { modules: Record<string, string>; names: Record<string, string> } = JSON.parse(
  readFileSync(new URL("compat-pickle.json", import.meta.url), "utf8"),
);

function parts(path: string): { module: string; name: string } {
  const cut = path.lastIndexOf(".");
  return { module: path.slice(0, cut), name: path.slice(cut + 1) };
}

describe("a name under protocol 2", () => {
  it.each(Object.entries(COMPAT.modules))("of the module %s is one of %s", (old, module) => {
    expect(resolveName(old, "x", 2)).toEqual({ module, name: "x" });
    expect(resolveName(old, "x", 3)).toEqual({ module: old, name: "x" });
  });

  it.each(Object.entries(COMPAT.names))("that is %s is %s", (old, path) => {
    const { module, name } = parts(old);
    expect(resolveName(module, name, 2)).toEqual(parts(path));
    expect(resolveName(module, name, 3)).toEqual({ module, name });
  });

  it("is left as it is where Python 2 has it too", () => {
    expect(resolveName("os", "system", 2)).toEqual({ module: "os", name: "system" });
  });
});

describe("the public name of a module", () => {
  // `a.x is b.x` for names that both have, in CPython 3.13.
  it.each([
    ["posix", "os"],
    ["nt", "os"],
    ["_io", "io"],
    ["_operator", "operator"],
    ["_pickle", "pickle"],
    ["_functools", "functools"],
    ["_collections", "collections"],
    ["_socket", "socket"],
    ["_ssl", "ssl"],
    ["_ctypes", "ctypes"],
    ["_thread", "threading"],
    ["_asyncio", "asyncio"],
    ["_datetime", "datetime"],
    ["_decimal", "decimal"],
    ["posixpath", "os.path"],
    ["ntpath", "os.path"],
    ["_sqlite3", "sqlite3"],
    ["_winapi", "os"],
    ["_posixsubprocess", "subprocess"],
    ["_weakref", "weakref"],
    ["_random", "random"],
    ["_sre", "re"],
    ["_bz2", "bz2"],
    ["_lzma", "lzma"],
    ["_struct", "struct"],
  ])("%s is %s", (module, known) => expect(canonicalModule(module)).toBe(known));

  it("is the old one for numpy's inner modules, which numpy 2 renamed", () => {
    expect(canonicalModule("numpy._core")).toBe("numpy.core");
    expect(canonicalModule("numpy._core.multiarray")).toBe("numpy.core.multiarray");
    expect(canonicalModule("numpy._corex")).toBe("numpy._corex");
  });

  it("is cloudpickle's for the copies of it that packages ship, and for no other module", () => {
    for (const copy of ["cloudpickle.cloudpickle", "cloudpickle.cloudpickle_fast", "ray.cloudpickle.cloudpickle"])
      expect(canonicalModule(copy)).toBe("cloudpickle.cloudpickle");
    for (const other of ["xcloudpickle.cloudpickle", "cloudpickle.cloudpickles", "cloudpickle"])
      expect(canonicalModule(other)).toBe(other);
  });
});
