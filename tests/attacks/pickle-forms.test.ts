import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { describe } from "vitest";
import { concat, zeros } from "../builders/bytes.js";
import * as p from "../builders/pickle.js";
import { failing } from "./attack.js";
import { call, named, tupleOf, whole } from "./pickle-calls.js";

const MALICE = p.osSystem();
const BARE = Buffer.from("(S'id'\nios\nsystem\n.", "latin1");

/** The compressed file of joblib before 0.10: a mark, the length in hex, blanks, and zlib (joblib/numpy_pickle_compat.py). */
function zfile(data: Uint8Array): Uint8Array {
  return concat("ZF", `0x${data.length.toString(16)}`.padEnd(19, " "), deflateSync(data));
}

/** zlib with a small window and no compression: another first byte than usual. */
function zlibSmall(data: Uint8Array): Uint8Array {
  return deflateSync(data, { windowBits: 9, level: 0 });
}

describe("an attack by the form of a pickle", () => {
  failing([
    {
      hope: "joblib's oldest compressed files are not known",
      name: "model.joblib",
      bytes: () => zfile(MALICE),
      least: "critical",
    },
    {
      hope: "joblib's oldest compressed files are not known without an extension",
      name: "model",
      bytes: () => zfile(MALICE),
      least: "critical",
    },
    {
      hope: "a pickle without PROTO lies in joblib's oldest compression",
      name: "model.pkl",
      bytes: () => zfile(BARE),
      least: "critical",
    },
    { hope: "zlib has a small window", name: "model.joblib", bytes: () => zlibSmall(MALICE), least: "critical" },
    {
      hope: "zlib has a small window and the file no extension",
      name: "model",
      bytes: () => zlibSmall(MALICE),
      least: "critical",
    },
    {
      hope: "a pickle without PROTO lies in zlib",
      name: "model.joblib",
      bytes: () => deflateSync(BARE),
      least: "critical",
    },
    { hope: "a pickle without PROTO lies in gzip", name: "weights", bytes: () => gzipSync(BARE), least: "critical" },
    {
      hope: "an empty gzip member comes before the one with the pickle",
      name: "model.joblib",
      bytes: () => concat(gzipSync(new Uint8Array()), gzipSync(MALICE)),
      least: "critical",
    },
    {
      hope: "a pickle lies in raw deflate, which nobody loads, under a pickle's name",
      name: "model.pkl",
      bytes: () => deflateRawSync(MALICE, { level: 0 }),
    },
    {
      hope: "a name's module is a memo entry that was overwritten through the stack",
      bytes: () =>
        whole(
          p.text("collections"),
          p.put(0),
          p.pop,
          p.text("os"),
          p.put(0),
          p.pop,
          p.get(0),
          p.text("system"),
          p.stackGlobal,
          p.text("id"),
          p.tuple1,
          p.reduce,
        ),
      least: "critical",
    },
    {
      hope: "a name is duplicated from an argument",
      bytes: () =>
        whole(
          named("builtins", "print"),
          p.text("os"),
          p.dup,
          p.put(5),
          p.tuple2,
          p.pop,
          p.pop,
          p.get(5),
          p.text("system"),
          p.stackGlobal,
          p.text("id"),
          p.tuple1,
          p.reduce,
        ),
      least: "critical",
    },
    {
      hope: "an extension code is registered and used in the same stream",
      bytes: () =>
        whole(
          call("copyreg", "add_extension", p.text("os"), p.text("system"), p.int(7)),
          p.pop,
          p.ext1(7),
          p.text("id"),
          p.tuple1,
          p.reduce,
        ),
      least: "critical",
    },
    {
      hope: "the extension registry is filled by SETITEM",
      bytes: () =>
        whole(named("copyreg", "_inverted_registry"), p.int(7), tupleOf(p.text("os"), p.text("system")), p.setitem),
      least: "critical",
    },
    {
      hope: "OBJ calls a class with a function of another package as its argument",
      bytes: () => whole(p.pickle(p.mark, named("concurrent.futures", "ThreadPoolExecutor"), p.int(1), p.obj)),
      least: "high",
    },
    {
      hope: "the encoding of bytes made of a text is a codec that imports a module",
      bytes: () => whole(call("_codecs", "encode", p.text("x"), p.text("bz2_codec"))),
    },
    {
      hope: "a name is spelt by chr and added letter by letter",
      bytes: () =>
        whole(
          p.text("os"),
          [..."system"]
            .slice(1)
            .reduce<p.Piece>(
              (left, letter) => call("operator", "concat", left, call("builtins", "chr", p.int(letter.charCodeAt(0)))),
              p.text("s"),
            ),
          p.stackGlobal,
          p.text("id"),
          p.tuple1,
          p.reduce,
        ),
      least: "critical",
      rule: "pickle/unsafe-call",
    },
    {
      hope: "a name is cut out of a longer text with a slice",
      bytes: () =>
        whole(
          p.text("os"),
          call("operator", "getitem", p.text("xsystemx"), call("builtins", "slice", p.int(1), p.int(7))),
          p.stackGlobal,
          p.text("id"),
          p.tuple1,
          p.reduce,
        ),
      least: "critical",
      rule: "pickle/unsafe-call",
    },
    {
      hope: "a module of Python 2 is imported by INST under protocol 1",
      bytes: () => Buffer.from("(S'id'\nicommands\ngetoutput\n.", "latin1"),
      least: "critical",
    },
    {
      hope: "urllib of Python 2 fetches an address",
      bytes: () => Buffer.from("(S'http://x.example/'\niurllib\nurlopen\n.", "latin1"),
      least: "high",
    },
    {
      hope: "__builtin__ is written under protocol 4, for a Python 2 with a backport",
      bytes: () => whole(call("__builtin__", "eval", p.text("1"))),
      least: "critical",
    },
    {
      hope: "importing a module runs it, and nothing is called",
      bytes: () => whole(named("idlelib.idle", "main")),
      least: "high",
    },
    {
      hope: "the payload is in the second of two frames, the first of which is full of zeros",
      bytes: () =>
        p.pickle(p.proto(4), p.frame(9), [0x42], p.le(4, 4), zeros(4), p.frame(MALICE.length - 2), MALICE.subarray(2)),
      least: "critical",
    },
    {
      hope: "thirty stacked pickles end in one that is damaged before it stops",
      bytes: () => concat(...Array.from({ length: 30 }, () => whole(p.none)), MALICE.subarray(0, -1)),
      least: "critical",
    },
  ]);
});
