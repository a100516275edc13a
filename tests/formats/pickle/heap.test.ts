import { describe, expect, it } from "vitest";
import { Heap } from "../../../src/formats/pickle/heap.js";
import { KIND, UNKNOWN, type Value } from "../../../src/formats/pickle/value.js";

/** Slots of a small ring. */
const SLOTS = 512;
/** Items that are remembered of one tuple or container. */
const REMEMBERED = 250;

/** A stack of these values. */
function stackOf(values: readonly Value[]): readonly [Uint8Array, Float64Array] {
  return [Uint8Array.from(values, ({ kind }) => kind), Float64Array.from(values, ({ data }) => data)];
}

const numbers = (count: number, first = 0): Value[] =>
  Array.from({ length: count }, (_, i) => ({ kind: KIND.INT, data: first + i }));
const name = (data: number): Value => ({ kind: KIND.GLOBAL, data });

function tupleOf(heap: Heap, values: readonly Value[]): number {
  return heap.tuple(...stackOf(values), 0, values.length);
}

function extend(heap: Heap, handle: number, values: readonly Value[], flags = 0): void {
  heap.extend(handle, ...stackOf(values), 0, values.length, flags);
}

describe("what a heap holds", () => {
  it("is read as it was put there, while it grows", () => {
    const heap = new Heap();
    const handles = [1, 100, 120, 249, 250].map((count) => tupleOf(heap, numbers(count, count)));
    const list = heap.container();
    extend(heap, list, numbers(100));
    const call = heap.node(KIND.GLOBAL, 1, KIND.TUPLE, handles[0] ?? 0);
    extend(heap, list, numbers(100, 100));
    extend(heap, list, numbers(100, 200));
    extend(heap, list, numbers(1, 300));
    for (const [i, count] of [1, 100, 120, 249, 250].entries()) {
      expect(heap.tupleItems(handles[i] ?? 0)).toEqual(numbers(count, count));
      expect(heap.tupleLength(handles[i] ?? 0)).toBe(count);
    }
    expect(heap.containerItems(list)).toEqual(numbers(REMEMBERED));
    expect(heap.containerInfo(list)).toEqual({ count: 301, flags: 0 });
    expect([heap.field(call, 0), heap.field(call, 1), heap.field(call, 2)]).toEqual([
      name(1),
      { kind: KIND.TUPLE, data: handles[0] },
      { kind: KIND.NONE, data: 0 },
    ]);
    heap.setState(call, KIND.INT, 5);
    expect(heap.field(call, 2)).toEqual({ kind: KIND.INT, data: 5 });
  });

  it("is the beginning of a long tuple, and an empty one without a place", () => {
    const heap = new Heap();
    expect(heap.tupleItems(tupleOf(heap, numbers(300)))).toEqual(numbers(REMEMBERED));
    expect([heap.tupleItems(0), heap.tupleLength(0)]).toEqual([[], 0]);
    expect(heap.containerItems(heap.container())).toEqual([]);
  });

  it("keeps what kinds of keys were added, one after the other", () => {
    const heap = new Heap();
    const dict = heap.container();
    extend(heap, dict, numbers(2), 1);
    extend(heap, dict, numbers(2), 2);
    extend(heap, dict, numbers(2), 0);
    expect(heap.containerInfo(dict)).toEqual({ count: 6, flags: 3 });
    expect([heap.flagsOf(dict), heap.flagsOf(dict + 1)]).toEqual([3, 0]);
  });
});

