import { describe, expect, it } from "vitest";
import { concat } from "../builders/bytes.js";
import * as p from "../builders/pickle.js";
import { findingsOf, reportOf, rulesOf } from "./pickle/scan.js";

function npy(header: string, data: Uint8Array, version = 1): Uint8Array {
  const width = version === 1 ? 2 : 4;
  const padded = `${header}${" ".repeat((64 - ((8 + width + header.length + 1) % 64)) % 64)}\n`;
  return concat([0x93], "NUMPY", [version, 0], p.le(padded.length, width), padded, data);
}

const described = (descr: string, shape = "(4,)") => `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }`;

describe("arrays of numbers", () => {
  it.each([1, 2, 3])("are silent in version %i", async (version) => {
    expect(await reportOf(npy(described("'<f8'"), new Uint8Array(32), version), "a.npy")).toMatchObject({
      state: "scanned",
      findings: [],
    });
  });

  it.each([
    ["'<U3'", 48],
    ["'|b1'", 4],
    ["'<M8[ns]'", 32],
    ["[('a', '<i4'), ('b', '<f4', (2,))]", 48],
    ["[('a', [('x', '<i2'), ('y', '|S5')])]", 28],
    ["('<f4', (2, 2))", 64],
  ])("of type %s take the bytes that numpy gives them", async (descr, bytes) => {
    expect(await reportOf(npy(described(descr), new Uint8Array(bytes)), "a.npy")).toMatchObject({
      state: "scanned",
      findings: [],
    });
  });
});

describe("arrays of objects", () => {
  it.each(["'|O'", "[('a', '<i4'), ('b', '|O')]", "[('a', [('x', '<i2'), ('y', 'O')])]"])(
    "of type %s are pickles",
    async (descr) => {
      expect(await rulesOf(npy(described(descr, "(1,)"), p.osSystem()), "a.npy")).toContain("pickle/unsafe-call");
      const harmless = await reportOf(
        npy(described(descr, "(1,)"), p.pickle(p.proto(4), p.text("nothing"), p.memoize, p.stop)),
        "a.npy",
      );
      expect(harmless.findings.map(({ rule, severity }) => `${severity} ${rule}`)).toEqual(["info numpy/object-array"]);
    },
  );
});

it("is not clean when the objects of an array are cut off", async () => {
  expect(await reportOf(npy(described("'|O'", "(1,)"), new Uint8Array()), "a.npy")).toMatchObject({
    state: "partial",
    findings: [{ rule: "analysis/truncated" }],
  });
});

describe("headers", () => {
  it("that hold an expression are told, whatever it is", async () => {
    expect(await rulesOf(npy("__import__('os').system('id')", new Uint8Array(8)), "a.npy")).toContain(
      "numpy/header-code",
    );
    expect(await rulesOf(npy("{'descr': '<f8', 'shape': (f(),)}", new Uint8Array(8)), "a.npy")).toContain(
      "numpy/header-code",
    );
  });

  it("longer than numpy accepts are told and read all the same", async () => {
    const long = `${described("'|O'", "(1,)")}${" ".repeat(11_000)}`;
    expect(await rulesOf(npy(long, p.osSystem(), 2), "a.npy")).toEqual(
      expect.arrayContaining(["numpy/long-header", "pickle/unsafe-call"]),
    );
    expect(await findingsOf(npy(`${described("'<f8'")}${" ".repeat(9000)}`, new Uint8Array(32), 2), "a.npy")).toEqual(
      [],
    );
  });

  it("that announce absurd amounts of data are told as such, cut files as cut", async () => {
    expect(await rulesOf(npy(described("'<f8'", "(4398046511104,)"), new Uint8Array(8)), "a.npy")).toContain(
      "numpy/absurd-shape",
    );
    const cut = await reportOf(npy(described("'<f8'"), new Uint8Array(30)), "a.npy");
    expect(cut).toMatchObject({ state: "partial", findings: [{ rule: "analysis/truncated" }] });
  });
});

describe("what follows an array", () => {
  it("is told and scanned", async () => {
    const rules = await rulesOf(npy(described("'<f8'"), concat(new Uint8Array(32), p.osSystem())), "a.npy");
    expect(rules).toEqual(expect.arrayContaining(["analysis/trailing-data", "pickle/unsafe-call"]));
  });
});

/** The smallest header that is an ELF program for x86-64. */
const elf = concat([0x7f], "ELF", [2, 1, 1, 0], new Uint8Array(8), [2, 0, 62, 0], new Uint8Array(300));

describe("programs inside data", () => {
  it("are told in an array and in a pickle's constant", async () => {
    expect(await rulesOf(npy(described("'|u1'", `(${elf.length},)`), elf), "a.npy")).toContain("executable/embedded");
    expect(await rulesOf(p.pickle(p.proto(4), p.bytes(elf), p.stop))).toContain("executable/embedded");
    expect(await findingsOf(npy(described("'|u1'", `(${elf.length},)`), new Uint8Array(elf.length)), "a.npy")).toEqual(
      [],
    );
  });

  it("alone are told by what their name pretends", async () => {
    expect((await findingsOf(elf, "model.onnx")).map(({ rule }) => rule)).toContain("executable/disguised");
    expect((await findingsOf(elf, "libop.so")).map(({ rule, severity }) => `${severity} ${rule}`)).toEqual([
      "low executable/native-code",
    ]);
  });
});
