import { describe, expect, it } from "vitest";
import { PickleMachine } from "../../../src/formats/pickle/machine.js";
import { Budget } from "../../../src/io/budget.js";
import { BufferSource } from "../../../src/io/byte-source.js";
import { CALLBACKS } from "../../../src/scanners/pickle/callbacks.js";
import { PickleJudge } from "../../../src/scanners/pickle/judge.js";
import { RESTORERS } from "../../../src/scanners/pickle/restorers.js";
import { call, dict, named, tupleOf, UNVETTED } from "../../attacks/pickle-calls.js";
import * as p from "../../builders/pickle.js";
import { policy } from "./scan.js";

/** Callables whose arguments are looked into, beside those that call or restore what they are given. */
const NAMES = [
  ..."getattr bytearray bytes type iter print exec eval compile code frozenset"
    .split(" ")
    .map((name) => `builtins.${name}`),
  ..."attrgetter itemgetter getitem".split(" ").map((name) => `operator.${name}`),
  ..."partial reduce".split(" ").map((name) => `functools.${name}`),
  ..."_reconstructor __newobj__ __newobj_ex__".split(" ").map((name) => `copyreg.${name}`),
  ..."_eval_repr _getattr _import_module _create_namedtuple _load_type _create_code _create_type _create_function _create_cell _unmarshal"
    .split(" ")
    .map((name) => `dill._dill.${name}`),
  ..."subimport _builtin_type _make_code _make_function _make_skel_func _make_cell _make_empty_cell"
    .split(" ")
    .map((name) => `cloudpickle.cloudpickle.${name}`),
  "_codecs.encode",
  "abc.ABCMeta",
  "collections.OrderedDict",
  "dateutil.tz._tzfile._unpickle",
  "io.BytesIO",
  "joblib.numpy_pickle.NumpyArrayWrapper",
  "joblib.numpy_pickle.NDArrayWrapper",
  "keras.saving._unpickle_model",
  "marshal.loads",
  "numba.core.serialize._unpickle__CustomPickled",
  "numpy.core._ufunc_reconstruct",
  "numpy.dtype",
  "os.system",
  "pandas._libs.internals.__pyx_unpickle_BlockManager",
  "scipy.stats._distn_infrastructure.rv_generic",
  "somewhere.else.Own",
  "somewhere.else.make",
  "spacy.tokens.doc.unpickle_doc",
  "spacy.vocab.unpickle_vocab",
  "sympy.core.add.Add",
  "torch.fx.graph_module.reduce_graph_module",
  "torch.storage._load_from_bytes",
  "torch_geometric.data.batch.DynamicInheritanceGetter",
  "types.CodeType",
  "types.FunctionType",
  // One of those that have the same condition.
  ...new Map([...CALLBACKS, ...RESTORERS].map(([name, condition]) => [condition, name])).values(),
];

/** A value of each kind. */
const VALUES: readonly p.Piece[] = [
  p.none,
  p.int(-1),
  p.text("CodeType"),
  UNVETTED,
  call("somewhere.else", "make"),
  p.emptyDict,
];
/** What stands where arguments are expected: tuples of other lengths and kinds, and what is no tuple, which CPython refuses. */
const ARGUMENTS: readonly p.Piece[] = VALUES.flatMap((value) => [
  value,
  tupleOf(value),
  tupleOf(named("builtins", "type"), value, tupleOf(value), dict({ __init__: value }), value),
]);

function pieceOf(name: string): p.Piece {
  const dot = name.lastIndexOf(".");
  return named(name.slice(0, dot), name.slice(dot + 1));
}

/** A pickle in which each callable meets each of them. */
function meeting(use: (args: p.Piece) => readonly p.Piece[]): Uint8Array {
  const memoized = NAMES.map((name, index) => p.pickle(pieceOf(name), p.put(index), p.pop));
  const uses = ARGUMENTS.map((args) => p.pickle(...use(args), p.pop));
  const met = NAMES.flatMap((_, index) => uses.map((piece) => Buffer.concat([Buffer.from(p.get(index)), piece])));
  return Buffer.concat([Buffer.from([0x80, 4]), ...memoized, ...met, Buffer.from("N.")]);
}

const USES: readonly (readonly [string, (args: p.Piece) => readonly p.Piece[]])[] = [
  ["are called with", (args) => [args, p.reduce]],
  ["are made of", (args) => [args, p.newobj]],
  ["return what is called with", (args) => [p.emptyTuple, p.reduce, args, p.reduce]],
  ["return for them what is called with", (args) => [args, p.reduce, args, p.reduce]],
  ["return what is filled with", (args) => [p.emptyTuple, p.reduce, args, p.build]],
  ["return for them what is filled with", (args) => [args, p.reduce, args, p.build]],
];

describe("callables that are judged by their arguments", () => {
  it.each(USES)("%s any values, and are judged to the end", (_, use) => {
    const judge = new PickleJudge({ policy });
    const machine = new PickleMachine(new BufferSource(meeting(use)), judge, new Budget(policy.limits));
    expect(machine.run(0).reason).toBe("stop");
    expect(judge.finish().length).toBeGreaterThan(NAMES.length / 4);
  });
});
