import { describe, expect, it } from "vitest";
import { walkTar } from "../../../src/formats/tar/walk.js";
import { Budget } from "../../../src/io/budget.js";
import { BufferSource } from "../../../src/io/byte-source.js";
import { LIMITS } from "../../builders/limits.js";
import { END, entry, pax, paxRecord, tar } from "../../builders/tar.js";

/** `kind name = content` of every entry, `! kind` of every anomaly, in order. */
async function walk(bytes: Uint8Array): Promise<string[]> {
  const lines: string[] = [];
  for await (const item of walkTar(new BufferSource(bytes), new Budget(LIMITS))) {
    if ("anomaly" in item) lines.push(`! ${item.anomaly.kind}`);
    else {
      const { kind, name, otherName, otherLink, link, offset, size } = item.entry;
      for (const other of [otherName, otherLink]) if (other !== undefined) lines.push(`or ${other}`);
      const content = Buffer.from(bytes.subarray(offset, offset + size)).toString("utf8");
      lines.push(`${kind} ${name}${link === undefined ? "" : ` -> ${link}`}${content === "" ? "" : ` = ${content}`}`);
    }
  }
  return lines;
}

describe("names and kinds", () => {
  it("tells files, folders, links and devices apart", async () => {
    const archive = tar(
      { name: "a", data: "one" },
      { name: "d/", type: "5" },
      { name: "s", type: "2", link: "a" },
      { name: "h", type: "1", link: "a" },
      { name: "c", type: "3" },
      { name: "p", type: "6" },
      { name: "contiguous", type: "7", data: "two" },
    );
    expect(await walk(archive)).toEqual([
      "file a = one",
      "directory d/",
      "symlink s -> a",
      "hardlink h -> a",
      "device c",
      "device p",
      "file contiguous = two",
    ]);
  });

  it("takes a folder of v7 by its slash and any unknown type as a file", async () => {
    const archive = tar(
      { name: "d/", type: "\0", flavour: "v7" },
      { name: "a", type: "\0", flavour: "v7", data: "one" },
      { name: "odd", type: "Z", data: "two" },
    );
    expect(await walk(archive)).toEqual(["directory d/", "file a = one", "file odd = two"]);
  });

  it("joins the prefix of ustar, and not the other fields that GNU keeps there", async () => {
    const withPrefix = entry({ name: "file", data: "one" });
    withPrefix.write("long/folder", 345);
    const honest = Buffer.concat([fixSum(withPrefix), END]);
    expect(await walk(honest)).toEqual(["file long/folder/file = one"]);
    const gnu = entry({ name: "file", data: "one", flavour: "gnu" });
    gnu.write("00000000000", 345);
    expect(await walk(Buffer.concat([fixSum(gnu), END]))).toEqual(["file file = one"]);
  });

  it("tells a prefix in other dialects, which Python's tarfile puts in front all the same", async () => {
    for (const flavour of ["gnu", "v7"] as const) {
      const header = entry({ name: "file", data: "one", flavour });
      header.write("..", 345);
      expect(await walk(Buffer.concat([fixSum(header), END]))).toEqual([
        "! name-conflict",
        "or ../file",
        "file file = one",
      ]);
    }
  });

  it("tells extended headers that contradict each other: the first counts for Python's tarfile", async () => {
    const long = entry({ name: "././@LongLink", type: "L", data: "first\0", flavour: "gnu" });
    const link = entry({ name: "././@LongLink", type: "K", data: "there\0", flavour: "gnu" });
    expect(await walk(tar(long, pax({ path: "last" }), { name: "a", data: "one" }))).toEqual([
      "! name-conflict",
      "or first",
      "file last = one",
    ]);
    expect(await walk(tar(link, pax({ linkpath: "here" }), { name: "a", type: "2" }))).toEqual([
      "! name-conflict",
      "or there",
      "symlink a -> here",
    ]);
    expect(await walk(tar(pax({ size: "3" }), pax({ size: "2" }), { name: "a", data: "one" }))).toContain(
      "! size-conflict",
    );
    expect(await walk(tar(long, pax({ path: "first" }), { name: "a", data: "one" }))).toEqual(["file first = one"]);
  });

  it("tells a folder of files' type with content: some readers look for the next header in it", async () => {
    for (const flavour of ["ustar", "v7"] as const)
      expect(await walk(tar({ name: "d/", type: "\0", flavour, data: "one" }))).toEqual([
        "! link-with-content",
        "file d/ = one",
      ]);
    expect(await walk(tar(pax({ path: "a" }), { name: "d/", type: "\0", data: "one" }))).toEqual([
      "! link-with-content",
      "file a = one",
    ]);
    // A long name is cut in the header, now and then behind a slash.
    expect(await walk(tar(pax({ path: "d/e/a" }), { name: "d/e/", type: "0", data: "one" }))).toEqual([
      "file d/e/a = one",
    ]);
  });

  it("takes GNU's long names and long links for the next entry alone", async () => {
    const long = "n".repeat(150);
    const archive = tar(
      { name: "././@LongLink", type: "L", data: `${long}\0` },
      { name: "././@LongLink", type: "K", data: "target\0" },
      { name: "cut", type: "2", link: "cut" },
      { name: "next", data: "one" },
    );
    expect(await walk(archive)).toEqual([`symlink ${long} -> target`, "file next = one"]);
  });

  it("lets a PAX header override one entry and a global one all that follow", async () => {
    const archive = tar(
      pax({ path: "global" }, "g"),
      { name: "a", data: "one" },
      pax({ path: "local" }),
      { name: "b", data: "two" },
      { name: "c", data: "three" },
    );
    expect(await walk(archive)).toEqual(["file global = one", "file local = two", "file global = three"]);
  });

  it("keeps bytes of names that are no UTF-8 apart", async () => {
    const names = [0xe9, 0xe8].map((byte) => {
      const block = entry({ name: "caf_" });
      block[3] = byte;
      return fixSum(block);
    });
    const [first, second] = await walk(Buffer.concat([...names, END]));
    expect(first).not.toBe(second);
  });
});

