/**
 * How `find_class` turns the names in a stream into names of the running Python. Source: Lib/_compat_pickle.py and
 * Modules/_pickle.c of CPython 3.14.
 */

/** Python 2 modules that a protocol below 3 may name. */
const MODULE_RENAMES = new Map([
  ["BaseHTTPServer", "http.server"],
  ["CGIHTTPServer", "http.server"],
  ["ConfigParser", "configparser"],
  ["Cookie", "http.cookies"],
  ["Dialog", "tkinter.dialog"],
  ["DocXMLRPCServer", "xmlrpc.server"],
  ["FileDialog", "tkinter.filedialog"],
  ["HTMLParser", "html.parser"],
  ["Queue", "queue"],
  ["ScrolledText", "tkinter.scrolledtext"],
  ["SimpleDialog", "tkinter.simpledialog"],
  ["SimpleHTTPServer", "http.server"],
  ["SimpleXMLRPCServer", "xmlrpc.server"],
  ["SocketServer", "socketserver"],
  ["StringIO", "io"],
  ["Tix", "tkinter.tix"],
  ["Tkconstants", "tkinter.constants"],
  ["Tkdnd", "tkinter.dnd"],
  ["Tkinter", "tkinter"],
  ["UserDict", "collections"],
  ["UserList", "collections"],
  ["UserString", "collections"],
  ["__builtin__", "builtins"],
  ["_abcoll", "collections.abc"],
  ["_elementtree", "xml.etree.ElementTree"],
  ["_winreg", "winreg"],
  ["anydbm", "dbm"],
  ["cPickle", "pickle"],
  ["cStringIO", "io"],
  ["commands", "subprocess"],
  ["cookielib", "http.cookiejar"],
  ["copy_reg", "copyreg"],
  ["dbhash", "dbm.bsd"],
  ["dbm", "dbm.ndbm"],
  ["dumbdbm", "dbm.dumb"],
  ["dummy_thread", "_dummy_thread"],
  ["gdbm", "dbm.gnu"],
  ["htmlentitydefs", "html.entities"],
  ["httplib", "http.client"],
  ["markupbase", "_markupbase"],
  ["repr", "reprlib"],
  ["robotparser", "urllib.robotparser"],
  ["test.test_support", "test.support"],
  ["thread", "_thread"],
  ["tkColorChooser", "tkinter.colorchooser"],
  ["tkCommonDialog", "tkinter.commondialog"],
  ["tkFileDialog", "tkinter.filedialog"],
  ["tkFont", "tkinter.font"],
  ["tkMessageBox", "tkinter.messagebox"],
  ["tkSimpleDialog", "tkinter.simpledialog"],
  ["ttk", "tkinter.ttk"],
  ["urllib2", "urllib.request"],
  ["urlparse", "urllib.parse"],
  ["whichdb", "dbm"],
  ["xmlrpclib", "xmlrpc.client"],
]);

/** Python 2 names that moved to another module. */
const NAME_RENAMES = new Map([
  ["UserDict.IterableUserDict", "collections.UserDict"],
  ["UserDict.UserDict", "collections.UserDict"],
  ["UserList.UserList", "collections.UserList"],
  ["UserString.UserString", "collections.UserString"],
  ["__builtin__.basestring", "builtins.str"],
  ["__builtin__.intern", "sys.intern"],
  ["__builtin__.long", "builtins.int"],
  ["__builtin__.reduce", "functools.reduce"],
  ["__builtin__.unichr", "builtins.chr"],
  ["__builtin__.unicode", "builtins.str"],
  ["__builtin__.xrange", "builtins.range"],
  ["_multiprocessing.Connection", "multiprocessing.connection.Connection"],
  ["_socket.fromfd", "socket.fromfd"],
  ["itertools.ifilter", "builtins.filter"],
  ["itertools.ifilterfalse", "itertools.filterfalse"],
  ["itertools.imap", "builtins.map"],
  ["itertools.izip", "builtins.zip"],
  ["itertools.izip_longest", "itertools.zip_longest"],
  ["multiprocessing.AuthenticationError", "multiprocessing.context.AuthenticationError"],
  ["multiprocessing.BufferTooShort", "multiprocessing.context.BufferTooShort"],
  ["multiprocessing.ProcessError", "multiprocessing.context.ProcessError"],
  ["multiprocessing.TimeoutError", "multiprocessing.context.TimeoutError"],
  ["multiprocessing.forking.Popen", "multiprocessing.popen_fork.Popen"],
  ["multiprocessing.process.Process", "multiprocessing.context.Process"],
  ["socket._socketobject", "socket.SocketType"],
  ["urllib.ContentTooShortError", "urllib.error.ContentTooShortError"],
  ["urllib.getproxies", "urllib.request.getproxies"],
  ["urllib.pathname2url", "urllib.request.pathname2url"],
  ["urllib.quote", "urllib.parse.quote"],
  ["urllib.quote_plus", "urllib.parse.quote_plus"],
  ["urllib.unquote", "urllib.parse.unquote"],
  ["urllib.unquote_plus", "urllib.parse.unquote_plus"],
  ["urllib.url2pathname", "urllib.request.url2pathname"],
  ["urllib.urlcleanup", "urllib.request.urlcleanup"],
  ["urllib.urlencode", "urllib.parse.urlencode"],
  ["urllib.urlopen", "urllib.request.urlopen"],
  ["urllib.urlretrieve", "urllib.request.urlretrieve"],
  ["urllib2.HTTPError", "urllib.error.HTTPError"],
  ["urllib2.URLError", "urllib.error.URLError"],
  ["whichdb.whichdb", "dbm.whichdb"],
]);

/** Private and platform modules that are the same thing as a public one, so that a rule needs to know only one name. */
const ALIASES = new Map([
  ["__builtin__", "builtins"],
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
  ["_pydatetime", "datetime"],
  ["_datetime", "datetime"],
  ["_decimal", "decimal"],
  ["_pydecimal", "decimal"],
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
  ["_sys", "sys"],
  ["_os", "os"],
]);

export interface ResolvedName {
  readonly module: string;
  /** Attributes from the module down, dot-separated; "" for the module itself. */
  readonly name: string;
}

/** Applies the renames that are in force under `protocol`. */
export function resolveName(module: string, name: string, protocol: number): ResolvedName {
  if (protocol >= 3) return { module, name };
  const moved = NAME_RENAMES.get(`${module}.${name}`);
  if (moved !== undefined) {
    const cut = moved.lastIndexOf(".");
    return { module: moved.slice(0, cut), name: moved.slice(cut + 1) };
  }
  if (module === "exceptions") return { module: "builtins", name: name === "StandardError" ? "Exception" : name };
  return { module: MODULE_RENAMES.get(module) ?? module, name };
}

/** The public name of a module; rules are written for it. `numpy._core` and `numpy.core` are one. */
export function canonicalModule(module: string): string {
  const alias = ALIASES.get(module);
  if (alias !== undefined) return alias;
  if (/(?:^|\.)cloudpickle\.cloudpickle(?:_fast)?$/.test(module)) return "cloudpickle.cloudpickle"; // many packages ship a copy
  if (module === "numpy._core" || module.startsWith("numpy._core."))
    return `numpy.core${module.slice("numpy._core".length)}`;
  return module;
}
