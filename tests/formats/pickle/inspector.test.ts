import { expect, it } from "vitest";
import type { RunningMachine } from "../../../src/formats/pickle/event.js";
import type { Inspector } from "../../../src/formats/pickle/inspector.js";
import { PickleMachine } from "../../../src/formats/pickle/machine.js";
import { UNKNOWN, type Value } from "../../../src/formats/pickle/value.js";
import { BufferSource } from "../../../src/io/byte-source.js";
import * as p from "../../builders/pickle.js";

/** What a sink sees of a stream's value. */
function look<T>(pieces: readonly p.Piece[], at: (inspect: Inspector, value: Value) => T): T | undefined {
  let machine: RunningMachine | undefined;
  let seen: T | undefined;
  new PickleMachine(new BufferSource(p.pickle(p.proto(4), ...pieces, p.stop)), {
    begin: (running) => {
      machine = running;
    },
    stopped: (_, value) => {
      if (machine) seen = at(machine.inspect, value);
    },
  }).run(0);
  return seen;
}

const computed = (method: string, ...args: readonly p.Piece[]) =>
  p.pickle(p.global("builtins", method), p.mark, ...args, p.tuple, p.reduce);

it("the entries of a dict are those whose keys are constant texts of up to 256 bytes", () => {
  const long = "k".repeat(300);
  const pieces = [p.emptyDict, p.mark, p.text("a"), p.int(1), p.int(5), p.int(2), p.text(long), p.none, p.text("b")];
  const keys = (inspect: Inspector, value: Value) => [...inspect.entries(value)].map(([key, { data }]) => [key, data]);
  expect(look([...pieces, p.int(7), p.setitems], keys)).toEqual([
    ["a", 1],
    [long.slice(0, 256), 0],
    ["b", 7],
  ]);
  expect(look([...pieces, p.setitems], keys)).toEqual([
    ["a", 1],
    [long.slice(0, 256), 0],
  ]);
  expect(look([p.emptyList, p.mark, p.text("a"), p.int(1), p.appends], keys)).toEqual([]);
});

it("a text or bytes are cut where only their beginning is asked for", () => {
  for (const piece of [p.text("abc"), computed("str.__add__", p.text("ab"), p.text("c"))]) {
    expect(look([piece], (inspect, value) => inspect.text(value, 2))).toBe("ab");
    expect(look([piece], (inspect, value) => inspect.text(value))).toBe("abc");
    expect(look([piece], (inspect, value) => inspect.bytes(value))).toBeUndefined();
  }
  for (const piece of [p.bytes("abc"), computed("bytes.__add__", p.bytes("ab"), p.bytes("c"))]) {
    expect(look([piece], (inspect, value) => [...(inspect.bytes(value, 2) ?? [])])).toEqual([97, 98]);
    expect(look([piece], (inspect, value) => inspect.text(value))).toBeUndefined();
  }
});

it("a value that holds nothing has no items, and no number of them", () => {
  expect(look([p.none], (inspect, value) => inspect.items(value))).toBeUndefined();
  expect(look([p.none], (inspect) => inspect.count(UNKNOWN))).toBeNaN();
  expect(look([p.none], (inspect, value) => inspect.origin(value))).toBeUndefined();
});

it("64 MB of computed texts are kept, and 65537 of them", () => {
  const kept = (content: string, times: number) =>
    look([p.none], (inspect) => Array.from({ length: times }, () => inspect.keep(content)).filter(Boolean).length);
  expect(kept("x".repeat(1 << 20), 70)).toBe(64);
  expect(kept("", 65_600)).toBe(65_537);
});
