import { describe } from "vitest";
import { concat, zeros } from "../builders/bytes.js";
import * as p from "../builders/pickle.js";
import { failing } from "./attack.js";
import { call, dict, listOf, made, named, tupleOf, whole, withState } from "./pickle-calls.js";

const JOBLIB = "joblib.numpy_pickle";
const CALLS = p.osSystem().subarray(2, -1);

function dtype(code: string): p.Piece {
  return call("numpy", "dtype", p.text(code), [0x89], [0x88]);
}

function wrapperState(type: p.Piece, length: number): { readonly [key: string]: p.Piece } {
  return {
    subclass: named("numpy", "ndarray"),
    shape: p.pickle(p.int(length), p.tuple1),
    order: p.text("C"),
    dtype: type,
    allow_mmap: [0x88],
  };
}

/** Real array data that reads as opcodes: a constant that swallows what follows it up to a STOP. */
function swallowing(dataBytes: number, behind: Uint8Array): Uint8Array {
  const length = dataBytes - 5 + behind.length;
  return concat([0x30, 0x42], p.le(length - 1, 4), zeros(dataBytes - 6), behind, [0x2e]);
}

/** A joblib file whose loader skips `real` bytes behind the wrapper's BUILD and runs os.system then. */
function hidden(wrapper: p.Piece, state: p.Piece, real: number): Uint8Array {
  const head = p.pickle(p.proto(4), withState(wrapper, state));
  return concat(head, swallowing(real, concat(CALLS, [0x2e])));
}

function npy(descr: string, body: Uint8Array): Uint8Array {
  const header = `{'descr': ${descr}, 'fortran_order': False, 'shape': (1,), }`.padEnd(117, " ");
  return concat(Buffer.from("\x93NUMPY\x01\x00", "latin1"), p.le(118, 2), `${header}\n`, body);
}

const PROTOCOL_0 = Buffer.from("(S'id'\nios\nsystem\n.", "latin1");

