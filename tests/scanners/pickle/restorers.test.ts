import { describe, expect, it } from "vitest";
import * as p from "../../builders/pickle.js";
import { findingsOf, rulesOf } from "./scan.js";

const { global, mark, pickle, proto, reduce, stop, text, tuple } = p;

function calling(callable: p.Piece, ...args: p.Piece[]): p.Piece {
  return [...callable, ...mark, ...args.flatMap((arg) => [...arg]), ...tuple, ...reduce];
}

function dict(...items: (readonly [p.Piece, p.Piece])[]): p.Piece {
  return [...p.emptyDict, ...mark, ...items.flatMap(([key, value]) => [...key, ...value]), ...p.setitems];
}

function made(cls: p.Piece): p.Piece {
  return [...cls, ...p.emptyTuple, ...p.newobj];
}

function file(...pieces: p.Piece[]): Uint8Array {
  return pickle(proto(4), ...pieces, stop);
}

async function worst(...pieces: p.Piece[]): Promise<string | undefined> {
  return (await findingsOf(file(...pieces)))[0]?.severity;
}

const names = [...p.emptyList, ...mark, ...text("rad"), ...p.appends];
const isTrue: p.Piece = [0x88];
const unknown = global("my.code", "Thing");
const unit = global("astropy.units.core", "_recreate_irreducible_unit");
const day = global("cftime._cftime", "_create_datetime");
const sky = global("astropy.wcs.wcs", "__WCS_unpickle__");
const undef = global("sympy.core.function", "_rebuild_undef");
const curry = global("toolz.functoolz", "_restore_curry");
const curried = global("toolz.functoolz", "curry");
const created = global("deap.creator", "meta_create");
const fitness = global("deap.base", "Fitness");
const interned = global("numba.core.types.abstract", "_type_reconstructor");
const reconstructor = global("copyreg", "_reconstructor");

function type(module: string): p.Piece {
  const inner = [...global(module, "Float"), ...global("builtins", "object"), ...p.none];
  return [...mark, ...inner, ...tuple];
}

describe("a function by which a library restores its objects", () => {
  it.each<[string, p.Piece, p.Piece]>([
    [
      "units of astropy, and not other classes by the same function",
      calling(unit, global("astropy.units.core", "IrreducibleUnit"), names, isTrue),
      calling(unit, unknown, names, isTrue),
    ],
    [
      "dates of cftime",
      calling(day, global("cftime._cftime", "DatetimeNoLeap"), p.emptyTuple, p.emptyDict),
      calling(day, unknown, p.emptyTuple, p.emptyDict),
    ],
    [
      "coordinates of astropy, whose file is a constant",
      calling(sky, global("astropy.wcs.wcs", "WCS"), p.emptyDict, p.bytes("SIMPLE")),
      calling(sky, global("astropy.wcs.wcs", "WCS"), p.emptyDict, text("a.fits")),
    ],
    [
      "undefined functions of sympy, and no class of other bases",
      calling(undef, text("f"), dict([text("real"), isTrue])),
      calling(undef, text("f"), dict([text("bases"), p.emptyTuple])),
    ],
    [
      "curried functions of known packages",
      calling(curry, curried, text("dask.array.wrap:ones"), p.emptyTuple, p.emptyDict, p.emptyDict, isTrue),
      calling(curry, curried, text("os:system"), p.emptyTuple, p.emptyDict, p.emptyDict, isTrue),
    ],
    [
      "curried functions, and nothing else in their place",
      calling(curry, curried, global("numpy", "ones"), p.emptyTuple, p.emptyDict, p.emptyDict, isTrue),
      calling(curry, unknown, global("numpy", "ones"), p.emptyTuple, p.emptyDict, p.emptyDict, isTrue),
    ],
    [
      "classes of deap out of known ones",
      calling(created, text("Best"), fitness, dict([text("weights"), p.emptyTuple])),
      calling(created, text("Best"), unknown, dict([text("weights"), p.emptyTuple])),
    ],
    [
      "classes of deap whose attributes are known classes",
      calling(created, text("One"), global("builtins", "list"), dict([text("fitness"), fitness])),
      calling(created, text("One"), global("builtins", "list"), dict([text("fitness"), global("my.code", "run")])),
    ],
    [
      "classes of deap that hide none of its own names",
      calling(created, text("One"), global("builtins", "list"), p.emptyDict),
      calling(created, text("isinstance"), global("builtins", "list"), p.emptyDict),
    ],
    [
      "types of numba",
      calling(interned, reconstructor, type("numba.core.types.scalars"), p.none),
      calling(interned, reconstructor, type("my.types"), p.none),
    ],
  ])("restores %s", async (_, harmless, harmful) => {
    expect(await findingsOf(file(harmless))).toEqual([]);
    expect(["medium", "high", "critical"]).toContain(await worst(harmful));
  });
});

