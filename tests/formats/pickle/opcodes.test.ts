import { describe, expect, it } from "vitest";
import { littleEndian, uint32, uint64 } from "../../../src/formats/pickle/constants.js";
import type { Anomaly, PickleSink, RunningMachine } from "../../../src/formats/pickle/event.js";
import { PickleMachine } from "../../../src/formats/pickle/machine.js";
import { OP, type OpcodeName } from "../../../src/formats/pickle/opcodes.js";
import { Stack } from "../../../src/formats/pickle/stack.js";
import { KIND } from "../../../src/formats/pickle/value.js";
import { Budget } from "../../../src/io/budget.js";
import { BufferSource } from "../../../src/io/byte-source.js";
import { express } from "../../../src/scanners/pickle/express.js";
import { LIMITS } from "../../builders/limits.js";
import * as p from "../../builders/pickle.js";

const { pickle, text, int, stop } = p;

/** What comes out of a stream, as Python would write it, what is imported and what is called; `sink` may answer or add. */
function run(pieces: readonly p.Piece[], sink: PickleSink = {}) {
  const anomalies: Anomaly[] = [];
  const imports: string[] = [];
  const calls: string[] = [];
  let running: RunningMachine | undefined;
  let result = "";
  const show = (value: { kind: number; data: number }) => (running ? express(running.inspect, value) : "");
  const machine = new PickleMachine(new BufferSource(pickle(...pieces)), {
    imported: (_, { module, name }) => imports.push(`${module}.${name}`),
    called: (opcode, offset, callee, args) => {
      calls.push(`${show(callee)}${show(args)}`);
      return sink.called?.(opcode, offset, callee, args) ?? false;
    },
    constructed: (opcode, offset, cls, args) => {
      calls.push(`new ${show(cls)}${show(args)}`);
      return sink.constructed?.(opcode, offset, cls, args) ?? false;
    },
    mutated: (opcode, _, target, count) => calls.push(`${opcode} ${show(target)} ${count}`),
    anomaly: (kind) => anomalies.push(kind),
    stopped: (_, value) => {
      result = show(value);
    },
    begin: (machine) => {
      running = machine;
      sink.begin?.(machine);
    },
  });
  const end = machine.run(0);
  return { ...end, anomalies, imports, calls, result, repeats: [...machine.repeats.values()] };
}

const system = [text("system"), p.stackGlobal];