describe("what a heap forgets when its ring is full", () => {
  const fill = (heap: Heap, slots: number) => {
    for (let i = 0; i < slots; i += 4) tupleOf(heap, numbers(3, 1000));
  };

  it("is the oldest, which reads as unknown", () => {
    const heap = new Heap(SLOTS);
    const tuple = tupleOf(heap, numbers(2));
    const list = heap.container();
    extend(heap, list, numbers(2));
    const call = heap.node(KIND.GLOBAL, 1, KIND.TUPLE, tuple);
    fill(heap, SLOTS - 16);
    expect(heap.tupleItems(tuple)).toEqual(numbers(2));
    fill(heap, 24);
    expect(heap.tupleItems(tuple)).toBeUndefined();
    expect(heap.tupleLength(tuple)).toBeNaN();
    expect(heap.containerItems(list)).toBeUndefined();
    expect(heap.containerInfo(list)).toBeUndefined();
    expect([heap.field(call, 0), heap.field(call, 1), heap.field(call, 2)]).toEqual([UNKNOWN, UNKNOWN, UNKNOWN]);
  });

  it("takes nothing any more, so that what lies there now stays as it is", () => {
    const heap = new Heap(SLOTS);
    const list = heap.container();
    const call = heap.node(KIND.GLOBAL, 1, KIND.TUPLE, 0);
    fill(heap, SLOTS);
    const tuples = Array.from({ length: 130 }, () => tupleOf(heap, numbers(3, 1000)));
    extend(heap, list, numbers(2), 1);
    heap.setState(call, KIND.INT, 5);
    for (const tuple of tuples.slice(-100)) expect(heap.tupleItems(tuple)).toEqual(numbers(3, 1000));
    expect(heap.containerInfo(list)).toEqual({ count: Number.POSITIVE_INFINITY, flags: 1 });
  });

  it("is the container itself when its new items take its place", () => {
    const heap = new Heap(SLOTS);
    const list = heap.container();
    fill(heap, SLOTS - 100);
    extend(heap, list, numbers(200));
    expect(heap.containerItems(list)).toBeUndefined();
    const next = tupleOf(heap, numbers(200, 7));
    expect(heap.tupleItems(next)).toEqual(numbers(200, 7));
  });

  it("leaves nothing behind in the containers that come after", () => {
    const heap = new Heap(SLOTS);
    for (let i = 0; i < 3 * SLOTS; i += 2) {
      const list = heap.container();
      expect(heap.containerInfo(list)).toEqual({ count: 0, flags: 0 });
      expect(heap.containerItems(list)).toEqual([]);
      extend(heap, list, numbers(2, 99), 3);
      extend(heap, list, numbers(1, 98));
      expect(heap.containerItems(list)).toEqual([...numbers(2, 99), ...numbers(1, 98)]);
      tupleOf(heap, numbers(i % 5, 77));
    }
  });

  it("is not the kinds of keys of 4096 containers", () => {
    const heap = new Heap(SLOTS);
    for (let handle = 1; handle <= 4097; handle++) heap.flag(handle, 1);
    heap.flag(1, 2);
    expect([heap.flagsOf(1), heap.flagsOf(4096), heap.flagsOf(4097)]).toEqual([3, 1, 0]);
    const plain = new Heap(SLOTS);
    for (let handle = 1; handle <= 5000; handle++) plain.flag(handle, 0);
    plain.flag(5001, 1);
    expect(plain.flagsOf(5001)).toBe(1);
  });
});

describe("the places of a name", () => {
  const places = (heap: Heap, data: number) => heap.places(KIND.GLOBAL, new Set([data]));

  it("are counted in tuples, containers, calls and states", () => {
    const heap = new Heap();
    tupleOf(heap, [name(7), name(8), { kind: KIND.INT, data: 7 }]);
    const list = heap.container();
    extend(heap, list, [name(7)]);
    extend(heap, list, [name(7), ...numbers(2, 7)]);
    const made = heap.node(KIND.GLOBAL, 7, KIND.GLOBAL, 7);
    expect(places(heap, 7)).toEqual(new Map([[7, 5]]));
    heap.setState(made, KIND.GLOBAL, 7);
    expect(places(heap, 7)).toEqual(new Map([[7, 6]]));
    expect(places(heap, 9)).toEqual(new Map());
    expect(heap.places(KIND.INT, new Set([7]))).toEqual(new Map([[7, 2]]));
  });

  it("are not the lengths of tuples and containers, whatever their number", () => {
    const heap = new Heap();
    for (let count = 1; count < 30; count++) {
      tupleOf(heap, numbers(count));
      const list = heap.container();
      extend(heap, list, numbers(count));
      extend(heap, list, numbers(count));
    }
    expect(heap.places(KIND.GLOBAL, new Set(Array.from({ length: 2000 }, (_, i) => i)))).toEqual(new Map());
  });

  it("are not known when it stands where nothing is remembered", () => {
    const last = (count: number) => [...numbers(count - 1), name(7)];
    const long = new Heap();
    tupleOf(long, last(REMEMBERED));
    expect(places(long, 7)).toEqual(new Map([[7, 1]]));
    tupleOf(long, numbers(REMEMBERED + 50));
    expect(places(long, 7)).toEqual(new Map([[7, 1]]));
    tupleOf(long, [...numbers(REMEMBERED), name(7), ...numbers(2)]);
    expect(places(long, 7)).toBeUndefined();
    const list = new Heap();
    const handle = list.container();
    extend(list, handle, last(REMEMBERED - 1));
    extend(list, handle, last(1));
    expect(places(list, 7)).toEqual(new Map([[7, 2]]));
    extend(list, handle, last(1));
    expect(places(list, 7)).toBeUndefined();
    const behind = new Heap();
    behind.tuple(...stackOf([name(7), ...numbers(REMEMBERED + 1), name(7)]), 1, REMEMBERED + 1);
    expect(places(behind, 7)).toEqual(new Map());
  });

  it("are not known when the ring was full", () => {
    const heap = new Heap(SLOTS);
    for (let at = 1; at < SLOTS - 3; at += 4) tupleOf(heap, [name(7), ...numbers(2)]);
    expect(places(heap, 7)?.get(7)).toBe(SLOTS / 4 - 1);
    tupleOf(heap, numbers(2));
    expect(places(heap, 7)?.get(7)).toBe(SLOTS / 4 - 1);
    tupleOf(heap, numbers(1));
    expect(places(heap, 7)).toBeUndefined();
  });
});
