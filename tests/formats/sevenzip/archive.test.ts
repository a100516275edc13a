import { describe, expect, it } from "vitest";
import { unpackArchive } from "../../../src/formats/sevenzip/archive.js";
import type { ArchiveType } from "../../../src/formats/sevenzip/listing.js";
import { Budget, type BudgetLimits } from "../../../src/io/budget.js";
import { BufferSource } from "../../../src/io/byte-source.js";
import { fixture } from "../../builders/fixture.js";
import { LIMITS } from "../../builders/limits.js";

interface Summary {
  /** `kind name size` of every entry, what came out in place of the size where they differ, then the failure. */
  readonly entries: readonly string[];
  readonly end: number;
  readonly failure?: string;
  readonly limit?: string;
}

async function unpack(
  bytes: Uint8Array,
  type: ArchiveType = "7z",
  limits: Partial<BudgetLimits> = {},
): Promise<Summary> {
  const archive = await unpackArchive(new BufferSource(bytes), type, new Budget({ ...LIMITS, ...limits }));
  const { end, failure, limit } = archive;
  const entries = archive.entries.map(({ kind, name, size, content, link, failure: why }) => {
    const amount = content.size === size ? `${size}` : `${content.size} of ${size}`;
    return `${kind} ${name} ${amount}${link === undefined ? "" : ` -> ${link}`}${why === undefined ? "" : ` (${why})`}`;
  });
  archive.close();
  return {
    entries,
    end,
    ...(failure === undefined ? {} : { failure }),
    ...(limit === undefined ? {} : { limit: limit.limit }),
  };
}

describe("7z archives", () => {
  it.each(["7z/ok.lzma2-solid.7z", "7z/ok.ppmd.7z"])("unpacks %s", async (path) => {
    const bytes = fixture(path);
    expect(await unpack(bytes)).toEqual({ entries: ["file README.md 52", "file weights.npy 384"], end: bytes.length });
  });

  it("unpacks a BCJ2 filter with its four streams", async () => {
    expect((await unpack(fixture("7z/ok.bcj2.7z"))).entries).toEqual(["file weights.npy 384"]);
  });

  it("gives every entry its own bytes out of one stream", async () => {
    const archive = await unpackArchive(new BufferSource(fixture("7z/ok.lzma2-solid.7z")), "7z", new Budget(LIMITS));
    const heads = archive.entries.map(({ content }) => Buffer.from(content.readSync(1, 5)).toString("latin1"));
    archive.close();
    expect(heads).toEqual([" A sm", "NUMPY"]);
  });

  it("unpacks what is not encrypted beside what is", async () => {
    expect((await unpack(fixture("7z/bad.partly-encrypted.7z"))).entries).toEqual([
      "file README.md 52",
      "file weights.npy 384",
      "file model.pkl 0 of 19 (Data Error in encrypted file. Wrong password?)",
    ]);
  });

  it("says that headers are encrypted", async () => {
    await expect(unpack(fixture("7z/bad.encrypted-headers.7z"))).rejects.toMatchObject({ name: "EncryptedError" });
  });

  it("ends where the archive ends", async () => {
    const bytes = fixture("7z/ok.ppmd.7z");
    const { end, entries } = await unpack(Buffer.concat([bytes, Buffer.from("tail")]));
    expect([end, entries.length]).toEqual([bytes.length, 2]);
  });

  it("keeps the entries before a damage and names the damaged one", async () => {
    const bytes = Buffer.from(fixture("7z/bad.partly-encrypted.7z"));
    bytes[60] = (bytes[60] ?? 0) ^ 0xff;
    const { entries } = await unpack(bytes);
    expect(entries[0]).toMatch(
      /^file README.md \d+ of 52 \((?:Data Error|CRC Failed)\)$|^file README.md 52 \(CRC Failed\)$/,
    );
    expect(entries[1]).toBe("file weights.npy 384");
  });

  it("refuses what is cut off or is no archive", async () => {
    const bytes = fixture("7z/ok.ppmd.7z");
    await expect(unpack(bytes.subarray(0, 200))).rejects.toMatchObject({ name: "ParseError" });
    await expect(unpack(Buffer.from("7z\xbc\xaf\x27\x1cnothing else", "latin1"))).rejects.toMatchObject({
      name: "ParseError",
    });
  });

  it("stops at the limits and keeps what came before", async () => {
    const bomb = fixture("7z/bad.zeros.7z");
    const byRatio = await unpack(bomb, "7z", { ratio_floor_bytes: 1 << 20 });
    expect(byRatio).toMatchObject({ limit: "max_ratio" });
    const bySize = await unpack(bomb, "7z", { max_ratio: 1e9, max_inflated_bytes: 4 << 20 });
    expect(bySize).toMatchObject({ limit: "max_inflated_bytes" });
    expect(bySize.entries[0]).toMatch(/^file z256 [1-9]\d+ of 268435456$/);
    const byCount = await unpack(fixture("7z/ok.ppmd.7z"), "7z", { max_members: 1 });
    expect(byCount).toMatchObject({ limit: "max_members" });
  });

  it("ends on flipped bytes without an error of another kind", async () => {
    const bytes = fixture("7z/bad.pickle.7z");
    for (let at = 0; at < bytes.length; at += 9) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 0xff;
      await unpack(flipped).catch((error: Error) => {
        if (!["ParseError", "EncryptedError", "LimitError"].includes(error.name)) throw error;
      });
    }
  });
});

describe("rar archives", () => {
  it.each([
    ["rar/ok.solid-3.rar", "rar"],
    ["rar/ok.solid-5.rar", "rar5"],
  ] as const)("unpacks %s", async (path, type) => {
    const { entries, failure } = await unpack(fixture(path), type);
    expect(entries).toEqual(["file stest1.txt 2048", "file stest2.txt 2048"]);
    expect(failure).toBeUndefined();
  });

  it("reads a link's target from the headers", async () => {
    expect((await unpack(fixture("rar/bad.link-5.rar"), "rar5")).entries).toEqual([
      "symlink up 0 -> ..",
      "file up/pwned.txt 23",
    ]);
  });

  it("tells encrypted entries and encrypted headers apart", async () => {
    const { entries } = await unpack(fixture("rar/bad.encrypted-2.rar"), "rar");
    expect(entries.every((line) => line.includes("Wrong password"))).toBe(true);
    await expect(unpack(fixture("rar/bad.encrypted-headers-3.rar"), "rar")).rejects.toMatchObject({
      name: "EncryptedError",
    });
  });
});