describe("sizes", () => {
  it("reads GNU's binary sizes", async () => {
    const size = Buffer.alloc(12);
    size[0] = 0x80;
    size[11] = 3;
    expect(await walk(tar({ name: "a", data: "one", size }, { name: "b", data: "two" }))).toEqual([
      "file a = one",
      "file b = two",
    ]);
  });

  it("tells of a negative size and goes on behind the header", async () => {
    const size = Buffer.alloc(12, 0xff);
    expect(await walk(tar({ name: "a", size }, { name: "b", data: "two" }))).toEqual([
      "! bad-size",
      "file a",
      "file b = two",
    ]);
  });

  it("tells of a size that is no number", async () => {
    expect(await walk(tar({ name: "a", size: Buffer.from("12x") }))).toEqual(["! bad-size", "file a"]);
  });

  it("prefers the size of the PAX header and tells when the other contradicts it", async () => {
    const hidden = entry({ name: "hidden", data: "evil" });
    const archive = tar(pax({ size: String(hidden.length) }), { name: "a", data: hidden, size: 0 });
    const [first, second, ...rest] = await walk(archive);
    expect(first).toBe("! size-conflict");
    expect(second).toMatch(/^file a = hidden/);
    expect(rest).toEqual([]);
  });

  it("accepts equal sizes in both headers", async () => {
    expect(await walk(tar(pax({ size: "3" }), { name: "a", data: "one" }))).toEqual(["file a = one"]);
  });

  it("gives what there is of an entry that is cut off, and says so", async () => {
    const archive = entry({ name: "a", data: "0123456789", size: 2000 });
    const lines = await walk(archive);
    expect(lines[0]).toMatch(/^file a = 0123456789/);
    expect(lines.slice(1)).toEqual(["! truncated"]);
  });

  it("tells of a link that states content, since readers differ in whether they skip it", async () => {
    const inner = entry({ name: "inner", data: "evil" });
    expect(await walk(tar({ name: "l", type: "2", link: "x", data: inner }))).toEqual([
      "! link-with-content",
      "symlink l -> x",
      "file inner = evil",
    ]);
  });
});

