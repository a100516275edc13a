import { describe, expect, it } from "vitest";
import type { Anomaly } from "../../../src/formats/pickle/event.js";
import { PickleMachine } from "../../../src/formats/pickle/machine.js";
import { OP, type OpcodeName } from "../../../src/formats/pickle/opcodes.js";
import { BufferSource } from "../../../src/io/byte-source.js";
import * as p from "../../builders/pickle.js";

function run(...pieces: readonly p.Piece[]) {
  const anomalies: Anomaly[] = [];
  const machine = new PickleMachine(new BufferSource(p.pickle(...pieces)), { anomaly: (kind) => anomalies.push(kind) });
  return { ...machine.run(0), anomalies };
}

/** Every opcode with an argument: its shortest honest form, with content where it has a length. */
const SIZED: readonly (readonly [OpcodeName, readonly number[]])[] = [
  ["BININT", [1, 0, 0, 0]],
  ["BININT1", [1]],
  ["BININT2", [1, 0]],
  ["BINFLOAT", [0, 0, 0, 0, 0, 0, 0, 0]],
  ["LONG1", [2, 1, 2]],
  ["LONG4", [...p.le(2, 4), 1, 2]],
  ["SHORT_BINUNICODE", [2, 97, 98]],
  ["SHORT_BINSTRING", [2, 97, 98]],
  ["BINUNICODE", [...p.le(2, 4), 97, 98]],
  ["BINSTRING", [...p.le(2, 4), 97, 98]],
  ["BINUNICODE8", [...p.le(2, 8), 97, 98]],
  ["SHORT_BINBYTES", [2, 97, 98]],
  ["BINBYTES", [...p.le(2, 4), 97, 98]],
  ["BINBYTES8", [...p.le(2, 8), 97, 98]],
  ["BYTEARRAY8", [...p.le(2, 8), 97, 98]],
  ["EXT1", [1]],
  ["EXT2", [1, 0]],
  ["EXT4", [1, 0, 0, 0]],
];

describe("an opcode's argument", () => {
  it.each(SIZED)("of %s may end exactly where the stream ends", (name, argument) => {
    const end = run([OP[name], ...argument]);
    expect(end).toMatchObject({ reason: "truncated", detail: "the stream ends without STOP", anomalies: [] });
  });

  it.each(SIZED)("of %s that is one byte short is told as such", (name, argument) => {
    const end = run([OP[name], ...argument.slice(0, -1)]);
    expect(end).toMatchObject({ reason: "truncated", detail: `the stream ends inside ${name}`, offset: 0 });
  });

  it.each(SIZED)("of %s is passed over whole, so that STOP is found behind it", (name, argument) => {
    const end = run([OP[name], ...argument], p.stop);
    expect(end).toMatchObject({ reason: "stop", offset: argument.length + 2, opcodes: 2, anomalies: [] });
  });

  it.each(SIZED)("of %s leaves one value on the stack", (name, argument) => {
    expect(run(p.mark, [OP[name], ...argument], p.tuple1, p.stop).anomalies).toEqual([]);
    expect(run(p.mark, [OP[name], ...argument], p.tuple2, p.stop).anomalies).toEqual(["stack-underflow"]);
  });

  it.each(["BINPUT", "LONG_BINPUT", "BINGET", "LONG_BINGET"] as const)(
    "of %s may be the stream's last byte",
    (name) => {
      const argument = name.startsWith("LONG") ? [0, 0, 0, 0] : [0];
      const fill = name.endsWith("GET") ? p.put(0) : [];
      expect(run(p.none, fill, [OP[name], ...argument]).detail).toBe("the stream ends without STOP");
      expect(run(p.none, fill, [OP[name], ...argument.slice(1)]).detail).toBe(`the stream ends inside ${name}`);
    },
  );
});

describe("a frame", () => {
  it("whose length is cut is told as such", () => {
    expect(run([OP.FRAME, ...p.le(3, 7)])).toMatchObject({
      reason: "truncated",
      detail: "the stream ends inside FRAME",
    });
    expect(run([OP.FRAME, ...p.le(2, 8)], p.none, p.stop)).toMatchObject({ reason: "stop", anomalies: [] });
  });
});

describe("an anomaly", () => {
  it.each([0, 1, 2, 3, 4, 5])("is not told of protocol %i", (version) => {
    expect(run(p.proto(version), p.none, p.stop).anomalies).toEqual([]);
  });

  it("is told of protocol 6", () => {
    expect(run(p.proto(6), p.none, p.stop).anomalies).toEqual(["protocol-unknown"]);
  });

  it.each(["APPENDS", "SETITEMS", "ADDITEMS"] as const)("is told of %s without a container", (name) => {
    expect(run(p.mark, p.none, p.op(name), p.none, p.stop).anomalies).toEqual(["stack-underflow"]);
  });

  it("is not told of items for a container", () => {
    expect(run([OP.EMPTY_LIST], p.mark, p.none, p.appends, p.stop).anomalies).toEqual([]);
  });

  it.each(["POP_MARK", "TUPLE", "LIST", "DICT", "FROZENSET", "OBJ"] as const)(
    "is told of %s without a mark",
    (name) => {
      expect(run(p.none, p.op(name), p.none, p.stop).anomalies).toContain("missing-mark");
    },
  );

  it("is told of a number that is none, and not of an honest one", () => {
    expect(run(p.line("INT", "12x"), p.stop).anomalies).toEqual(["bad-number"]);
    expect(run(p.line("INT", "-12"), p.stop).anomalies).toEqual([]);
  });
});