describe("a memo slot", () => {
  const writers: readonly (readonly [OpcodeName, p.Piece])[] = [
    ["PUT", p.line("PUT", "200")],
    ["BINPUT", [OP.BINPUT, 200]],
    ["LONG_BINPUT", [OP.LONG_BINPUT, 200, 0, 0, 0]],
  ];
  const readers: readonly (readonly [OpcodeName, p.Piece])[] = [
    ["GET", p.line("GET", "200")],
    ["BINGET", [OP.BINGET, 200]],
    ["LONG_BINGET", [OP.LONG_BINGET, 200, 0, 0, 0]],
  ];
  const pairs = writers.flatMap(([put, write]) => readers.map(([get, read]) => ({ put, write, get, read })));

  it.each(pairs)("that $put fills is what $get fetches", ({ write, read }) => {
    const { imports, anomalies } = run([text("os"), write, p.pop, read, ...system, stop]);
    expect({ imports, anomalies }).toEqual({ imports: ["os.system"], anomalies: [] });
  });

  it.each([0xff, 0x100, 0x3fff, 0x4000, 0xffff, 0x10000, 0x1_2345, 0xff_ffff, 0xffff_ffff])(
    "of number %i is its own",
    (index) => {
      const put = [OP.LONG_BINPUT, ...p.le(index, 4)];
      const other = [OP.LONG_BINPUT, ...p.le((index ^ 0x40) >>> 0, 4)];
      const bytes = [
        text("os"),
        put,
        p.pop,
        text("json"),
        other,
        p.pop,
        [OP.LONG_BINGET, ...p.le(index, 4)],
        ...system,
      ];
      expect(run([...bytes, stop]).imports).toEqual(["os.system"]);
    },
  );

  it("keeps what it had when slots far behind it are filled one after the other", () => {
    const fill = Array.from({ length: 300 }, () => p.memoize);
    expect(run([text("os"), ...fill, p.pop, p.get(0), ...system, stop]).imports).toEqual(["os.system"]);
    expect(run([text("os"), ...fill, p.pop, p.get(299), ...system, stop]).imports).toEqual(["os.system"]);
    expect(run([text("os"), ...fill, p.pop, p.get(300), stop]).anomalies).toEqual(["bad-memo"]);
  });

  it("of MEMOIZE has the number of slots that are filled, those that are far off too", () => {
    for (const index of [0, 0xff_ffff, 0x7fff_ffff]) {
      const put = [OP.LONG_BINPUT, ...p.le(index, 4)];
      expect(run([text("os"), put, p.memoize, p.get(2), stop]).anomalies).toEqual(["bad-memo"]);
      expect(run([text("os"), put, put, p.memoize, p.pop, p.get(1), ...system, stop]).imports).toEqual(["os.system"]);
    }
  });

  it("of a number that no loader takes is told, and so is one that is no number", () => {
    expect(run([p.none, p.line("PUT", "2147483648"), stop]).anomalies).toEqual(["huge-memo-index"]);
    expect(run([p.none, p.line("PUT", "2147483647"), stop]).anomalies).toEqual([]);
    expect(run([p.none, p.line("PUT", "-1"), stop]).anomalies).toEqual(["huge-memo-index"]);
    expect(run([p.none, p.line("PUT", "x"), stop]).anomalies).toEqual(["huge-memo-index"]);
  });

  // C and Python read these lines in base 10 alone.
  it.each([
    ["010", 10],
    ["+7", 7],
    [" 1_0 ", 10],
    [`${"0".repeat(398)}57`, 57],
    ["9\0a", 9],
  ])("of the line %j has number %i", (line, index) => {
    const put = [text("os"), p.line("PUT", line), p.pop, p.get(index), ...system, stop];
    expect(run(put)).toMatchObject({ imports: ["os.system"], anomalies: [] });
    const get = [text("os"), p.put(index), p.pop, p.line("GET", line), ...system, stop];
    expect(run(get)).toMatchObject({ imports: ["os.system"], anomalies: [] });
  });

  it.each(["x", "", "0x10", "9L", "4294967296", "9007199254740993", `${"0".repeat(400)}7`, " ".repeat(500)])(
    "of the line %j is no other one",
    (line) => {
      const slots = [text("json"), p.put(0), p.pop, text("json"), p.put(8), p.pop];
      expect(run([...slots, p.line("GET", line), ...system, stop])).toMatchObject({
        imports: [],
        anomalies: ["bad-memo"],
      });
      const written = [...slots, text("os"), p.line("PUT", line), p.pop, p.get(0), p.get(8), ...system, stop];
      expect(run(written)).toMatchObject({ imports: ["json.system"], anomalies: ["huge-memo-index"] });
    },
  );

  it("of a number beyond 32 bits is kept, as Python's own unpickler does", () => {
    const put = [text("os"), p.line("PUT", "4294967296"), p.pop, p.line("GET", "4294967296"), ...system, stop];
    expect(run(put).imports).toEqual(["os.system"]);
  });

  it("of MEMOIZE is not known any more behind a slot whose number is not", () => {
    const put = [text("json"), p.put(1), p.line("PUT", "9007199254740993"), p.pop, text("os"), p.memoize, p.pop];
    expect(run([...put, p.get(1), ...system, stop])).toMatchObject({
      imports: ["json.system"],
      anomalies: ["huge-memo-index", "huge-memo-index"],
    });
    expect(run([...put, p.get(2), stop]).anomalies).toContain("bad-memo");
  });

  it("that was far off when it was filled is counted once when it is filled again", () => {
    const far = [OP.LONG_BINPUT, ...p.le(0x1_0010, 4)];
    const fill = Array.from({ length: 20 }, () => p.memoize);
    const bytes = [text("json"), far, ...fill, far, p.pop, text("os"), p.memoize, p.pop, p.get(21), ...system, stop];
    expect(run(bytes)).toMatchObject({ imports: ["os.system"], anomalies: [] });
  });

  it("cannot be filled from an empty stack", () => {
    expect(run([p.put(0), p.none, stop]).anomalies).toEqual(["stack-underflow"]);
  });
});