describe("joblib's Memory", () => {
  const cls = global("joblib.memory", "Memory");
  const state = (location: p.Piece) => dict([text("location"), location], [text("store_backend"), p.none]);

  it("is nothing without a folder, by every protocol", async () => {
    expect(await findingsOf(file(made(cls), state(p.none), p.build))).toEqual([]);
    const old = calling(reconstructor, cls, global("builtins", "object"), p.none);
    expect(await findingsOf(file(old, state(p.none), p.build))).toEqual([]);
  });

  it.each<[string, p.Piece[]]>([
    ["with a folder", [made(cls), state(text("cache")), p.build]],
    ["when it is called", [calling(cls, p.none)]],
    ["without a state", [made(cls)]],
    ["in a state that names no folder", [made(cls), dict([text("verbose"), p.int(1)]), p.build]],
    ["beside one without", [made(cls), state(p.none), p.build, p.pop, made(cls), state(text("cache")), p.build]],
    ["with a second state", [made(cls), state(p.none), p.build, state(text("cache")), p.build]],
    ["beside one that has its state twice", [made(cls), state(p.none), p.build, state(p.none), p.build, made(cls)]],
  ])("is told %s", async (_, pieces) => {
    expect(await worst(...pieces)).toBe("critical");
  });
});

describe("an object", () => {
  it("may be made by __new__ of its own class, as by NEWOBJ", async () => {
    const array = global("Bio.Align.substitution_matrices", "Array");
    const maker = global("Bio.Align.substitution_matrices", "Array.__new__");
    expect(await findingsOf(file(calling(maker, array, text("ACGT"), p.int(2))))).toEqual([]);
    expect(await worst(calling(maker, global("Bio.Align.other", "Array"), text("ACGT")))).toBe("medium");
    expect(await worst(calling(global("my.code", "Array.__new__"), global("my.code", "Array")))).toBe("medium");
  });

  it("may have objects for keys in its state, and no name that is put together", async () => {
    const key = calling(reconstructor, global("uncertainties.core", "Variable"), global("builtins", "object"), p.none);
    const target = made(global("uncertainties.core", "LinearCombination"));
    expect(await findingsOf(file(target, dict([key, p.int(1)]), p.build))).toEqual([]);
    const computed = calling(global("builtins", "str.lower"), text("__SETSTATE__"));
    expect(await rulesOf(file(target, dict([computed, global("numpy", "ones")]), p.build))).toContain(
      "pickle/planted-method",
    );
  });

  it("unpickles what tsfresh and Biopython keep in its state, which is looked into", async () => {
    const settings = made(global("tsfresh.feature_extraction.settings", "ComprehensiveFCParameters"));
    const matrix = calling(
      global("Bio.Align.substitution_matrices", "Array.__new__"),
      global("Bio.Align.substitution_matrices", "Array"),
    );
    for (const harmful of [p.osSystem(), p.osSystem().subarray(2)]) {
      const inner = p.bytes(harmful);
      expect(await rulesOf(file(settings, dict([inner, p.none]), p.build))).toContain("pickle/nested-pickle");
      expect(await rulesOf(file(matrix, inner, p.build))).toContain("pickle/nested-pickle");
    }
    const harmless = p.bytes(file(p.emptyDict));
    expect(await rulesOf(file(settings, dict([harmless, p.none]), p.build))).not.toContain("pickle/nested-pickle");
  });

  it("removes folders when it is dropped, in FLAML's model of transformers", async () => {
    const model = made(global("flaml.automl.model", "TransformersEstimator"));
    const folders = (...paths: p.Piece[]) => [...p.emptyList, ...mark, ...paths.flatMap((x) => [...x]), ...p.appends];
    expect(await worst(model, dict([text("_ckpt_remains"), folders(text("data"))]), p.build)).toBe("high");
    expect(await findingsOf(file(model, dict([text("_ckpt_remains"), p.emptyList]), p.build))).toEqual([]);
  });
});

describe("the factory of a defaultdict", () => {
  const defaults = global("collections", "defaultdict");
  const partial = global("functools", "partial");
  const getattr = global("builtins", "getattr");
  const stated = (target: p.Piece, args: p.Piece) => [
    ...calling(partial, target),
    ...p.memoize,
    ...[...mark, ...p.get(0), ...args, ...p.emptyDict, ...p.none, ...tuple, ...p.build],
  ];
  const numbers = [...p.int(0), ...p.int(1), ...p.tuple2];

  it.each<[string, p.Piece]>([
    ["a method of an object of a known package", calling(getattr, made(global("river.a", "Sampler")), text("weights"))],
    [
      "a drawer of random numbers",
      calling(partial, calling(getattr, calling(global("random", "Random")), text("gauss"))),
    ],
    ["an object of a known package", calling(partial, made(global("river.optim.initializers", "Normal")))],
    ["a class whose name is an abbreviation", calling(partial, global("river.stats.iqr", "IQR"))],
    ["a copier of what it is given", calling(partial, global("copy", "deepcopy"))],
  ])("may be %s", async (_, factory) => {
    expect(await findingsOf(file(calling(defaults, factory)))).toEqual([]);
  });

  it.each<[string, p.Piece]>([
    ["a method of an object of an unknown package", calling(getattr, made(unknown), text("weights"))],
    ["a special method", calling(getattr, made(global("river.a", "Sampler")), text("__reduce__"))],
    ["another method with arguments", calling(partial, calling(getattr, made(global("river.a", "B")), text("load")))],
    ["an object of an unknown package", calling(partial, made(unknown))],
    ["a partial whose function is replaced", stated(made(global("river.a", "Sampler")), numbers)],
  ])("is told when it is %s", async (_, factory) => {
    expect(["medium", "high"]).toContain(await worst(calling(defaults, factory)));
  });
});

describe("copying", () => {
  it("is told when it is done while the file is loaded", async () => {
    expect(await worst(calling(global("copy", "deepcopy"), made(unknown)))).toBe("high");
  });
});
