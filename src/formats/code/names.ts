/** Modules that are the same thing under another name: judging needs one name. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ["posix", "os"],
  ["nt", "os"],
  ["__builtin__", "builtins"],
  ["__builtins__", "builtins"],
  ["six.moves.builtins", "builtins"],
  ["cPickle", "pickle"],
  ["_pickle", "pickle"],
  ["six.moves.cPickle", "pickle"],
  ["_io", "io"],
  ["_socket", "socket"],
  ["_operator", "operator"],
  ["_functools", "functools"],
  ["_codecs", "codecs"],
  ["_posixsubprocess", "subprocess"],
  ["_winapi", "subprocess"],
  ["_ctypes", "ctypes"],
  ["urllib2", "urllib.request"],
  ["six.moves.urllib", "urllib"],
  ["_imp", "imp"],
  ["_frozen_importlib", "importlib"],
  ["importlib._bootstrap", "importlib"],
  ["io.open", "builtins.open"],
  ["codecs.open", "builtins.open"],
  ["importlib.__import__", "builtins.__import__"],
  ["tf", "tensorflow"],
  ["np", "numpy"],
  ["jnp", "jax.numpy"],
  ["pd", "pandas"],
  ["nn", "torch.nn"],
  ["K", "keras.backend"],
]);

/**
 * Modules that other modules have imported and so carry as attributes: `shutil.os.system` is `os.system`. Only those whose reach
 * matters, so that a package's own submodule of the same name is not mistaken.
 */
const CARRIED = new Set([
  "os",
  "sys",
  "subprocess",
  "builtins",
  "__builtins__",
  "importlib",
  "ctypes",
  "posix",
  "pty",
  "runpy",
]);

/** Modules import others under a private name (`random._os`), `enum` imports builtins as `bltns`. */
function carriedName(attribute: string): string {
  if (attribute === "bltns") return "builtins";
  return CARRIED.has(attribute) ? attribute : attribute.replace(/^_(?!_)/, "");
}

/** Whether a module is one of those that matter wherever they come from. */
export function isCarried(module: string): boolean {
  return CARRIED.has(module);
}

/** The one name under which a dotted path is judged. `root` tells whether short names of common practice (`np`) may be meant. */
export function canonicalPath(path: string, isGlobal = false): string {
  if (path.startsWith(".")) return path; // a module next door, whatever it is called
  if (!path.includes(".")) return (isGlobal || !SHORT_NAMES.has(path) ? ALIASES.get(path) : undefined) ?? path;
  const parts = path.split(".");
  let from = 0;
  for (let i = parts.length - 1; i > 0; i--) {
    if (CARRIED.has(carriedName(parts[i] ?? "")) && parts[i - 1] !== "moves") {
      from = i;
      break;
    }
  }
  const cut = from === 0 ? parts : [carriedName(parts[from] ?? ""), ...parts.slice(from + 1)];
  for (let length = Math.min(3, cut.length); length > 0; length--) {
    const head = cut.slice(0, length).join(".");
    const alias = ALIASES.get(head);
    if (alias === undefined || (!isGlobal && from === 0 && SHORT_NAMES.has(head))) continue;
    return [alias, ...cut.slice(length)].join(".");
  }
  return cut.join(".");
}

const SHORT_NAMES = new Set(["tf", "np", "jnp", "pd", "nn", "K"]);