describe("a stack", () => {
  it("has the topmost value twice after DUP", () => {
    expect(run([p.mark, int(1), int(2), p.dup, p.tuple, stop]).result).toBe("(1, 2, 2)");
    expect(run([p.mark, p.dup, p.tuple, stop]).anomalies).toEqual(["stack-underflow"]);
  });

  it("loses what lies above the mark to POP_MARK, and no more", () => {
    expect(run([p.mark, int(1), p.mark, int(2), int(3), p.popMark, p.tuple, stop]).result).toBe("(1,)");
  });

  it("loses the mark to POP where nothing lies above it", () => {
    expect(run([p.mark, int(1), p.mark, p.pop, int(2), p.tuple, stop])).toMatchObject({
      result: "(1, 2)",
      anomalies: [],
    });
    expect(run([p.pop, p.none, stop]).anomalies).toEqual(["stack-underflow"]);
  });

  it.each([
    ["DUP", 1],
    ["APPEND", 2],
    ["SETITEM", 3],
    ["NEWOBJ", 2],
    ["NEWOBJ_EX", 3],
    ["BUILD", 2],
    ["REDUCE", 2],
    ["STACK_GLOBAL", 2],
    ["BINPERSID", 1],
    ["READONLY_BUFFER", 1],
    ["TUPLE1", 1],
    ["TUPLE2", 2],
    ["TUPLE3", 3],
  ] as const)("gives %s nothing from below the mark", (name, count) => {
    const missing = Array.from({ length: count - 1 }, () => p.none);
    const bytes = [int(7), int(8), int(9), p.mark, ...missing, [OP[name]], p.tuple, stop];
    expect(run(bytes)).toMatchObject({ result: "(?,)", anomalies: ["stack-underflow"], calls: [] });
  });

  it.each([
    ["NEXT_BUFFER", [OP.NEXT_BUFFER]],
    ["READONLY_BUFFER", [OP.NEXT_BUFFER, OP.READONLY_BUFFER]],
    ["NEWOBJ_EX", pickle(p.global("a", "B"), p.emptyTuple, p.emptyDict, p.newobjEx)],
    ["LONG_BINPUT", pickle(p.none, [OP.LONG_BINPUT, 9, 0, 0, 0])],
    ["FRAME", pickle([OP.FRAME, ...p.le(3, 8)], p.none)],
    ["an empty stack and PUT", pickle(p.none, p.pop, p.none, p.put(0))],
  ])("has one value more after %s", (_, piece) => {
    expect(run([p.mark, piece, p.tuple1, p.tuple1, p.tuple, stop]).anomalies).toEqual([]);
    expect(run([p.mark, piece, p.tuple2, p.tuple, stop]).anomalies).toEqual(["stack-underflow"]);
  });

  it("has an unknown value in the place of what is missing", () => {
    expect(run([p.mark, p.tuple2, p.tuple, stop])).toMatchObject({ result: "(?,)", anomalies: ["stack-underflow"] });
    expect(run([p.mark, p.obj, stop])).toMatchObject({ result: "?", anomalies: ["stack-underflow"] });
  });

  it.each([
    ["TUPLE1", p.tuple1, "(3,)"],
    ["TUPLE2", p.tuple2, "(2, 3)"],
    ["TUPLE3", p.tuple3, "(1, 2, 3)"],
  ])("gives %s its topmost values in their order", (_, opcode, value) => {
    expect(run([int(1), int(2), int(3), opcode, stop]).result).toBe(value);
  });

  it("is left with the container by items that are added, however many", () => {
    const mixed = [p.mark, int(0), p.emptyList, p.mark, int(1), int(2), p.appends, int(3), p.append, int(4), p.tuple];
    expect(run([...mixed, stop])).toMatchObject({ result: "(0, [1, 2, 3], 4)", anomalies: [] });
    const dict = [p.emptyDict, text("a"), int(1), p.setitem, p.mark, text("b"), int(2), p.setitems];
    expect(run([...dict, stop]).result).toBe('{"a": 1, "b": 2}');
    expect(run([p.emptyList, p.mark, p.appends, stop]).result).toBe("[]");
    expect(run([p.mark, int(1), int(2), p.op("LIST"), stop]).result).toBe("[1, 2]");
  });

  it("is not confused by items for something that is no container, whose methods would be called", () => {
    expect(run([p.mark, int(1), text("x"), p.mark, int(2), int(3), p.appends, p.tuple, stop])).toMatchObject({
      result: '(1, "x")',
      calls: ['APPENDS "x" 2'],
    });
    expect(run([p.emptySet, p.mark, int(2), p.appends, stop]).calls).toEqual(["APPENDS {} 1"]);
    expect(run([text("x"), p.mark, p.setitems, stop]).calls).toEqual([]);
  });

  it("has nothing left of items without a container", () => {
    expect(run([p.mark, p.mark, int(1), p.appends, p.tuple, stop])).toMatchObject({
      result: "()",
      anomalies: ["stack-underflow"],
    });
  });

  it("tells of 64 anomalies at the most", () => {
    expect(run([...Array.from({ length: 100 }, () => p.pop), p.none, stop]).anomalies).toHaveLength(64);
  });

  it("keeps what kinds of keys a dict has, or what was made for one, and of keys alone", () => {
    const flagsOf = (...pieces: readonly p.Piece[]) => {
      let machine: RunningMachine | undefined;
      let flags = -1;
      new PickleMachine(new BufferSource(pickle(...pieces, stop)), {
        begin: (running) => {
          machine = running;
        },
        stopped: (_, { kind, data }) => {
          const heap = machine?.inspect.heap;
          const isMade = kind === KIND.CALL || kind === KIND.INSTANCE;
          flags = (isMade ? heap?.flagsOf(data) : heap?.containerInfo(data)?.flags) ?? -1;
        },
      }).run(0);
      return flags;
    };
    const made = pickle(p.global("a", "B"), p.emptyTuple, p.newobj);
    const called = pickle(p.global("a", "B"), p.emptyTuple, p.reduce);
    const hook = text("append");
    for (const target of [p.emptyDict, made, called]) {
      expect(flagsOf(target, p.mark, text("a"), hook, p.setitems)).toBe(0);
      expect(flagsOf(target, p.mark, text("a"), p.none, hook, p.none, p.setitems)).toBe(1);
      expect(flagsOf(target, p.mark, called, p.none, p.setitems)).toBe(2);
      expect(flagsOf(target, hook, p.none, p.setitem)).toBe(1);
      expect(flagsOf(target, p.mark, text("a"), hook, called, hook, hook, called, p.setitems)).toBe(3);
    }
    for (const target of [p.emptyList, made, called]) expect(flagsOf(target, p.mark, hook, p.appends)).toBe(0);
    expect(flagsOf(p.emptySet, p.mark, hook, called, p.additems)).toBe(0);
    // Items for something else leave no mark on it.
    expect(flagsOf(p.emptyList, hook, p.none, p.setitem)).toBe(0);
  });

  it("remembers 250 items of a container and the number of all", () => {
    const items = Array.from({ length: 300 }, (_, index) => int(index));
    let seen: readonly [number, number] = [0, 0];
    let machine: RunningMachine | undefined;
    const sink: PickleSink = {
      begin: (running) => {
        machine = running;
      },
      stopped: (_, value) => {
        seen = [machine?.inspect.items(value)?.length ?? 0, machine?.inspect.count(value) ?? 0];
      },
    };
    for (const piece of [
      [p.mark, ...items, p.tuple],
      [p.emptyList, p.mark, ...items.slice(0, 100), p.appends, p.mark, ...items.slice(100), p.appends],
    ]) {
      new PickleMachine(new BufferSource(pickle(...piece, stop)), sink).run(0);
      expect(seen).toEqual([250, 300]);
    }
  });
});

