import { crc32, deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Policy } from "../../../src/config/policy.js";
import type { FileReport } from "../../../src/engine/result.js";
import { scanArtifact } from "../../../src/engine/scan-artifact.js";
import { LimitError } from "../../../src/errors.js";
import type { Inflated } from "../../../src/formats/zip/decode.js";
import { makeEntry, type Reading, type ZipEntry } from "../../../src/formats/zip/entry.js";
import { parseCentralHeader, parseLocalHeader } from "../../../src/formats/zip/records.js";
import { Budget } from "../../../src/io/budget.js";
import { BufferSource } from "../../../src/io/byte-source.js";
import { judgeStored, judgeUnpacked, judgeWithoutBytes } from "../../../src/scanners/zip/judge-content.js";
import { bzip2 } from "../../builders/bzip2.js";
import { scanBytes, sharedPolicy, told } from "../../builders/scan.js";
import { type Archive, centralHeader, type Entry, localHeader, zip } from "../../builders/zip.js";
import { HARMLESS, RUNS } from "../../builders/zip-loaders.js";

const CONTENT = Buffer.from("content");
const FIELDS = {
  ...{ name: "a", versionNeeded: 20, flags: 0, method: 8, crc: crc32(CONTENT), compressedSize: 9, size: 7 },
  ...{ extra: new Uint8Array(), madeBy: 0x031e, diskStart: 0, externalAttributes: 0, headerOffset: 0 },
};
const PLACE = { index: 0, at: 0 };
const CENTRAL = parseCentralHeader(centralHeader(FIELDS), PLACE, 0);
const LOCAL = parseLocalHeader(localHeader(FIELDS), PLACE);
const READING: Reading = { method: 8, dataOffset: 31, compressedSize: 9, size: 7, by: "directory" };
const GOOD: Inflated = { source: new BufferSource(CONTENT), consumed: 9, crc: crc32(CONTENT) };

function entry(isListed = true): ZipEntry {
  const made = makeEntry(isListed ? CENTRAL : undefined, LOCAL);
  if (made === undefined) throw new Error("no header");
  return made;
}

interface Case {
  readonly inflated?: Partial<Inflated>;
  readonly reading?: Partial<Reading>;
  readonly isListed?: boolean;
  readonly hasChecksums?: boolean;
}

function judged({ inflated, reading, isListed, hasChecksums = true }: Case): string[] {
  const found = judgeUnpacked(
    entry(isListed),
    { ...READING, ...reading },
    { inflated: { ...GOOD, ...inflated }, hasChecksums },
  );
  return [...found].map(({ rule, message }) => `${rule} ${message}`);
}

const matching = (...parts: readonly string[]) => parts.map((part) => expect.stringContaining(part));

describe("what comes out of a member", () => {
  it("is silent where it fits its header", () => {
    expect(judged({})).toEqual([]);
  });

  it("is told where it is longer, ends elsewhere or has another checksum", () => {
    expect(judged({ reading: { size: 6 } })).toEqual(matching("a unpacks to 7 bytes, its directory says 6"));
    expect(judged({ inflated: { consumed: 8 } })).toEqual(
      matching("the compressed data of a takes 8 bytes, its directory says 9"),
    );
    expect(judged({ inflated: { crc: 0xabc } })).toEqual(
      matching("the checksum of a is 00000abc, the directory says "),
    );
    expect(judged({ inflated: { crc: 0xabc }, hasChecksums: false })).toEqual([]);
    expect(judged({ inflated: { crc: 1, consumed: 1 }, reading: { size: 1 } })).toHaveLength(3);
  });

  it("is told where its stream has no end, and then nothing else", () => {
    const broken = { failure: "its compressed data is damaged", crc: 1, consumed: 1 };
    expect(judged({ inflated: broken })).toEqual(
      matching("a unpacks to 7 of 7 bytes (its compressed data is damaged)"),
    );
  });

  it("is told as a bomb where it grows out of all proportion, and by the engine for other limits", () => {
    const limit = (name: "max_ratio" | "max_steps") => ({
      limit: new LimitError(name, "too much"),
      failure: "too much",
    });
    expect(judged({ inflated: limit("max_ratio") })).toEqual(
      matching("archive/bomb a: too much; the first 7 were examined"),
    );
    expect(judged({ inflated: limit("max_steps") })).toEqual([]);
  });

  it("by a local header that the directory contradicts proves nothing, and by one that no directory lists it does", () => {
    const wrong = { inflated: { crc: 1 }, reading: { by: "local header" as const } };
    expect(judged(wrong)).toEqual([]);
    expect(judged({ ...wrong, isListed: false })).toHaveLength(1);
  });

  it("is told where the directory states bytes and there are none, and not by a local header", () => {
    expect(judgeWithoutBytes(entry(), READING)?.message).toBe("a holds no bytes, its directory says 7");
    expect(judgeWithoutBytes(entry(), { ...READING, size: 0 })).toBeUndefined();
    expect(judgeWithoutBytes(entry(false), { ...READING, by: "local header" })).toBeUndefined();
  });

  it("is compared with the directory's checksum alone where it is stored", () => {
    expect(judgeStored(entry(), READING, CONTENT)).toBeUndefined();
    expect(judgeStored(entry(), READING, Buffer.from("other"))?.message).toContain("the checksum of a is");
    expect(judgeStored(entry(), { ...READING, by: "local header" }, Buffer.from("other"))).toBeUndefined();
  });
});

