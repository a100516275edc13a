// Loads a CommonJS module of the build together with what V8 compiled of it when it was built. Compiling takes a third of the time of a small
// scan. Compiled code of another version of Node is rejected by V8, and the source is compiled as usual.

const { readFileSync } = require("node:fs");
const { createRequire, wrap } = require("node:module");
const { dirname, join } = require("node:path");
const { Script, constants } = require("node:vm");

const modules = new Map();
/** The scripts loaded so far by file name; the build keeps what V8 compiled of them. */
const scripts = new Map();

function load(filename) {
  const known = modules.get(filename);
  if (known) return known.exports;
  const script = new Script(wrap(readFileSync(filename, "utf8")), {
    filename,
    cachedData: readIfThere(`${filename}.cache`),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  scripts.set(filename, script);
  const module = { exports: {} };
  modules.set(filename, module);
  const requireOther = createRequire(filename);
  const requireFrom = (id) => (id.startsWith("./") ? load(join(dirname(filename), id)) : requireOther(id));
  script.runInThisContext().call(module.exports, module.exports, requireFrom, module, filename, dirname(filename));
  return module.exports;
}

function readIfThere(filename) {
  try {
    return readFileSync(filename);
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

module.exports = { load, scripts };