describe("the argument of an opcode", () => {
  const lengths: readonly (readonly [OpcodeName, number])[] = [
    ["LONG1", 1],
    ["LONG4", 4],
    ["SHORT_BINUNICODE", 1],
    ["SHORT_BINSTRING", 1],
    ["BINUNICODE", 4],
    ["BINSTRING", 4],
    ["SHORT_BINBYTES", 1],
    ["BINBYTES", 4],
    ["BINUNICODE8", 8],
    ["BINBYTES8", 8],
    ["BYTEARRAY8", 8],
    ["BININT", 4],
    ["BININT2", 2],
    ["BINFLOAT", 8],
    ["EXT4", 4],
    ["FRAME", 8],
  ];

  it.each(lengths)("of %s is told to be cut inside its length, and may be empty", (name, width) => {
    for (let length = 0; length < width; length++) {
      const end = run([p.none, [OP[name]], p.le(0, length)]);
      expect(end).toMatchObject({ reason: "truncated", detail: `the stream ends inside ${name}`, offset: 1 });
    }
    expect(run([p.none, [OP[name]], p.le(0, width), stop])).toMatchObject({ reason: "stop", opcodes: 3 });
  });

  it.each(["INT", "LONG", "FLOAT", "STRING", "UNICODE", "PERSID", "PUT", "GET", "GLOBAL", "INST"] as const)(
    "of %s is told to be cut where its line does not end",
    (name) => {
      const end = run([p.none, [OP[name]], Buffer.from("0")]);
      expect(end).toMatchObject({ reason: "truncated", detail: `the stream ends inside ${name}`, offset: 1 });
    },
  );

  it.each(["GLOBAL", "INST"] as const)("of %s has two lines", (name) => {
    expect(run([p.none, [OP[name]], Buffer.from("os\nsystem")]).reason).toBe("truncated");
  });

  it.each([
    ["INT", p.line("INT", "7")],
    ["LONG", p.line("LONG", "7L")],
    ["FLOAT", p.line("FLOAT", "7.5")],
    ["STRING", p.line("STRING", "'7'")],
    ["UNICODE", p.line("UNICODE", "7")],
    ["PERSID", p.line("PERSID", "7")],
  ])("of %s leaves one value and goes on behind its line", (_, piece) => {
    expect(run([p.mark, piece, int(1), p.tuple, stop])).toMatchObject({ opcodes: 5, anomalies: [], reason: "stop" });
    expect(run([p.mark, piece, p.tuple1, p.tuple, stop]).anomalies).toEqual([]);
    expect(run([p.mark, piece, p.tuple2, p.tuple, stop]).anomalies).toEqual(["stack-underflow"]);
  });

  it.each([
    ["INT", p.line("INT", "7"), "7"],
    ["STRING", p.line("STRING", "'x'"), '"x"'],
    ["UNICODE", p.line("UNICODE", "x"), '"x"'],
    ["FLOAT", p.line("FLOAT", "7"), "<float>"],
    ["PERSID", p.line("PERSID", "7"), "<persistent object>"],
    ["PUT", pickle(text("x"), p.line("PUT", "7"), p.pop, p.get(7)), '"x"'],
    ["GET", pickle(text("x"), p.put(7), p.pop, p.line("GET", "7")), '"x"'],
    ["GLOBAL", p.global("a", "b"), "a.b"],
    ["INST", pickle(p.mark, p.inst("a", "b")), "a.b()"],
    ["BINUNICODE", [OP.BINUNICODE, ...p.le(1, 4), 0x78], '"x"'],
  ])("of %s is read far behind the beginning as well", (_, piece, shown) => {
    const far = Buffer.concat([
      Buffer.from([OP.BINBYTES, ...p.le(300_000, 4)]),
      Buffer.alloc(300_000),
      Buffer.from(p.pop),
    ]);
    const bytes = Buffer.concat([far, Buffer.from(pickle(piece, p.mark, p.popMark, stop))]);
    let result = "";
    let running: RunningMachine | undefined;
    const end = new PickleMachine(new BufferSource(bytes), {
      begin: (machine) => {
        running = machine;
      },
      stopped: (_offset, value) => {
        result = running ? express(running.inspect, value) : "";
      },
    }).run(0);
    expect({ result, ...end }).toMatchObject({ result: shown, reason: "stop", offset: bytes.length });
  });

  it.each([
    ["EXT1", [OP.EXT1, 0xff], 255],
    ["EXT1, the least", [OP.EXT1, 0], 0],
    ["EXT2", [OP.EXT2, 0xff, 0xff], 65_535],
    ["EXT2, the least above the signed", [OP.EXT2, 0, 0x80], 32_768],
    ["EXT4", [OP.EXT4, 0xff, 0xff, 0xff, 0x7f], 2_147_483_647],
    ["EXT4, signed", [OP.EXT4, 0xff, 0xff, 0xff, 0xff], -1],
  ])("of %s is a number of the extension registry", (_, piece, code) => {
    const codes: number[] = [];
    new PickleMachine(new BufferSource(pickle(piece, stop)), { extension: (_at, seen) => codes.push(seen) }).run(0);
    expect(codes).toEqual([code]);
  });

  it.each([10, 1000, 300_000, 600_000])("may be followed by %i raw bytes that a loader reads on its own", (length) => {
    const raw = Buffer.alloc(length, 0xff);
    const bytes = Buffer.concat([
      Buffer.from(pickle(p.none, p.none, p.build)),
      raw,
      Buffer.from(pickle(p.pop, int(7), stop)),
    ]);
    let running: RunningMachine | undefined;
    let result = "";
    const end = new PickleMachine(new BufferSource(bytes), {
      begin: (machine) => {
        running = machine;
      },
      built: (at) => running?.jump(at + 1 + length),
      stopped: (_, value) => {
        result = running ? express(running.inspect, value) : "";
      },
    }).run(0);
    expect({ result, ...end }).toMatchObject({ result: "7", reason: "stop", opcodes: 6 });
  });

  it("may be followed by raw bytes that are cut", () => {
    const bytes = pickle(p.none, p.none, p.build);
    let running: RunningMachine | undefined;
    const end = new PickleMachine(new BufferSource(bytes), {
      begin: (machine) => {
        running = machine;
      },
      built: (at) => running?.jump(at + 100),
    }).run(0);
    expect(end).toMatchObject({ reason: "truncated", offset: 3, opcodes: 3 });
  });

  it("is cut far behind the beginning as well", () => {
    const bytes = Buffer.alloc(300_000, Buffer.from([OP.NONE, OP.POP]));
    const end = new PickleMachine(new BufferSource(bytes), {}).run(0);
    expect(end).toMatchObject({ reason: "truncated", offset: 300_000, opcodes: 300_000 });
  });

  it("of eight bytes that lies about its length is told", () => {
    expect(run([[OP.BINBYTES8, ...p.le(10, 8), 1, 2]]).anomalies).toEqual(["length-lie"]);
    expect(run([[OP.BINBYTES8, ...p.le(2, 8), 1, 2]]).anomalies).toEqual([]);
  });

  it.each([262_143, 262_144, 262_145, 524_288])("may be a line of %i bytes", (length) => {
    const line = Buffer.alloc(length, "x");
    const bytes = Buffer.concat([Buffer.from([OP.UNICODE]), line, Buffer.from("\n0N.")]);
    expect(new PickleMachine(new BufferSource(bytes), {}).run(0)).toMatchObject({ reason: "stop", opcodes: 4 });
  });

  it("is unsigned where it is a length, and of all its bytes", () => {
    expect(uint32(Uint8Array.from([1, 2, 3, 0x84]), 0)).toBe(0x84030201);
    expect(uint64(Uint8Array.from([0, 0, 0, 0x80, 3, 0, 0, 0]), 0)).toBe(0x3_8000_0000);
  });

  it.each([
    [[], 0],
    [[127], 127],
    [[128], -128],
    [[0xff, 0x7f], 32767],
    [[0, 0, 0, 0, 0, 0, 0x1f], 0x1f_0000_0000_0000],
    [[0, 0, 0, 0, 0, 0, 0x20, 0], Number.NaN],
  ])("%j is the signed number %d", (bytes, value) => {
    expect(littleEndian(Uint8Array.from(bytes))).toBe(value);
  });

  it.each([
    ["BININT", [OP.BININT, 1, 2, 3, 4], "67305985"],
    ["BININT, the least", [OP.BININT, 0, 0, 0, 0x80], "-2147483648"],
    ["LONG1 of eight bytes", [OP.LONG1, 8, 1, 0, 0, 0, 0, 0, 0, 0], "1"],
    ["LONG1 of nine bytes, which is not told", [OP.LONG1, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0], "<int>"],
    ["FLOAT", p.line("FLOAT", "1"), "<float>"],
    ["INT in octal by a zero", p.line("INT", "017"), "15"],
    ["INT with a sign", p.line("INT", "+7"), "7"],
    ["INT with underscores and blanks", p.line("INT", " 1_000 "), "1000"],
    ["INT +1, which is True for C alone,", p.line("INT", "+1"), "<int>"],
    ["INT 0 behind a blank, which is False for C alone,", p.line("INT", " 0"), "<int>"],
    ["LONG of two bytes", p.line("LONG", "+1"), "1"],
    ["INT of too many digits", p.line("INT", `${"0".repeat(400)}1`), "<int>"],
    ["INT of many digits", p.line("INT", `0x${"0".repeat(397)}1`), "1"],
    ["UNICODE with two backslashes", p.line("UNICODE", "\\\\u0041\\\\\\u0042\\n"), '"\\\\\\\\u0041\\\\\\\\B\\\\n"'],
    ["INT that ends at the first of two NULs", p.line("INT", "1\0x\0"), "1"],
    ["an empty UNICODE", p.line("UNICODE", ""), '""'],
    ["UNICODE with the last character", p.line("UNICODE", "\\U0010ffff"), '"\u{10ffff}"'],
    ["UNICODE beyond it", p.line("UNICODE", "\\U00110000"), '"\\\\U00110000"'],
    ["INT that is nothing but a NUL", p.line("INT", "0\0"), "False"],
  ])("of %s is read", (_, piece, shown) => {
    expect(run([piece, stop])).toMatchObject({ result: shown, anomalies: [] });
  });

  // Python 2's `_PyString_DecodeEscape`, which is `codecs.escape_decode` today.
  it.each([
    ["'\\t\\r\\n\\a\\b\\f\\v'", "\t\r\n\x07\b\f\v"],
    ["'\\\\n'", "\\n"],
    ["'\\'\\\"'", "'\""],
    ['"a\'b"', "a'b"],
    ["'os'  ", "os"],
    ["'\\0601'", "01"],
    ["'\\60'", "0"],
    ["'\\7'", "\x07"],
    ["'\\8\\q'", "\\8\\q"],
    ["'\\018\\1/'", "\x018\x01/"],
    ["'\\xF0\\x9f\\x98\\x80'", "\u{1f600}"],
    ["'", "'"],
    ["'a\\", "'a\\"],
    ["'\\x6f\\x73'", "os"],
    ["'\\377'", "\ufffd"],
    ["''", ""],
    ["os", "os"],
    ["'os", "'os"],
  ])("of STRING in %s is unescaped", (line, value) => {
    expect(run([p.line("STRING", line), stop]).result).toBe(run([text(value), stop]).result);
    expect(run([p.line("STRING", line), ...system, stop]).imports).toEqual([`${value}.system`]);
  });
});