describe("a member", () => {
  const scan = async (entries: readonly Entry[], rest: Partial<Archive> = {}) => {
    const report = await scanBytes("a.zip", zip({ entries, ...rest }));
    return { state: report.state, rules: report.findings.map(({ rule }) => rule) };
  };
  const PICKLE: Entry = { name: "a.pkl", data: RUNS };

  it("is scanned under either header's name and method", async () => {
    const packed = deflateRawSync(RUNS);
    const sizes = { size: RUNS.length, compressedSize: packed.length };
    const two = { name: "a.txt", packed, method: 0, ...sizes, crc: crc32(RUNS), local: { method: 8, name: "a.pkl" } };
    expect((await scan([two])).rules).toContain("pickle/unsafe-call");
    const code = Buffer.from("{% if");
    const either = {
      name: "a.txt",
      data: code,
      local: { name: "chat_template.jinja", method: 8 },
      packed: deflateRawSync(code),
    };
    const { parts } = await scanBytes("a.zip", zip({ entries: [{ ...either, method: 0 }] }));
    expect(parts.map(({ member }) => member.at(-1))).toEqual(expect.arrayContaining(["a.txt", "chat_template.jinja"]));
  });

  it("is partial by its local header where no directory lists it, and not where the directory's account holds", async () => {
    const broken = { name: "a.txt", data: "words words", packed: Buffer.alloc(30, 0xff), method: 8 };
    expect(
      (
        await scan([
          { name: "b", data: "words" },
          { ...broken, hidden: true },
        ])
      ).state,
    ).toBe("partial");
    expect((await scan([{ name: "a.txt", data: "words", local: { method: 8 } }])).state).toBe("scanned");
  });

  it("of no bytes is nothing to unpack", async () => {
    const empty = { name: "a.txt", data: "", packed: new Uint8Array(), method: 8 };
    expect(await scan([empty])).toEqual({ state: "scanned", rules: [] });
  });

  it("is partial where it has no local header, and where its stream breaks", async () => {
    expect((await scan([{ ...PICKLE, headerOffset: 3 }])).state).toBe("partial");
    const packed = Buffer.concat([deflateRawSync(HARMLESS, { finishFlush: 2 }), Buffer.alloc(40, 0xff)]);
    const cut = await scan([{ name: "a.pkl", packed, method: 8, size: 1003, crc: 0 }]);
    expect(cut).toMatchObject({ state: "partial" });
    expect(cut.rules).toContain("archive/content-mismatch");
  });

  it.each([
    ["encrypted", { flags: 1, local: { flags: 1 } }, "archive/reader-evasion", "scanned"],
    ["in a method that nobody knows", { method: 77, packed: RUNS }, "archive/unsupported-method", "scanned"],
  ])("that is said to be %s is examined all the same where its bytes are plain", async (_, change, rule, state) => {
    const found = await scan([{ ...PICKLE, ...change }]);
    expect(found.rules).toEqual(expect.arrayContaining([rule, "pickle/unsafe-call"]));
    expect(found.state).toBe(state);
  });

  it("that is encrypted in truth is told, and the file is partial", async () => {
    const secret = { name: "a.pkl", packed: Buffer.alloc(30, 0x5a), flags: 1, size: 18, crc: 5, local: { flags: 1 } };
    expect(await scan([secret])).toMatchObject({ state: "partial", rules: ["archive/encrypted-member"] });
  });

  it("is told where it is said to be a directory and holds bytes", async () => {
    for (const data of ["bytes", "b"])
      expect((await scan([{ name: "a/", data }])).rules).toContain("archive/hidden-entry");
    expect((await scan([{ name: "a/", data: "" }])).rules).toEqual([]);
  });

  it("of the same bytes under many names is examined four times", async () => {
    const names = ["a.pkl", "b.pkl", "c.pkl", "d.pkl", "e.pkl", "f.pkl"];
    const same = names.map(
      (name, index): Entry => ({ ...PICKLE, name, ...(index > 0 && { listedOnly: true, headerOffset: 0 }) }),
    );
    const report = await scanBytes("a.zip", zip({ entries: same }));
    const members = report.findings
      .filter(({ rule }) => rule === "pickle/unsafe-call")
      .map(({ member }) => member.at(-1));
    expect(new Set(members).size).toBe(4);
  });
});

