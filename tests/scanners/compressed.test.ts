import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { defaultPolicy } from "../../src/config/load.js";
import { fixture } from "../builders/fixture.js";
import { literals, lz4Frame, skippable } from "../builders/lz4.js";
import { scanBytes, told } from "../builders/scan.js";
import { tar } from "../builders/tar.js";
import { xz } from "../builders/xz.js";
import { zip } from "../builders/zip.js";
import { zstdFrame } from "../builders/zstd.js";

/** `posix.getpid()` and `{}`. */
const RUNS = Buffer.from("\x80\x02cposix\ngetpid\n)R.", "latin1");
const HARMLESS = Buffer.from("\x80\x02}.", "latin1");

it("takes a node of a checkpoint's database behind a value for no foreign bytes, as long as it ends with the file", async () => {
  const node = Buffer.alloc(20);
  node.writeUInt32BE(0x0cdb20de, 0);
  node.writeUInt32LE(node.length, 4);
  const value = gzipSync("words");
  expect(told(await scanBytes("0123456789abcdef", Buffer.concat([value, node])))).not.toContain(
    "medium analysis/trailing-data",
  );
  expect(told(await scanBytes("0123456789abcdef", Buffer.concat([value, node, node])))).toContain(
    "medium analysis/trailing-data",
  );
  expect(told(await scanBytes("0123456789abcdef", Buffer.concat([value, RUNS])))).toContain(
    "critical pickle/unsafe-call",
  );
});

describe("the content of a compressed stream", () => {
  it.each([
    ["model.pkl.gz", "gzip/bad.pickle.pkl.gz", "model.pkl"],
    ["model.pkl.gz", "gzip/bad.two-members.pkl.gz", "model.pkl"],
    ["model.joblib", "zlib/bad.pickle.pkl.zlib", "model.joblib"],
    ["model.pkl.bz2", "bzip2/bad.pickle.pkl.bz2", "model.pkl"],
    ["model.pkl.xz", "xz/bad.pickle.pkl.xz", "model.pkl"],
    ["model.pkl.lzma", "lzma/bad.pickle.pkl.lzma", "model.pkl"],
    ["model.pkl.lz4", "lz4/bad.pickle.pkl.lz4", "model.pkl"],
    ["model.pkl.lz4", "lz4/bad.legacy-frame.pkl.lz4", "model.pkl"],
    ["model.pkl.zst", "zstd/bad.pickle.pkl.zst", "model.pkl"],
    ["model.pkl.br", "brotli/bad.pickle.pkl.br", "model.pkl"],
  ])("is scanned in %s (%s) under the name %s", async (name, path, member) => {
    const report = await scanBytes(name, fixture(path));
    expect(told(report)).toContain("critical pickle/unsafe-call");
    expect(report.findings[0]?.member).toEqual([member]);
    expect(report.state).toBe("scanned");
  });

  it.each([
    "gzip/ok.weights.npy.gz",
    "zlib/ok.weights.npy.zlib",
    "bzip2/ok.weights.npy.bz2",
    "xz/ok.weights.npy.xz",
    "lzma/ok.weights.npy.lzma",
    "lz4/ok.weights.npy.lz4",
    "zstd/ok.weights.npy.zst",
    "brotli/ok.weights.npy.br",
  ])("yields nothing in %s", async (path) => {
    const report = await scanBytes(path.slice(path.indexOf("/") + 1), fixture(path));
    expect(told(report)).toEqual([]);
    expect(report.state).toBe("scanned");
  });

  it("is named as the tar that a shortened ending promises", async () => {
    const report = await scanBytes("model.tgz", gzipSync(tar({ name: "data.pkl", data: RUNS })));
    expect(report.findings[0]?.member).toEqual(["model.tar", "data.pkl"]);
  });

  it("is reached through streams in streams", async () => {
    const report = await scanBytes("model.pkl.gz", gzipSync(deflateSync(fixture("xz/bad.pickle.pkl.xz"))));
    expect(told(report)).toContain("critical pickle/unsafe-call");
  });

  it("is scanned as far as it goes when streams are nested too deep", async () => {
    let bytes: Buffer = RUNS;
    for (let level = 0; level < 20; level++) bytes = gzipSync(bytes);
    const report = await scanBytes("model.gz", bytes);
    expect(told(report)).toContain("medium analysis/limit-exceeded");
    expect(report.state).toBe("partial");
  });
});

describe("damaged streams", () => {
  const whole = gzipSync(RUNS);

  it("are scanned up to the damage", async () => {
    const cut = await scanBytes("model.pkl.gz", whole.subarray(0, -4));
    expect(told(cut)).toEqual(expect.arrayContaining(["critical pickle/unsafe-call", "medium analysis/truncated"]));
    expect(cut.state).toBe("partial");
    const stored = Buffer.concat([Buffer.from([0, RUNS.length, 0, ~RUNS.length & 0xff, 0xff]), RUNS, Buffer.from([7])]);
    const broken = await scanBytes("model.pkl.gz", Buffer.concat([whole.subarray(0, 10), stored, Buffer.alloc(9)]));
    expect(told(broken)).toEqual(expect.arrayContaining(["critical pickle/unsafe-call", "medium analysis/malformed"]));
  });

  it("are wholly scanned when only their checksum is wrong", async () => {
    const bytes = Buffer.from(gzipSync(HARMLESS));
    bytes[bytes.length - 8] = (bytes[bytes.length - 8] ?? 0) ^ 1;
    const report = await scanBytes("model.pkl.gz", bytes);
    expect(told(report)).toEqual(["medium archive/content-mismatch"]);
    expect(report.state).toBe("scanned");
  });

  it("are told apart from files that only look like a stream", async () => {
    const report = await scanBytes("notes.txt", "x^2 and nothing compressed about it");
    expect(report.formats).not.toContain("zlib");
  });
});