describe("a text that the loader takes for a method's name", () => {
  /** What a stream's value is: its kind, and what is told of it. */
  function kindOf(piece: p.Piece) {
    const told: string[] = [];
    let kind = -1;
    new PickleMachine(new BufferSource(pickle(piece, stop)), {
      nested: () => told.push("nested"),
      telling: () => told.push("telling"),
      stopped: (_, value) => {
        kind = value.kind;
      },
    }).run(0);
    return { kind, told };
  }
  const everywhere = (value: string): readonly p.Piece[] => [
    text(value),
    p.line("STRING", `'${value}'`),
    p.line("STRING", `"\\x${value.charCodeAt(0).toString(16)}${value.slice(1)}"`),
    p.line("UNICODE", value),
    p.line("UNICODE", `\\u00${value.charCodeAt(0).toString(16)}${value.slice(1)}`),
    p.line("UNICODE", [...value].map((c) => `\\U000000${c.charCodeAt(0).toString(16)}`).join("")),
  ];

  it.each(["__setstate__", "__init_subclass__", "append", "extend", "add"])(
    "is known however it is written: %s",
    (name) => {
      for (const piece of everywhere(name)) expect(kindOf(piece)).toEqual({ kind: KIND.HOOK, told: [] });
      for (const piece of everywhere(`${name}x`)) expect(kindOf(piece)).toEqual({ kind: KIND.STR, told: [] });
      for (const piece of everywhere(name.slice(0, -1))) expect(kindOf(piece)).toEqual({ kind: KIND.STR, told: [] });
      expect(kindOf(p.bytes(name)).kind).toBe(KIND.BYTES);
    },
  );

  it("is told apart from an address and from a pickle, however they are written", () => {
    for (const piece of everywhere("http://a.example/"))
      expect(kindOf(piece)).toEqual({ kind: KIND.STR, told: ["telling"] });
    for (const piece of everywhere("gASVBQAAAAAAAABLAS4="))
      expect(kindOf(piece)).toEqual({ kind: KIND.STR, told: ["nested"] });
    for (const piece of everywhere("http:/")) expect(kindOf(piece)).toEqual({ kind: KIND.STR, told: [] });
  });
});