describe("an attack by arrays", () => {
  failing([
    {
      hope: "a type of several fields in one text is longer than its first field",
      name: "model.joblib",
      bytes: () => hidden(made(JOBLIB, "NumpyArrayWrapper"), dict(wrapperState(dtype("f8,f8"), 8)), 128),
    },
    {
      hope: "an array of objects is taken for numbers because its type begins with numbers",
      name: "model.joblib",
      bytes: () =>
        concat(
          p.pickle(p.proto(4), withState(made(JOBLIB, "NumpyArrayWrapper"), dict(wrapperState(dtype("f8,O"), 4)))),
          concat(PROTOCOL_0, zeros(32 - PROTOCOL_0.length)),
          [0x2e],
        ),
    },
    {
      hope: "the wrapper is made by copyreg.__newobj__",
      name: "model.joblib",
      bytes: () =>
        hidden(
          call("copyreg", "__newobj__", named(JOBLIB, "NumpyArrayWrapper")),
          dict(wrapperState(dtype("f8"), 16)),
          128,
        ),
    },
    {
      hope: "the wrapper is reached through the package by a dotted name",
      name: "model.joblib",
      bytes: () => hidden(made("joblib", "numpy_pickle.NumpyArrayWrapper"), dict(wrapperState(dtype("f8"), 16)), 128),
    },
    {
      hope: "the wrapper's class is a subclass that the file makes",
      name: "model.joblib",
      bytes: () =>
        hidden(
          p.pickle(
            call(
              "cloudpickle.cloudpickle",
              "_make_skeleton_class",
              named("builtins", "type"),
              p.text("W"),
              tupleOf(named(JOBLIB, "NumpyArrayWrapper")),
              p.emptyDict,
              p.none,
              p.none,
            ),
            p.emptyTuple,
            p.newobj,
          ),
          dict(wrapperState(dtype("f8"), 16)),
          128,
        ),
    },
    {
      hope: "the shape is stated again behind more entries than are remembered",
      name: "model.joblib",
      bytes: () =>
        hidden(
          made(JOBLIB, "NumpyArrayWrapper"),
          p.pickle(
            dict({ ...wrapperState(dtype("f8"), 0) }),
            dictEntries(Array.from({ length: 200 }, (_, i) => `x${i}`)),
            p.mark,
            p.text("shape"),
            p.int(16),
            p.tuple1,
            p.setitems,
          ),
          128,
        ),
    },
    {
      hope: "the shape is stated again under a key that a call returns",
      name: "model.joblib",
      bytes: () =>
        hidden(
          made(JOBLIB, "NumpyArrayWrapper"),
          p.pickle(
            dict({ ...wrapperState(dtype("f8"), 0) }),
            call("builtins", "format", p.text("shape")),
            p.int(16),
            p.tuple1,
            p.setitem,
          ),
          128,
        ),
    },
    {
      hope: "the size of a structured type is True, which numpy takes for one",
      name: "model.joblib",
      bytes: () => {
        const type = withState(
          dtype("V8"),
          tupleOf(p.int(3), p.text("|"), p.none, p.none, p.none, [0x88], p.int(1), p.int(0)),
        );
        const head = p.pickle(p.proto(4), withState(made(JOBLIB, "NumpyArrayWrapper"), dict(wrapperState(type, 200))));
        // numpy skips 200 bytes, eight times as many would swallow the calls.
        return concat(head, zeros(200), CALLS, [0x2e], zeros(1600 - 200 - CALLS.length - 1), [0x30, 0x4e, 0x2e]);
      },
    },
    {
      hope: "the size of a structured type stands elsewhere in the state of older versions",
      name: "model.joblib",
      bytes: () => {
        const type = withState(dtype("V8"), tupleOf(p.int(2), p.text("|"), p.none, p.none, p.int(1), p.int(8)));
        const head = p.pickle(p.proto(4), withState(made(JOBLIB, "NumpyArrayWrapper"), dict(wrapperState(type, 200))));
        return concat(head, zeros(200), CALLS, [0x2e], zeros(1600 - 200 - CALLS.length - 1), [0x30, 0x4e, 0x2e]);
      },
    },
    {
      hope: "the wrapper of an old joblib reads a file of another folder",
      name: "model.joblib",
      bytes: () =>
        whole(
          withState(
            made(JOBLIB, "NDArrayWrapper"),
            dict({
              filename: p.text("../../secret/array.npy"),
              subclass: named("numpy", "ndarray"),
              allow_mmap: [0x88],
            }),
          ),
        ),
    },
    {
      hope: "an .npy of objects is taken for numbers because its type begins with numbers",
      name: "a.npy",
      bytes: () => npy("'i4,O'", PROTOCOL_0),
    },
    {
      hope: "an .npy of objects spells its type as object",
      name: "a.npy",
      bytes: () => npy("'object'", PROTOCOL_0),
    },
    {
      hope: "an .npy of objects spells its type as object_",
      name: "a.npy",
      bytes: () => npy("'object_'", PROTOCOL_0),
    },
    {
      hope: "an .npy of objects gives its fields as a dict",
      name: "a.npy",
      bytes: () => npy("{'names': ['a'], 'formats': ['O']}", PROTOCOL_0),
    },
    {
      hope: "the objects of an array lie in a list that __setstate__ takes",
      bytes: () =>
        whole(
          withState(
            call(
              "numpy.core.multiarray",
              "_reconstruct",
              named("numpy", "ndarray"),
              p.pickle(p.int(0), p.tuple1),
              p.bytes("b"),
            ),
            tupleOf(
              p.int(1),
              p.pickle(p.int(1), p.tuple1),
              dtype("O8"),
              [0x89],
              listOf(call("os", "system", p.text("id"))),
            ),
          ),
        ),
      least: "critical",
    },
  ]);
});

function dictEntries(keys: readonly string[]): p.Piece {
  return p.pickle(p.mark, ...keys.flatMap((key) => [p.text(key), p.none]), p.setitems);
}