describe("bytes behind the last stream", () => {
  it("are told and scanned", async () => {
    const report = await scanBytes("model.pkl.gz", Buffer.concat([gzipSync(HARMLESS), RUNS]));
    expect(told(report)).toEqual(
      expect.arrayContaining(["critical pickle/unsafe-call", "medium analysis/trailing-data"]),
    );
  });

  it("may be zeros, as tapes and disks leave them", async () => {
    const report = await scanBytes("model.pkl.gz", Buffer.concat([gzipSync(HARMLESS), Buffer.alloc(512)]));
    expect(report.findings.filter(({ severity }) => severity !== "low" && severity !== "info")).toEqual([]);
  });
});

describe("streams that swell", () => {
  it("are bombs when nothing of a model is in them", async () => {
    const report = await scanBytes("model.bin.gz", gzipSync(Buffer.alloc(4 << 20)));
    expect(told(report)).toContain("medium archive/bomb");
    const inTar = await scanBytes("model.tgz", gzipSync(tar({ name: "zeros", data: Buffer.alloc(2 << 20) })));
    expect(told(inTar)).toContain("medium archive/bomb");
  });

  it("are none when they hold an array, whose zeros are its values", async () => {
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1048576,), }".padEnd(117);
    const npy = Buffer.concat([Buffer.from(`\x93NUMPY\x01\x00v\x00${header}\n`, "latin1"), Buffer.alloc(4 << 20)]);
    expect(told(await scanBytes("zeros.npy.gz", gzipSync(npy)))).toEqual([]);
  });

  it("are none while they are small", async () => {
    expect(told(await scanBytes("model.bin.gz", gzipSync(Buffer.alloc(1 << 19))))).not.toContain("medium archive/bomb");
  });

  it("end at the limits of the policy, with what came before examined", async () => {
    const { limits } = await defaultPolicy();
    const policy = { limits: { ...limits, max_inflated_bytes: 1 << 20 } };
    const report = await scanBytes("model.pkl.gz", gzipSync(Buffer.concat([RUNS, Buffer.alloc(4 << 20)])), { policy });
    expect(told(report)).toEqual(
      expect.arrayContaining(["critical pickle/unsafe-call", "medium analysis/limit-exceeded"]),
    );
    expect(report.state).toBe("partial");
  });
});

describe("an archive that shows through a compressed stream", () => {
  const weights = zip({
    entries: [
      { name: "weights.pkl", data: HARMLESS },
      { name: "notes.txt", data: "tuesday\n" },
    ],
  });

  it.each([
    ["model.npz.xz", xz(weights)],
    ["model.npz.xz", xz(weights, { isStored: true, blockBytes: 60 })],
    ["model.npz.zst", zstdFrame(weights, { isChecked: true })],
    ["model.npz.lz4", lz4Frame([[weights]], { contentChecksum: true, content: weights })],
    ["model.npz.lz4", lz4Frame([literals(weights)])],
    ["model.npz.gz", gzipSync(weights, { level: 0 })],
    ["model.tar.zst", zstdFrame(tar({ name: "model.npz", data: weights }))],
  ])("is the content and no second file (%s)", async (name, bytes) => {
    const report = await scanBytes(name, bytes);
    expect(told(report)).toEqual([]);
    expect(report.state).toBe("scanned");
    expect(report.formats).toHaveLength(1);
  });

  it("is a second file where a reader that goes by its directory finds another entry than the content has", async () => {
    const other = zip({ entries: [{ name: "weights.pkl", data: RUNS }] });
    const row = other.indexOf("PK\x01\x02");
    const directory = zstdFrame(other.subarray(row));
    const shown = Buffer.from(other.subarray(row));
    // Readers count back from the directory, and over the header of its frame: there they meet what decoders pass over.
    shown.writeUInt32LE(row + directory.length - shown.length, shown.length - 6);
    const bytes = Buffer.concat([zstdFrame(weights), skippable(other.subarray(0, row)), zstdFrame(shown)]);
    expect(told(await scanBytes("model.npz.zst", bytes))).toContain("medium analysis/polyglot");
  });

  it("is told for what it holds", async () => {
    const bytes = zstdFrame(zip({ entries: [{ name: "weights.pkl", data: RUNS }] }));
    const report = await scanBytes("model.npz.zst", bytes);
    expect(told(report)).toContain("critical pickle/unsafe-call");
    expect(told(report)).not.toContain("medium analysis/polyglot");
  });
});