describe("a name", () => {
  const call = [p.emptyTuple, p.reduce];

  it("that is imported again is told once", () => {
    const { imports, repeats } = run([p.global("a", "b"), p.global("a", "b"), p.global("a", "b"), stop]);
    expect({ imports, repeats }).toEqual({ imports: ["a.b"], repeats: [] });
  });

  it("is another one under a protocol that renames it", () => {
    const both = [p.proto(2), p.global("__builtin__", "eval"), p.proto(3), p.global("__builtin__", "eval")];
    expect(run([...both, stop]).imports).toHaveLength(2);
    const walked = [
      p.proto(3),
      p.global("a", "b.c"),
      p.proto(4),
      p.global("a", "b.c"),
      p.proto(5),
      p.global("a", "b.c"),
    ];
    expect(run([...walked, stop]).imports).toHaveLength(2);
    const constants = [text("__builtin__"), p.put(0), p.pop, text("eval"), p.put(1), p.pop];
    const fetch = [p.get(0), p.get(1), p.stackGlobal];
    expect(run([...constants, p.proto(4), ...fetch, p.proto(2), ...fetch, stop]).imports).toHaveLength(2);
  });

  it("whose calls need not be told is counted all the same, and its class calls are told on", () => {
    const twice = [p.global("a", "b"), ...call, p.pop, p.global("a", "b"), ...call];
    const muted = run([...twice, stop], { called: () => true });
    expect(muted.calls).toEqual(["a.b()"]);
    expect(muted.repeats).toEqual([1]);
    const made = run([...twice, p.global("a", "b"), p.emptyTuple, p.newobj, stop], { called: () => true });
    expect(made.calls).toEqual(["a.b()", "new a.b()"]);
    const objects = [p.global("a", "b"), p.emptyTuple, p.newobj, p.global("a", "b"), p.emptyTuple, p.newobj];
    expect(run([...objects, stop], { constructed: () => true }).calls).toEqual(["new a.b()"]);
    expect(run([...objects, stop]).calls).toEqual(["new a.b()", "new a.b()"]);
  });

  it("that is fetched again from the memo is told once, and is the same", () => {
    const parts = [text("os"), p.put(0), p.pop, text("system"), p.put(1), p.pop, p.mark];
    const fetch = [p.get(0), p.get(1), p.stackGlobal];
    expect(run([...parts, ...fetch, ...fetch, p.tuple, stop])).toMatchObject({
      imports: ["os.system"],
      result: "(os.system, os.system)",
      anomalies: [],
    });
  });

  it("takes the place of its two parts, known or not", () => {
    expect(run([p.mark, int(1), text("system"), p.stackGlobal, p.tuple, stop])).toMatchObject({ result: "(?,)" });
    expect(run([p.mark, int(1), p.mark, text("id"), p.inst("os", "system"), p.tuple, stop]).result).toBe(
      '(1, os.system("id"))',
    );
    expect(run([p.mark, int(1), p.mark, p.global("os", "system"), text("id"), p.obj, p.tuple, stop]).result).toBe(
      '(1, os.system("id"))',
    );
  });

  it("is counted each time that it is called without being told", () => {
    const call = [p.global("a", "b"), p.emptyTuple, p.reduce, p.pop];
    expect(run([...call, ...call, ...call, ...call, p.none, stop], { called: () => true }).repeats).toEqual([3]);
  });

  it("that is muted does not mute the result of a call that has its number", () => {
    // Name 1 is muted; the first result has handle 1.
    const names = [p.global("a", "zero"), p.pop, p.global("a", "one"), ...call];
    expect(run([...names, ...call, stop], { called: () => true }).calls).toEqual(["a.one()", "a.one()()"]);
    const made = run([...names, p.emptyTuple, p.newobj, p.pop, p.global("a", "one"), p.emptyTuple, p.newobj, stop], {
      constructed: () => true,
    });
    expect(made.calls).toEqual(["a.one()", "new a.one()()", "new a.one()"]);
  });

  it("among more than 64 is muted by itself alone", () => {
    const names = Array.from({ length: 130 }, (_, index) => [
      p.global("a", `n${index}`),
      p.emptyTuple,
      p.reduce,
      p.pop,
    ]);
    const { calls } = run([...names.flat(), ...names.flat(), p.none, stop], {
      called: (_opcode, _offset, callee) => callee.data % 2 === 0,
    });
    expect(calls).toHaveLength(130 + 65);
  });

  it("put together does not pass for the constants at the offsets of its number", () => {
    // Constants at 2 and 8 make a name; the third and the ninth computed text have these numbers.
    const constants = [p.proto(4), text("json"), text("name"), p.stackGlobal, p.pop];
    const computed = (value: string) => pickle(p.global("builtins", "str"), text(value), p.tuple1, p.reduce);
    const fill = (count: number) => Array.from({ length: count }, () => pickle(computed("x"), p.pop));
    const bytes = [...constants, ...fill(2), computed("os"), ...fill(5), computed("system"), p.stackGlobal, stop];
    expect(run(bytes).imports).toEqual(["json.name", "builtins.str", "os.system"]);
  });

  it("is told when one of its two parts is no constant", () => {
    const seen: number[] = [];
    for (const parts of [
      [int(1), text("system")],
      [text("os"), int(1)],
    ]) {
      new PickleMachine(new BufferSource(pickle(...parts, p.stackGlobal, stop)), {
        computedName: (offset) => seen.push(offset),
      }).run(0);
    }
    expect(seen).toHaveLength(2);
  });
});