describe("what is examined of an archive", () => {
  const PICKLE: Entry = { name: "a.pkl", data: RUNS };
  const withLimits = async (entries: readonly Entry[], limits: Partial<Policy["limits"]>) => {
    const policy = await sharedPolicy();
    return scanBytes("a.zip", zip({ entries }), { policy: { limits: { ...policy.limits, ...limits } } });
  };
  const rules = ({ findings }: FileReport) => findings.map(({ rule }) => rule);

  it("ends where stored entries that overlap hold four times what the file does, and the floor of ratios", async () => {
    // The same bytes, from one place to the end of another entry each, so that no two are alike.
    const body = { name: "body", data: Buffer.alloc(4000, "words ") };
    const again = (count: number): Entry[] =>
      Array.from({ length: count }, (_, index) => ({
        ...{ name: `${index}.txt`, listedOnly: true, headerOffset: 0, crc: 1 },
        ...{ size: 3000 + index, compressedSize: 3000 + index },
      }));
    const floor = { ratio_floor_bytes: 1000 };
    // Each is examined by the directory's size and by its local header's.
    expect((await withLimits([body, ...again(1)], floor)).state).toBe("scanned");
    expect((await withLimits([body, ...again(20)], { ratio_floor_bytes: 1 << 20 })).state).toBe("scanned");
    const { state, findings } = await withLimits([body, ...again(20)], floor);
    expect(state).toBe("partial");
    expect(findings.find(({ rule }) => rule === "analysis/limit-exceeded")?.message).toContain("stored entries hold");
  });

  it("ends with what may be unpacked in all, and keeps what was found until then", async () => {
    const zeros = { name: "zeros", data: Buffer.alloc(3000), method: 8 };
    const last = { name: "last.pkl", data: RUNS };
    const report = await withLimits([PICKLE, zeros, last], { max_inflated_bytes: 2000 });
    expect(report.state).toBe("partial");
    expect(report.findings.filter(({ rule }) => rule === "pickle/unsafe-call")).toHaveLength(1);
  });

  it("is a link's content as a path up to a path's length, and as anything else beyond", async () => {
    const link = { name: "a", externalAttributes: 0o120777 * 0x10000 };
    expect(rules(await withLimits([{ ...link, data: "../../../etc/passwd" }], {}))).toContain("archive/unsafe-link");
    const long = Buffer.concat([RUNS, Buffer.alloc(1 << 17)]);
    expect(rules(await withLimits([{ ...link, data: long }], {}))).toContain("pickle/unsafe-call");
    const json = { ...link, name: "config.json", data: "no JSON ".repeat(600) };
    expect(rules(await withLimits([json], {}))).toContain("analysis/malformed");
  });

  it("ends with the limit of members, which is told", async () => {
    const report = await withLimits([PICKLE, { name: "b.txt", data: "words" }], { max_members: 1 });
    expect(report.state).toBe("partial");
    expect(rules(report)).toEqual(expect.arrayContaining(["pickle/unsafe-call", "analysis/limit-exceeded"]));
  });

  it("is told once by the names of an archive without a directory", async () => {
    const report = await scanBytes("a.zip", zip({ entries: [{ name: "../../a.txt", data: "words" }], end: false }));
    expect(report.findings.filter(({ rule }) => rule === "archive/path-traversal")).toHaveLength(1);
  });

  it("is one reader's names where several directories list entries of the same name", async () => {
    const a = { name: "a.txt", data: "words" };
    const earlier = zip({ entries: [a, { name: "b.txt", data: "words" }] });
    const report = await scanBytes("a.zip", Buffer.concat([earlier, Buffer.from("x"), zip({ entries: [a] })]));
    expect(rules(report)).toContain("archive/ambiguous-directory");
    expect(rules(report).filter((rule) => rule.includes("duplicate"))).toEqual([]);
  });

  it("is not taken for a directory's content where it has none", async () => {
    const empty = { name: "folder/", data: "", method: 8, externalAttributes: 0x10 };
    expect(rules(await withLimits([empty], {}))).toEqual([]);
  });

  it("are the first hundred runs of bytes between entries", async () => {
    const entries = (count: number): Entry[] =>
      Array.from({ length: count + 1 }, (_, index) => ({ name: `${index}`, data: "x", gap: Buffer.alloc(9, 1) }));
    expect((await withLimits(entries(99), {})).state).toBe("scanned");
    expect((await withLimits(entries(101), {})).state).toBe("partial");
  });

  it("is told by the names in local headers, and of entries in no directory, as well", async () => {
    const local = { name: "a.txt", data: "words", local: { name: "../../a.txt" } };
    expect(rules(await withLimits([local], {}))).toContain("archive/path-traversal");
    const stray = { name: "../../b.txt", data: "words", hidden: true };
    expect(rules(await withLimits([{ name: "a.txt", data: "words" }, stray], {}))).toContain("archive/path-traversal");
  });

  it("is told with names that differ only in case, which torch.load takes for each other", async () => {
    const names = ["m/a.txt", "m/A.txt"].map((name): Entry => ({ name, data: "words" }));
    const record = { name: "m/data.pkl", data: HARMLESS };
    expect(told(await withLimits(names, {}))).toEqual(["low archive/case-collision"]);
    expect(told(await withLimits([...names, record], {}))).toEqual(["medium archive/case-collision"]);
  });

  it("is an error where nothing of it is a zip", async () => {
    const report = await scanBytes("a.zip", Buffer.concat([Buffer.from("PK\x03\x04"), Buffer.alloc(40)]));
    expect(report.state).toBe("partial");
    expect(report.findings.find(({ rule }) => rule === "analysis/malformed")?.message).toContain("no zip entry");
  });

  it("has checksums if one entry has", async () => {
    const torch = (crcs: readonly number[]): Entry[] => [
      { name: "m/data.pkl", data: HARMLESS, crc: crcs[0] ?? 0 },
      { name: "m/version", data: "3\n", crc: crcs[1] ?? 0 },
    ];
    const scan = async (crcs: readonly number[]) => told(await withLimits(torch(crcs), {}));
    expect(await scan([0, 0])).toEqual(["info archive/content-mismatch"]);
    expect(await scan([crc32(HARMLESS), 0])).toEqual(["medium archive/content-mismatch"]);
    expect(await scan([crc32(HARMLESS), crc32(Buffer.from("3\n"))])).toEqual([]);
  });
});