describe("damage", () => {
  it("accepts the signed checksums of old writers", async () => {
    expect(await walk(tar({ name: "é", data: "one", signedChecksum: true }))).toEqual(["file é = one"]);
  });

  it("uses a header with a wrong checksum when it leads to a good one", async () => {
    expect(await walk(tar({ name: "a", data: "one", checksumError: 1 }, { name: "b", data: "two" }))).toEqual([
      "! bad-checksum",
      "file a = one",
      "file b = two",
    ]);
  });

  it("looks for the next good header behind one that leads nowhere", async () => {
    const broken = Buffer.alloc(1024, "x");
    expect(await walk(tar({ name: "a", data: "one" }, broken, { name: "b", data: "two" }))).toEqual([
      "file a = one",
      "! bad-checksum",
      "! tail",
      "file b = two",
    ]);
  });

  it("reads archives that follow the end of the first", async () => {
    const both = Buffer.concat([tar({ name: "a", data: "one" }), tar({ name: "b", data: "two" })]);
    expect(await walk(both)).toEqual(["file a = one", "! after-end", "file b = two"]);
  });

  it("tells an archive that was cut from one that merely lacks its end mark", async () => {
    const whole = entry({ name: "a", data: "one" });
    expect(await walk(whole)).toEqual(["file a = one", "! without-end"]);
    expect(await walk(whole.subarray(0, 700))).toEqual(["file a = one", "! truncated"]);
    expect(await walk(Buffer.concat([whole, Buffer.alloc(512)]))).toEqual(["file a = one"]);
  });

  it("passes over any number of zero blocks and tells of other data", async () => {
    expect(await walk(Buffer.concat([tar({ name: "a" }), Buffer.alloc(20 * 512)]))).toEqual(["file a"]);
    expect(await walk(Buffer.concat([tar({ name: "a" }), Buffer.from("behind the end")]))).toEqual([
      "file a",
      "! tail",
    ]);
  });

  it("tells of PAX records with a wrong length and keeps those before", async () => {
    const data = `${paxRecord("path", "renamed")}99 path=x\n`;
    expect(await walk(tar({ name: "PaxHeaders/a", type: "x", data }, { name: "a" }))).toEqual([
      "! bad-extended-header",
      "file renamed",
    ]);
  });

  it("does not read an extended header that claims gigabytes", async () => {
    const lines = await walk(tar({ name: "x", type: "x", size: 0o77777777777 }));
    expect(lines).toEqual(["! bad-extended-header"]);
  });
});

describe("hostile bytes", () => {
  it("ends on every prefix and on every flipped byte", async () => {
    const archive = tar(pax({ path: "a" }), { name: "a", data: "one" }, { name: "S", type: "S", data: "two" });
    for (let length = 0; length <= archive.length; length += 37) await walk(archive.subarray(0, length));
    for (let at = 0; at < archive.length; at += 11) {
      const flipped = Buffer.from(archive);
      flipped[at] = (flipped[at] ?? 0) ^ 0xff;
      await walk(flipped);
    }
  });

  it("spends a step on every header", async () => {
    const many = tar(...Array.from({ length: 50 }, () => ({ name: "a" })));
    const budget = new Budget({ ...LIMITS, max_steps: 20 });
    const walkAll = async (): Promise<void> => {
      for await (const _ of walkTar(new BufferSource(many), budget));
    };
    await expect(walkAll()).rejects.toThrow("steps");
  });
});

/** Corrects the checksum of a header that was changed. */
function fixSum(block: Buffer): Buffer {
  block.fill(" ", 148, 156);
  const sum = block.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