describe("a persistent id", () => {
  const cls = p.global("a", "B");
  const id = (...items: readonly p.Piece[]) => [p.mark, p.mark, ...items, p.tuple, p.binpersid, p.tuple, stop];

  // torch's `_legacy_load` returns `saved_id[1]`.
  it.each([
    ["as torch writes it", [text("module"), cls, text("b.py"), text("class B: pass")], "(a.B,)"],
    ["without a source", [text("module"), cls, p.none], "(a.B,)"],
    ["with more than that", [text("module"), cls, p.none, p.none, p.none], "(a.B,)"],
    ["of bytes", [p.bytes("module"), cls, p.none], "(a.B,)"],
    ["of what a call made", [text("module"), pickle(cls, p.emptyTuple, p.reduce), p.none], "(a.B(),)"],
    ["of nothing", [text("module")], "(<persistent object>,)"],
    ["of another kind", [text("storage"), cls, p.none], "(<persistent object>,)"],
    ["of a longer name", [text("modules"), cls, p.none], "(<persistent object>,)"],
    ["of a number", [int(1), cls], "(<persistent object>,)"],
    ["that is empty", [], "(<persistent object>,)"],
  ])("of a class stands for the class: %s", (_, items, shown) => {
    expect(run(id(...items))).toMatchObject({ result: shown, anomalies: [] });
  });

  it("that is no tuple stands for an object", () => {
    for (const piece of [text("module"), pickle(p.emptyList, text("module"), p.append, cls, p.append)])
      expect(run([piece, p.binpersid, stop]).result).toBe("<persistent object>");
  });
});

