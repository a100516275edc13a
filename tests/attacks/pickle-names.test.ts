import { describe } from "vitest";
import * as p from "../builders/pickle.js";
import { failing } from "./attack.js";

/** `module.name(...args)` by STACK_GLOBAL. */
function call(module: string, name: string, ...args: readonly p.Piece[]): p.Piece {
  return p.pickle(p.text(module), p.text(name), p.stackGlobal, p.mark, ...args, p.tuple, p.reduce);
}

function named(module: string, name: string): p.Piece {
  return p.pickle(p.text(module), p.text(name), p.stackGlobal);
}

function whole(...pieces: readonly p.Piece[]): Uint8Array {
  return p.pickle(p.proto(4), ...pieces, p.stop);
}

describe("an attack by names", () => {
  failing([
    {
      hope: "a standard library function on no list starts a program",
      bytes: () => whole(call("_aix_support", "_read_cmd_output", p.text("id"))),
    },
    {
      hope: "a method below a harmless class writes a file",
      bytes: () => whole(call("pathlib", "Path.write_text", p.text("/tmp/x"), p.text("y"))),
      least: "high",
    },
    {
      hope: "a method of an object that a harmless class made writes a file",
      bytes: () =>
        whole(
          p.pickle(
            call("builtins", "getattr", call("pathlib", "Path", p.text("/tmp/x")), p.text("write_text")),
            p.text("y"),
            p.tuple1,
            p.reduce,
          ),
        ),
    },
    {
      hope: "a harmless class leads to a module that it imported",
      bytes: () => whole(call("logging", "Logger.manager.loggerClass", p.text("x"))),
    },
    {
      hope: "an allowed module leads to os through a name that it imported",
      bytes: () => whole(call("logging", "os.system", p.text("id"))),
      least: "critical",
    },
    {
      hope: "a trusted package leads to os through a module that it imported under another name",
      bytes: () => whole(call("torch", "storage._os.system", p.text("id"))),
      least: "high",
    },
    {
      hope: "iter with a sentinel calls a function that is only imported",
      bytes: () =>
        whole(
          call("builtins", "list", call("builtins", "iter", named("torch.utils.made_up", "run_it"), p.pickle(p.none))),
        ),
    },
    {
      hope: "accumulate calls a function that is only imported",
      bytes: () =>
        whole(
          call(
            "builtins",
            "list",
            call(
              "itertools",
              "accumulate",
              p.pickle(p.mark, p.text("id"), p.text("x"), p.tuple),
              named("torch.utils.made_up", "run_it"),
            ),
          ),
        ),
    },
    {
      hope: "groupby calls a function that is only imported",
      bytes: () =>
        whole(
          call(
            "builtins",
            "list",
            call("itertools", "groupby", p.pickle(p.text("id"), p.tuple1), named("transformers.made_up", "run_it")),
          ),
        ),
    },
    {
      hope: "a class is made by NEWOBJ of type, which is judged only when it is called",
      bytes: () =>
        whole(
          named("builtins", "type"),
          p.mark,
          p.text("X"),
          p.pickle(named("builtins", "dict"), p.tuple1),
          p.pickle(p.mark, p.text("__setitem__"), named("torch.utils.made_up", "run_it"), p.op("DICT")),
          p.tuple,
          p.newobj,
        ),
    },
    {
      hope: "partial is made by NEWOBJ around something unknown",
      bytes: () =>
        whole(
          named("functools", "partial"),
          p.pickle(p.text("a"), p.op("BINPERSID")),
          p.tuple1,
          p.newobj,
          p.pickle([0x29]),
          p.reduce,
        ),
    },
    {
      hope: "the dictionary of a module is changed with SETITEM",
      bytes: () => whole(named("sys", "modules"), p.text("os"), p.none, p.setitem),
    },
    {
      hope: "BUILD sets an attribute of a trusted module's class",
      bytes: () =>
        whole(
          named("torch.nn.modules.module", "Module"),
          p.none,
          p.pickle([0x7d], p.text("__call__"), named("builtins", "print"), p.setitem),
          [0x86],
          p.build,
        ),
    },
    {
      hope: "BUILD gives a made object a dictionary with a method, behind 300 other attributes",
      bytes: () =>
        whole(
          named("sklearn.made_up", "Model"),
          [0x29],
          p.newobj,
          [0x7d],
          p.mark,
          ...Array.from({ length: 300 }, (_, i) => p.pickle(p.text(`weight_${i}`), p.int(i))),
          p.text("__reduce_ex__"),
          named("torch.utils.made_up", "run_it"),
          p.op("SETITEMS"),
          p.build,
        ),
    },
    {
      hope: "a dotted name under protocol 3 hides behind a harmless prefix in proto 4 that follows",
      bytes: () => p.pickle(p.proto(3), p.proto(4), call("collections", "abc.sys.modules", p.text("x")), p.stop),
    },
    {
      hope: "a name of Python 2 is used under protocol 2",
      bytes: () => p.pickle(p.proto(2), p.global("commands", "getoutput"), p.text("id"), p.tuple1, p.reduce, p.stop),
      least: "critical",
    },
    {
      hope: "a name of Python 2 is used where protocol 3 was announced after protocol 2",
      bytes: () =>
        p.pickle(p.proto(3), p.proto(2), p.global("__builtin__", "eval"), p.text("1"), p.tuple1, p.reduce, p.stop),
      least: "critical",
    },
    {
      hope: "a name written with fullwidth letters, which Python's getattr would not take and the eye does",
      bytes: () => whole(call("os", "ｓystem", p.text("id"))),
    },
    {
      hope: "a module's name with a trailing dot or blank is on no list",
      bytes: () => whole(call("os ", "system", p.text("id"))),
    },
    {
      hope: "ufunc reconstruction imports any module below numpy",
      bytes: () => whole(call("numpy.core", "_ufunc_reconstruct", p.text("numpy.f2py.crackfortran"), p.text("myeval"))),
    },
    {
      hope: "cloudpickle's subimport imports a module of the attacker's own package",
      bytes: () => whole(call("cloudpickle.cloudpickle", "subimport", p.text("antigravity"))),
    },
    {
      hope: "getattr walks step by step to a function's globals",
      bytes: () => whole(call("builtins", "getattr", named("torch.utils.made_up", "run_it"), p.text("__globals__"))),
      least: "high",
    },
    {
      hope: "attrgetter is given the walk in one dotted text",
      bytes: () => whole(call("operator", "attrgetter", p.text("a.__globals__.b"))),
      least: "high",
    },
    {
      hope: "the encoding of _codecs.encode runs a codec that reads code",
      bytes: () => whole(call("_codecs", "encode", p.text("x"), p.text("unicode_escape"))),
    },
    {
      hope: "the base class of _reconstructor is unknown",
      bytes: () =>
        whole(
          call(
            "copyreg",
            "_reconstructor",
            named("collections", "OrderedDict"),
            named("evil", "Base"),
            p.pickle(p.none),
          ),
        ),
    },
    {
      hope: "an extension code stands for os.system",
      bytes: () => whole(p.ext1(7), p.text("id"), p.tuple1, p.reduce),
    },
    {
      hope: "the function's name is put together by str.join at load time",
      bytes: () =>
        whole(
          p.text("os"),
          p.pickle(
            call("builtins", "getattr", p.text(""), p.text("join")),
            p.pickle(p.mark, p.text("sys"), p.text("tem"), p.tuple),
            p.tuple1,
            p.reduce,
          ),
          p.stackGlobal,
          p.text("id"),
          p.tuple1,
          p.reduce,
        ),
    },
    {
      hope: "the function's name is what an unknown call returns",
      bytes: () =>
        whole(
          p.text("os"),
          call("builtins", "reversed", p.text("metsys")),
          p.stackGlobal,
          p.text("id"),
          p.tuple1,
          p.reduce,
        ),
    },
    {
      hope: "print is safe and its file argument is not",
      bytes: () => whole(call("builtins", "print", p.text("x"), call("_io", "open", p.text("/tmp/x"), p.text("w")))),
      least: "high",
    },
    {
      hope: "getLogger's result is told to load a configuration",
      bytes: () =>
        whole(
          call("builtins", "getattr", named("logging", "config"), p.text("dictConfig")),
          p.pickle([0x7d]),
          p.tuple1,
          p.reduce,
        ),
      least: "high",
    },
  ]);
});
