import { readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { defaultPolicy } from "../../../src/config/load.js";
import type { FileReport } from "../../../src/engine/result.js";
import { scanArtifact } from "../../../src/engine/scan-artifact.js";
import { Budget } from "../../../src/io/budget.js";
import { scanBytes, told as toldInOrder } from "../../builders/scan.js";
import { SparseSource } from "../../builders/sparse.js";
import { type Archive, centralHeader, type Entry, endRecord, localHeader, unixMode, zip } from "../../builders/zip.js";
import { HARMLESS, RUNS } from "../../builders/zip-loaders.js";

const ELF = Buffer.concat([Buffer.from("7f454c4602010100000000000000000003003e0001000000", "hex"), Buffer.alloc(200)]);
const TEXT: Entry = { name: "notes.txt", data: "a few words about the model\n" };

function scan(entries: readonly Entry[], rest: Partial<Archive> = {}): Promise<FileReport> {
  return scanBytes("model.zip", zip({ entries, ...rest }));
}

async function tells(entries: readonly Entry[], rest: Partial<Archive> = {}): Promise<string[]> {
  return told(await scan(entries, rest)).filter((line) => /archive\/|analysis\//.test(line));
}

/** `severity rule` of every finding, sorted: their order is the report's affair. */
function told(report: FileReport): string[] {
  return toldInOrder(report).sort();
}

function fixture(name: string): Buffer {
  return readFileSync(new URL(`../../../fixtures/zip/${name}`, import.meta.url));
}

describe("archives of ordinary tools are silent", () => {
  it.each(["ok.methods.zip", "ok.info-zip.zip"])("%s", async (name) => {
    const report = await scanBytes(name, fixture(name));
    expect(told(report)).toEqual([]);
    expect(report.state).toBe("scanned");
  });

  it("with data descriptors, zip64, comments, directories, prefixes of empty space", async () => {
    const entries: Entry[] = [
      { name: "folder/", data: "", externalAttributes: unixMode(0o40755) },
      { ...TEXT, descriptor: true, gap: Buffer.alloc(32) },
      { name: "modèle.txt", data: "words\n", method: 8, flags: 0x800 },
    ];
    expect(await tells(entries, { zip64: {}, comment: Buffer.from("made by hand") })).toEqual([]);
  });

  it("of torch without checksums: told as information, and the checksum of nothing else may be zero", async () => {
    const report = await scanBytes("model.pt", fixture("ok.without-checksums.pt"));
    expect(told(report)).toEqual(["info archive/content-mismatch"]);
    expect(await tells([{ ...TEXT, crc: 0 }])).toEqual(["medium archive/content-mismatch"]);
  });
});

describe("members are scanned as artifacts of their own", () => {
  it.each<[string, Partial<Entry>]>([
    ["stored", {}],
    ["deflated", { method: 8 }],
    ["under a name that promises nothing", { name: "logo.bin" }],
    ["in the wrong case", { name: "WEIGHTS.PKL" }],
  ])("%s", async (_, entry) => {
    const { findings } = await scan([{ name: "weights.pkl", data: RUNS, ...entry }]);
    expect(findings).toMatchObject([
      { rule: "pickle/unsafe-call", severity: "critical", member: [entry.name ?? "weights.pkl"] },
    ]);
  });

  it("to any depth, with the path in parts", async () => {
    const inner = zip({ entries: [{ name: "data.pkl", data: RUNS }] });
    const { findings } = await scan([{ name: "inner.zip", data: inner, method: 8 }]);
    expect(findings[0]).toMatchObject({ path: "model.zip", member: ["inner.zip", "data.pkl"] });
  });

  it("also when another one cannot be read", async () => {
    const broken: Entry = { name: "broken.bin", data: "words", packed: Buffer.from([7, 7, 7, 7]), method: 8 };
    const report = await scan([broken, { name: "weights.pkl", data: RUNS }]);
    expect(told(report)).toContain("critical pickle/unsafe-call");
    expect(told(report)).toContain("medium archive/content-mismatch");
    expect(report.state).toBe("partial");
  });

  it("are told when they hold no bytes and state some, for torch.load reads what lay in memory", async () => {
    const empty = { name: "m.bin", data: "", method: 8, packed: new Uint8Array() };
    expect(await tells([{ ...empty, size: 13, local: { size: 13 } }])).toEqual(["medium archive/content-mismatch"]);
    expect(await tells([{ name: "archive/empty", data: "" }])).toEqual([]);
  });

  it("under every method that one of the headers names", async () => {
    const report = await scan([
      { name: "a.bin", data: RUNS, packed: deflateRawSync(RUNS), size: 21, local: { method: 8 } },
    ]);
    expect(told(report)).toContain("critical pickle/unsafe-call");
  });
});

describe("around the entries", () => {
  it("data behind the archive is told and scanned", async () => {
    const report = await scan([TEXT], { trailing: RUNS });
    expect(told(report)).toEqual(["critical pickle/unsafe-call", "medium analysis/trailing-data"]);
    expect(report.findings.map(({ member }) => member)).toContainEqual(["data at 144"]);
    expect(await tells([TEXT], { trailing: Buffer.alloc(100) })).toEqual([]);
  });

  it("data between entries is told and scanned", async () => {
    const report = await scan([{ ...TEXT, gap: RUNS }]);
    expect(told(report)).toEqual(["critical pickle/unsafe-call", "low archive/unlisted-data"]);
    expect(await tells([{ ...TEXT, gap: Buffer.alloc(19) }])).toEqual([]);
  });

  it("data in the comment is scanned", async () => {
    expect(told(await scan([TEXT], { comment: RUNS }))).toEqual(["critical pickle/unsafe-call"]);
    expect(told(await scan([TEXT], { comment: Buffer.from("words") }))).toEqual([]);
  });

  it("data before the archive is told, milder where it starts the archive", async () => {
    expect(await tells([TEXT], { prefix: Buffer.from("GIF89a, or so") })).toContain("medium archive/leading-data");
    expect(await tells([TEXT], { prefix: Buffer.from("#!/usr/bin/env python3\n") })).toEqual([
      "low archive/leading-data",
    ]);
  });
});

describe("the directory", () => {
  it("is told when its end record counts other entries than it lists", async () => {
    expect(await tells([TEXT], { end: { entries: 2 } })).toEqual(["medium archive/ambiguous-directory"]);
    expect(await tells([TEXT], { end: { entries: 1 } })).toEqual([]);
  });

  it("is told when it is missing, and the entries are examined all the same", async () => {
    const report = await scan([{ name: "weights.pkl", data: RUNS }], { end: false });
    expect(told(report)).toEqual(["critical pickle/unsafe-call", "medium archive/missing-directory"]);
    expect(told(await scan([], { comment: Buffer.from("an empty archive") }))).toEqual([]);
  });
});

describe("what unpackers would be led to do", () => {
  it("tells links that leave by their content, stored or deflated", async () => {
    const link = (data: string, method: number): Entry => ({
      name: "link",
      data,
      method,
      externalAttributes: unixMode(0o120777),
    });
    expect(await tells([link("/etc/passwd", 0)])).toEqual(["high archive/unsafe-link"]);
    expect(await tells([link("../../../../../../../../etc/passwd", 8)])).toEqual(["high archive/unsafe-link"]);
    expect(await tells([link("notes.txt", 0), TEXT])).toEqual([]);
  });

  it("takes the content of a link for a path, whatever the link is called, unless it is something else by its bytes", async () => {
    const link = (data: string | Uint8Array, mode: number): Entry => ({
      name: "weights.json",
      data,
      externalAttributes: unixMode(mode),
    });
    expect(await tells([link("notes.txt", 0o120777), TEXT])).toEqual([]);
    expect(await tells([link("notes.txt", 0o100644), TEXT])).toEqual(["medium analysis/malformed"]);
    expect(told(await scan([link(RUNS, 0o120777)]))).toContain("critical pickle/unsafe-call");
  });

  it("tells devices, and not what was piped into an archiver", async () => {
    const node = (mode: number, data: string): Entry => ({ name: "node", data, externalAttributes: unixMode(mode) });
    expect(await tells([node(0o060660, "")])).toEqual(["high archive/device-entry"]);
    expect(await tells([node(0o010600, "")])).toEqual(["high archive/device-entry"]);
    expect(await tells([node(0o010600, "piped words\n")])).toEqual([]);
  });

  it("tells names that a Unicode path field hides", async () => {
    const { unicodePath } = await import("../../builders/zip.js");
    const entry = (name: string): Entry => ({ ...TEXT, extra: unicodePath(name, "notes.txt") });
    expect(await tells([entry("../../notes.txt")])).toContain("high archive/path-traversal");
    expect(await tells([entry("nötes.txt")])).toEqual([]);
    expect(await tells([entry("notes.txt")])).toEqual([]);
  });

  it("tells native programs by content, and the name of one by its name", async () => {
    expect(await tells([{ name: "data/0", data: ELF }])).toContain("high archive/executable-member");
    expect(await tells([{ name: "op.so", data: "words\n" }])).toEqual(["low archive/executable-name"]);
    expect(await tells([{ name: "run.sh", data: "#!/bin/sh\necho words\n" }])).toEqual([]);
  });
});

describe("encryption", () => {
  it.each(["bad.aes.zip", "bad.zipcrypto.zip"])("leaves %s partly examined", async (name) => {
    const report = await scanBytes(name, fixture(name));
    expect(told(report)).toEqual(["medium archive/encrypted-member"]);
    expect(report.state).toBe("partial");
  });

  it("does not keep the others from being examined", async () => {
    const cipher: Entry = { name: "secret", data: "x".repeat(20), packed: Buffer.alloc(32, 0x5a), flags: 1 };
    expect(told(await scan([cipher, { name: "weights.pkl", data: RUNS }]))).toEqual([
      "critical pickle/unsafe-call",
      "medium archive/encrypted-member",
    ]);
  });

  it("is seen through when only a flag says so, also over deflated bytes", async () => {
    const report = await scan([{ name: "weights.pkl", data: RUNS, method: 8, flags: 1 }]);
    expect(told(report)).toEqual(["critical pickle/unsafe-call", "medium archive/reader-evasion"]);
    expect(report.state).toBe("scanned");
  });

  it("of an unknown method is told as such, and its bytes are tried", async () => {
    const report = await scan([{ name: "weights.pkl", data: RUNS, method: 77 }]);
    expect(told(report)).toEqual(["critical pickle/unsafe-call", "medium archive/unsupported-method"]);
    expect((await scan([{ name: "a", data: "words", packed: Buffer.alloc(9, 1), method: 77 }])).state).toBe("partial");
  });
});

describe("bombs", () => {
  const zeros = (megabytes: number): Buffer => deflateRawSync(Buffer.alloc(megabytes << 20), { level: 9 });

  it("of repetition are told when the content is of no known format", async () => {
    expect(await tells([{ name: "zeros", packed: zeros(9), size: 9 << 20, method: 8, crc: 0xffffffff }])).toContain(
      "medium archive/bomb",
    );
    expect(await tells([{ name: "zeros", data: Buffer.alloc(900 << 10), method: 8 }])).toEqual([]);
    const header = "{'descr': '<f8', 'fortran_order': False, 'shape': (262144,), }".padEnd(117);
    const array = Buffer.concat([Buffer.from(`\x93NUMPY\x01\0\x76\0${header}\n`, "latin1"), Buffer.alloc(2 << 20)]);
    expect(await tells([{ name: "zeros.npy", data: array, method: 8 }])).toEqual([]);
  });

  it("that contain themselves end", async () => {
    const report = await scanBytes("quine.zip", fixture("bad.quine.zip"));
    expect(told(report)).toContain("medium archive/bomb");
    expect(report.parts.length).toBeLessThan(5);
  });

  it("of copies are examined once", async () => {
    const copy = zip({ entries: [{ name: "weights.pkl", data: RUNS }] });
    const copies = (count: number): Entry[] =>
      Array.from({ length: count }, (_, index) => ({ name: `${index}.zip`, data: copy }));
    const report = await scan(copies(12));
    expect(told(report)).toEqual(["critical pickle/unsafe-call", "medium archive/bomb"]);
    expect(told(await scan(copies(3)))).toEqual(["critical pickle/unsafe-call"]);
  });

  it("of depth end at the limit, and are examined until there", async () => {
    let archive = zip({ entries: [TEXT] });
    for (let level = 0; level < 30; level++) {
      archive = zip({
        entries: [
          { name: `${level}.pkl`, data: RUNS },
          { name: "next.zip", data: archive },
        ],
      });
    }
    const report = await scanBytes("deep.zip", archive);
    expect(report.findings.filter(({ rule }) => rule === "pickle/unsafe-call")).toHaveLength(16);
    expect(told(report)).toContain("medium analysis/limit-exceeded");
  });

  it("of many names for the same bytes do not multiply the work", async () => {
    const rows: Entry[] = Array.from({ length: 100 }, (_, index) => ({
      ...{ name: `${index}.pkl`, data: RUNS, headerOffset: 0, listedOnly: index > 0 },
    }));
    const report = await scan(rows);
    expect(told(report)).toContain("medium archive/overlapping-entries");
    expect(report.parts.length).toBeLessThan(10);
  });

  it("end as a limit when the archive as a whole multiplies", async () => {
    const policy = await defaultPolicy();
    const limits = { ...policy.limits, ratio_floor_bytes: 4 << 20 };
    const packed = zeros(2);
    const entries = Array.from({ length: 20 }, (_, index) => ({
      name: `${index}`,
      packed,
      size: 2 << 20,
      method: 8,
      headerOffset: index * 0,
    }));
    const report = await scanBytes("flood.zip", zip({ entries }), { policy: { limits } });
    expect(report.state).toBe("partial");
    expect(told(report)).toContain("medium analysis/limit-exceeded");
  });
});

describe("a checkpoint of two gigabytes", () => {
  const STORAGES = 500;
  const STORAGE_BYTES = 4 << 20;

  function checkpoint(first: Uint8Array): SparseSource {
    const pieces: { at: number; bytes: Uint8Array }[] = [];
    const rows: Buffer[] = [];
    let at = 0;
    const add = (name: string, bytes: Uint8Array, size = bytes.length): void => {
      const fields = {
        name,
        versionNeeded: 0,
        flags: 0x800,
        method: 0,
        crc: 0,
        compressedSize: size,
        size,
        extra: new Uint8Array(),
      };
      const header = localHeader(fields);
      pieces.push({ at, bytes: Buffer.concat([header, bytes]) });
      rows.push(centralHeader({ ...fields, madeBy: 0, diskStart: 0, externalAttributes: 0, headerOffset: at }));
      at += header.length + size;
    };
    add("archive/data.pkl", HARMLESS);
    for (let index = 0; index < STORAGES; index++)
      add(`archive/data/${index}`, index === 7 ? first : new Uint8Array(), STORAGE_BYTES);
    add("archive/version", Buffer.from("3\n"));
    const directory = Buffer.concat(rows);
    const tail = Buffer.concat([
      directory,
      endRecord({ entries: rows.length, directorySize: directory.length, directoryOffset: at }),
    ]);
    return new SparseSource(at + tail.length, [...pieces, { at, bytes: tail }]);
  }

  async function scanCheckpoint(first: Uint8Array): Promise<{ report: FileReport; source: SparseSource }> {
    const source = checkpoint(first);
    const policy = await defaultPolicy();
    const artifact = { path: "model.pt", name: "model.pt", source };
    return { report: await scanArtifact(artifact, { policy, budget: new Budget(policy.limits) }), source };
  }

  it("is scanned by reading less than a thousandth of it", async () => {
    const { report, source } = await scanCheckpoint(new Uint8Array());
    expect(report.state).toBe("scanned");
    expect(source.size).toBeGreaterThan(2_000_000_000);
    expect(source.bytesRead).toBeLessThan(source.size / 1000);
  });

  it("gives away a program among its tensors", async () => {
    const { report } = await scanCheckpoint(ELF);
    expect(told(report)).toContain("high archive/executable-member");
    expect(report.findings.map(({ member }) => member)).toContainEqual(["archive/data/7"]);
  });
});

describe("hostile bytes", () => {
  const whole = zip({
    entries: [
      { name: "a.pkl", data: RUNS, descriptor: true },
      { name: "b/", data: "" },
      { name: "c.bin", data: "words ".repeat(20), method: 8 },
      { name: "link", data: "a.pkl", externalAttributes: unixMode(0o120777) },
    ],
    zip64: {},
    comment: Buffer.from("comment"),
  });

  it("never come out clean when they are cut, and never fail the scanner", async () => {
    for (let length = 31; length < whole.length; length += 5) {
      const report = await scanBytes("cut.zip", whole.subarray(0, length));
      expect(report.state, `${length}`).not.toBe("failed");
      expect(report.findings.length, `${length}`).toBeGreaterThan(0);
    }
  });

  it("never fail the scanner when they are altered", async () => {
    let seed = 1;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    for (let round = 0; round < 100; round++) {
      const bytes = Buffer.from(whole);
      for (let flips = 0; flips < 3; flips++) bytes[random(bytes.length)] = random(256);
      expect((await scanBytes("altered.zip", bytes)).state).not.toBe("failed");
    }
  });
});

describe("archives in a row, as shards of distributed checkpoints hold them", () => {
  const RECORDS: readonly Entry[] = [
    { name: "archive/data.pkl", data: HARMLESS },
    { name: "archive/version", data: "3\n" },
  ];
  const shard = (count: number, odd?: Uint8Array): Uint8Array => {
    const one = zip({ entries: RECORDS });
    return Buffer.concat([...Array.from({ length: count }, () => one), ...(odd ? [odd] : []), one]);
  };

  it("are one word, however many they are", async () => {
    for (const count of [1, 12, 300]) {
      const report = await scanBytes("__0_0.distcp", shard(count));
      expect(told(report).filter((line) => !line.startsWith("info"))).toEqual(["low archive/ambiguous-directory"]);
      expect(report.state).toBe("scanned");
    }
  });

  it("are all examined", async () => {
    const bad = zip({ entries: [{ name: "archive/data.pkl", data: RUNS }] });
    const begin = Buffer.concat([bad, shard(20)]);
    const middle = shard(20, Buffer.concat([bad, shard(20)]));
    for (const bytes of [begin, middle])
      expect(told(await scanBytes("__0_0.distcp", bytes))).toContain("critical pickle/unsafe-call");
  });

  it("are more than a word when something stands between them", async () => {
    const between = await scanBytes("__0_0.distcp", shard(3, Buffer.concat([Buffer.from("x".repeat(50)), shard(3)])));
    expect(told(between).filter((line) => /^(?:medium|high|critical) archive/.test(line))).not.toEqual([]);
  });
});
