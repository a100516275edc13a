import { describe, expect, it } from "vitest";
import type { RunningMachine } from "../../../src/formats/pickle/event.js";
import { PickleMachine } from "../../../src/formats/pickle/machine.js";
import { OP } from "../../../src/formats/pickle/opcodes.js";
import { BufferSource } from "../../../src/io/byte-source.js";
import { callableIndex } from "../../../src/scanners/pickle/classify.js";
import { express } from "../../../src/scanners/pickle/express.js";
import * as p from "../../builders/pickle.js";
import { policy } from "./scan.js";

/** The value that a stream leaves, as findings write it. */
function written(...pieces: readonly p.Piece[]): string {
  let machine: RunningMachine | undefined;
  let shown = "";
  new PickleMachine(new BufferSource(p.pickle(p.proto(4), ...pieces, p.stop)), {
    begin: (running) => {
      machine = running;
    },
    stopped: (_, value) => {
      shown = machine ? express(machine.inspect, value) : "";
    },
  }).run(0);
  return shown;
}

const ints = (count: number) => Array.from({ length: count }, (_, index) => p.int(index));
const nested = (depth: number) => Array.from({ length: depth }, () => p.tuple1);
const call = (...args: readonly p.Piece[]) => [p.global("a", "b"), p.mark, ...args, p.tuple, p.reduce];

describe("a value is written", () => {
  it.each<[string, readonly p.Piece[], string]>([
    ["a number of more digits than are read", [[OP.LONG1, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0]], "<int>"],
    ["a truth value", [[OP.NEWFALSE]], "False"],
    ["a tuple of one", [p.int(1), p.tuple1], "(1,)"],
    ["six items whole", [p.mark, ...ints(6), p.tuple], "(0, 1, 2, 3, 4, 5)"],
    ["seven items cut", [p.mark, ...ints(7), p.tuple], "(0, 1, 2, 3, 4, 5, …)"],
    ["a dict", [p.emptyDict, p.mark, ...ints(4), p.setitems], "{0: 1, 2: 3}"],
    ["a dict of six whole", [p.emptyDict, p.mark, ...ints(12), p.setitems], "{0: 1, 2: 3, 4: 5, 6: 7, 8: 9, 10: 11}"],
    [
      "a dict of seven cut",
      [p.emptyDict, p.mark, ...ints(14), p.setitems],
      "{0: 1, 2: 3, 4: 5, 6: 7, 8: 9, 10: 11, …}",
    ],
    ["a set", [p.emptySet, p.mark, p.int(1), p.additems], "{1}"],
    ["a call", call(p.int(1)), "a.b(1)"],
    ["a call of builtins", [p.global("builtins", "len"), p.emptyTuple, p.reduce], "len()"],
    ["a call of what a call returned", [...call(), p.emptyTuple, p.reduce], "a.b()()"],
    ["a call with a list for arguments", [p.global("a", "b"), p.emptyList, p.reduce], "a.b(*[])"],
    ["an object", [p.global("a", "B"), p.emptyTuple, p.newobj], "a.B.__new__(…)"],
    ["an extension", [p.ext1(7)], "<extension 7>"],
    ["what a persistent id stands for", [p.int(1), p.binpersid], "<persistent object>"],
    ["five tuples in each other", [p.int(1), ...nested(5)], "(((((1,),),),),)"],
    ["six tuples in each other", [p.int(1), ...nested(6)], "((((((…,),),),),),)"],
    ["calls in each other", call(...call(...call(...call(...call(...call(p.int(1))))))), "a.b(a.b(a.b(…)))"],
    ["bytes", [p.bytes('a"\\\x7f\x1f ~')], 'b"a\\x22\\x5c\\x7f\\x1f ~"'],
    ["24 bytes whole", [p.bytes("x".repeat(24))], `b"${"x".repeat(24)}"`],
    ["25 bytes cut", [p.bytes("x".repeat(25))], `b"${"x".repeat(24)}…"`],
    ["a bytearray", [[OP.BYTEARRAY8, ...p.le(1, 8), 0x78]], 'bytearray(b"x")'],
    ["200 characters whole", [p.text("x".repeat(200))], JSON.stringify("x".repeat(200))],
    ["201 characters cut", [p.text("x".repeat(201))], JSON.stringify(`${"x".repeat(200)}…`)],
  ])("%s", (_, pieces, text) => expect(written(...pieces)).toBe(text));
});

describe("a name is", () => {
  const classify = (module: string, name: string) => callableIndex(policy).classify(module, name);

  it.each([
    ["__main__", "main"],
    ["__mp_main__", "main"],
    ["json", "stdlib"],
    ["json.made_up", "stdlib"],
    ["sklearn", "trusted"],
    ["sklearn.made_up", "trusted"],
    ["sklearnx", "other"],
    ["evil.sklearn", "other"],
  ])("unknown in %s, which is %s", (module, origin) => {
    expect(classify(module, "made_up")).toEqual({ kind: "unknown", origin });
  });

  it("dangerous by its module, by itself, by what it begins with, and by a parent that is listed whole", () => {
    expect(classify("os", "system")).toMatchObject({ kind: "dangerous", severity: "critical" });
    expect(classify("posix", "system")).toMatchObject({ kind: "dangerous", severity: "critical" });
    expect(classify("builtins", "eval.__call__")).toMatchObject({ kind: "dangerous", matched: "builtins.eval" });
    expect(classify("subprocess.made_up", "made_up")).toMatchObject({ kind: "dangerous", matched: "subprocess.*" });
  });

  it("as dangerous through another module as it is there", () => {
    expect(classify("torch", "os.system")).toMatchObject({ kind: "dangerous", severity: "critical", through: "torch" });
    expect(classify("torch", "nn.os.system")).toMatchObject({ kind: "dangerous", through: "torch" });
    const inside = classify("numpy.f2py.crackfortran", "myeval");
    expect(inside.kind).toBe("dangerous");
    expect(classify("numpy", "f2py.crackfortran.myeval")).toMatchObject({ kind: "dangerous" });
    expect(classify("numpy.f2py", "crackfortran.myeval")).toMatchObject({ kind: "dangerous" });
  });

  it("a walk where a part of it leads from any object to the interpreter", () => {
    expect(classify("sklearn.made_up", "Model.__globals__")).toMatchObject({ kind: "walk", severity: "critical" });
    expect(classify("sklearn.made_up", "Model.__class__.made_up")).toMatchObject({ kind: "walk", severity: "high" });
    expect(classify("sklearn.made_up", "Model.__init__")).toMatchObject({ kind: "walk", severity: "medium" });
    expect(classify("sklearn.made_up", "__init__").kind).toBe("unknown");
  });

  it("disguised where it is no identifier, with the name that a person would read", () => {
    expect(classify("os ", "system")).toEqual({ kind: "disguised", resembles: "os.system" });
    expect(classify("\u043es", "system")).toEqual({ kind: "disguised", resembles: "os.system" });
    expect(classify("OS", "System")).toEqual({ kind: "disguised", resembles: "os.system" });
    expect(classify("made up", "x")).toEqual({ kind: "disguised", resembles: undefined });
    expect(classify("evil", "f.<locals>.<lambda>").kind).toBe("unknown");
  });
});