it("a member in a method of 7-Zip's is unpacked in a thread of its own alone", async () => {
  const policy = await sharedPolicy();
  const inThisThread = (method: number, packed: Uint8Array) => {
    const source = new BufferSource(zip({ entries: [{ name: "a.txt", data: "words", method, packed }] }));
    const options = { policy, budget: new Budget(policy.limits), isolated: false };
    return scanArtifact({ path: "a.zip", name: "a.zip", source }, options);
  };
  await expect(inThisThread(12, bzip2(Buffer.from("words")))).rejects.toThrow();
  expect((await inThisThread(8, deflateRawSync("words"))).state).toBe("scanned");
  expect((await inThisThread(0, Buffer.from("words"))).state).toBe("scanned");
});

describe("bytes around the entries", () => {
  const rules = async (rest: Partial<Archive>, gap?: Uint8Array) => {
    const entries = [
      { name: "a.txt", data: "words\n", ...(gap && { gap }) },
      { name: "b.txt", data: "words\n" },
    ];
    return (await scanBytes("a.zip", zip({ entries, ...rest }))).findings.map(
      ({ rule, severity }) => `${severity} ${rule}`,
    );
  };

  it("between them are told from eight bytes on, and looked into", async () => {
    expect(await rules({}, Buffer.alloc(7, 1))).toEqual([]);
    expect((await rules({}, Buffer.alloc(8, 1))).join()).toContain("archive/unlisted-data");
    expect((await rules({}, RUNS)).join()).toContain("pickle/unsafe-call");
  });

  it("in front of them weigh less where archives honestly hang on such", async () => {
    expect(await rules({ prefix: Buffer.from("#!/bin/sh\n") })).toContain("low archive/leading-data");
    for (const host of ["xxxxTFL3", "MZ and more of a program", "\x7fELF and more of a program"])
      expect((await rules({ prefix: Buffer.from(host) })).join()).toContain("low archive/leading-data");
    expect((await rules({ prefix: Buffer.from("x#!/bin/sh") })).join()).toContain("medium archive/leading-data");
  });

  it("in the comment are looked into", async () => {
    expect((await rules({ comment: RUNS })).join()).toContain("pickle/unsafe-call");
    const halves = zip({ entries: [], comment: RUNS.subarray(0, 10), trailing: RUNS.subarray(10) });
    expect((await scanBytes("a.zip", halves)).findings.filter(({ rule }) => rule === "pickle/unsafe-call")).toEqual([]);
  });
});