describe("what a machine has no room for ends it:", () => {
  it("more than eight million values", () => {
    const stack = new Stack();
    stack.height = 8 << 20;
    stack.kinds = new Uint8Array(8 << 20);
    expect(() => stack.push(1, 0)).toThrow("more than 8388608 values on the pickle stack");
  });

  it("more than a million marks", () => {
    const bytes = Buffer.concat([Buffer.alloc((1 << 20) + 1, OP.MARK), Buffer.from([OP.STOP])]);
    expect(() => new PickleMachine(new BufferSource(bytes), {}).run(0)).toThrow("open marks");
    expect(new PickleMachine(new BufferSource(bytes.subarray(1)), {}).run(0).reason).toBe("stop");
  });

  it("more than 65536 names", () => {
    const names = (count: number) =>
      Buffer.from(`${Array.from({ length: count }, (_, i) => `ca\n${i.toString(36)}\n0`).join("")}N.`);
    expect(() => new PickleMachine(new BufferSource(names(65_537)), {}).run(0)).toThrow("imported names");
    expect(new PickleMachine(new BufferSource(names(65_536)), {}).run(0).reason).toBe("stop");
  });
});

describe("work", () => {
  const opcodes = Array.from({ length: 20_000 }, () => [OP.NONE, OP.POP]).flat();

  it("is paid for by the opcode", () => {
    const machine = (max_steps: number, bytes: Uint8Array) =>
      new PickleMachine(new BufferSource(bytes), {}, new Budget({ ...LIMITS, max_steps }));
    const long = pickle(opcodes, p.none, stop);
    expect(() => machine(20_000, long).run(0)).toThrow("steps of work");
    expect(machine(40_002, long).run(0).reason).toBe("stop");
    expect(() => machine(40_001, long).run(0)).toThrow("steps of work");
    expect(() => machine(1, pickle(p.none, stop)).run(0)).toThrow("steps of work");
  });

  it("is told opcode by opcode where that is wanted", () => {
    const seen: number[] = [];
    new PickleMachine(new BufferSource(pickle(p.none, stop)), { opcode: (code, at) => seen.push(code, at) }).run(0);
    expect(seen).toEqual([OP.NONE, 0, OP.STOP, 1]);
  });
});
