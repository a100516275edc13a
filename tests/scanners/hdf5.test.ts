import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { concat, u32, u64, zeros } from "../builders/bytes.js";
import {
  byteArray,
  byteSequence,
  dataset,
  externalFiles,
  externalLink,
  filterMessage,
  fixedText,
  floats,
  group,
  hdf5,
  headerOf,
  MESSAGE,
  opaque,
  softLink,
  text,
  userLink,
} from "../builders/hdf5.js";
import { memoryTree } from "../builders/memory-tree.js";
import { scanBytes, told } from "../builders/scan.js";

/** What unpickling `os.system("id")` looks like in protocol 2, and a dict beside it. */
const EVIL = concat([0x80, 2], "cos\nsystem\nX", u32(2), "id", [0x85, 0x52, 0x2e]);
const PLAIN = concat([0x80, 2], "}q", [0], "X", u32(1), "aK", [1], "s.");
const EVIL_TEXT = "cos\nsystem\n(S'id'\ntR.";

const scan = (content: Uint8Array, options = {}) => scanBytes("model.h5", content, options);
const severities = (report: Awaited<ReturnType<typeof scan>>) =>
  told(report).filter((line) => !line.startsWith("info"));

describe("what an HDF5 file refers to outside itself", () => {
  it("tells an external link to an absolute path", async () => {
    const report = await scan(hdf5(group({ w: externalLink("/etc/other.h5", "/x") })));
    expect(severities(report)).toEqual(["high hdf5/external-link"]);
    expect(report.findings[0]?.message).toBe("/w is a link to /x in /etc/other.h5, an absolute path");
  });

  it("tells an external link to a file beside it mildly", async () => {
    const tree = memoryTree({ "shard0.h5": "x" });
    const report = await scan(hdf5(group({ w: externalLink("shard0.h5", "/x") })), { tree });
    expect(severities(report)).toEqual(["low hdf5/external-link"]);
  });

  it.each(["\\\\host\\share\\w.h5", "smb://host/w.h5", "C:\\w.h5", "a/../../w.h5", "~/w.h5"])(
    "takes %s for a file elsewhere",
    async (file) => {
      expect(severities(await scan(hdf5(group({ w: externalLink(file, "/x") }))))).toEqual(["high hdf5/external-link"]);
    },
  );

  it("tells external storage by the file it reads", async () => {
    const stored = dataset(floats(4), { messages: (file) => [externalFiles(file, "../../etc/passwd")] });
    const report = await scan(hdf5(group({ w: stored })));
    expect(severities(report)).toEqual(["high hdf5/external-storage"]);
    expect(report.findings[0]?.message).toContain("../../etc/passwd");
  });

  it("is silent about a dataset that holds its own bytes", async () => {
    expect(told(await scan(hdf5(group({ w: dataset(floats(4)) }))))).toEqual([]);
  });

  it("tells the sources of a virtual dataset, and not the file itself", async () => {
    const report = await scan(readFileSync("fixtures/hdf5/bad.virtual.h5"));
    expect(report.findings.map(({ severity, subject }) => [severity, subject])).toEqual([
      ["high", "/data/a.h5"],
      ["low", "beside.h5"],
    ]);
  });

  it("tells links that only a program's own code can follow", async () => {
    expect(severities(await scan(hdf5(group({ w: userLink(99) }))))).toEqual(["medium hdf5/user-link"]);
  });

  it("mentions soft links", async () => {
    expect(told(await scan(hdf5(group({ w: softLink("/a") }))))).toEqual(["info hdf5/soft-link"]);
  });

  it("tells a filter that nobody registered, and mentions one that is", async () => {
    const filtered = (id: number) => hdf5(group({ w: dataset(floats(4), { messages: () => [filterMessage(id)] }) }));
    expect(told(await scan(filtered(40_000)))).toEqual(["medium hdf5/plugin-filter"]);
    expect(told(await scan(filtered(32_001)))).toEqual(["info hdf5/plugin-filter"]);
    expect(told(await scan(filtered(1)))).toEqual([]);
  });
});

describe("pickles inside HDF5", () => {
  it.each([
    ["an opaque attribute", hdf5(group({}, { scaler: opaque(EVIL) }))],
    ["a text attribute, which PyTables unpickles", hdf5(group({}, { title: fixedText(EVIL_TEXT) }))],
    ["a byte array attribute, as hickle has it", hdf5(group({}, { type: byteArray(EVIL) }))],
    ["a text of variable length", hdf5(group({}, { v: text(EVIL_TEXT) }))],
    ["a sequence of bytes, as PyTables has it", hdf5(group({ o: dataset(byteSequence(EVIL)) }))],
    ["a byte array", hdf5(group({ o: dataset(byteArray(EVIL)) }))],
    ["a fixed text in a nested group", hdf5(group({ a: group({ b: dataset(fixedText(EVIL)) }) }))],
  ])("are found in %s", async (_, file) => {
    const report = await scan(file);
    expect(severities(report)).toEqual(["critical pickle/unsafe-call"]);
    expect(report.state).toBe("scanned");
  });

  it("are mentioned when they are harmless", async () => {
    expect(told(await scan(hdf5(group({}, { info: opaque(PLAIN) }))))).toEqual(["info hdf5/embedded-object"]);
  });

  it("are not seen in images and ordinary texts", async () => {
    const image = byteArray(concat([0x80, 4], zeros(62)), [8, 8]);
    const file = hdf5(
      group({ image: dataset(image) }, { title: fixedText("Is it a pickle? No."), unit: text("I am text.") }),
    );
    expect(told(await scan(file))).toEqual([]);
  });

  it("are found in every place where h5py writes them, also where the library has to read", async () => {
    const report = await scan(readFileSync("fixtures/hdf5/bad.pickles.h5"));
    expect(
      report.findings
        .filter(({ severity }) => severity === "critical")
        .map(({ member }) => member[0])
        .sort(),
    ).toEqual(["/@opaque", "/@text", "/bytes", "/objects", "/table"]);
  });
});

describe("what surrounds the HDF5 content", () => {
  it("finds the content behind a user block of any power of two", async () => {
    const bad = group({ w: externalLink("/x.h5", "/x") });
    for (const userBlock of [512, 2048, 4096, 1 << 18]) {
      const report = await scanBytes("weights.bin", hdf5(bad, { userBlock }));
      expect(told(report)).toContain("high hdf5/external-link");
      expect(report.formats).toEqual(["hdf5"]);
    }
  });

  it("scans a user block as what it is", async () => {
    const file = hdf5(group({}), { userBlock: 512 });
    file.set(EVIL, 0);
    expect(told(await scan(file))).toContain("critical pickle/unsafe-call");
    expect(told(await scan(hdf5(group({}), { userBlock: 512 })))).toEqual(["info hdf5/user-block"]);
  });

  it("does not take a tar archive whose first member is an HDF5 file for a user block", async () => {
    const inner = hdf5(group({}));
    const size = inner.length.toString(8).padStart(11, "0");
    const header = concat(
      "model.h5",
      zeros(92),
      "0000644",
      [0],
      zeros(16),
      size,
      [0],
      zeros(12),
      "        0",
      zeros(100),
      "ustar",
      [0],
      "00",
      zeros(247),
    );
    const sum = header
      .reduce((total, byte) => total + byte, 0)
      .toString(8)
      .padStart(6, "0");
    header.set(concat(sum, [0, 0x20]), 148);
    const report = await scanBytes(
      "a.tar",
      concat(header.subarray(0, 512), inner, zeros((512 - (inner.length % 512)) % 512), zeros(1024)),
    );
    expect(report.formats).toEqual(["tar"]);
  });

  it("scans what is appended", async () => {
    const report = await scan(hdf5(group({}), { tail: EVIL }));
    expect(told(report)).toContain("critical pickle/unsafe-call");
    expect(told(report)).toContain("medium analysis/trailing-data");
  });

  it("scans what stands behind a bare signature", async () => {
    const report = await scan(concat([0x89], "HDF\r\n", [0x1a], "\n", zeros(40), EVIL));
    expect(told(report)).toContain("critical pickle/unsafe-call");
    expect(report.state).toBe("partial");
  });

  it("tells a file that is shorter than it says", async () => {
    const whole = hdf5(group({ w: dataset(floats(1000)) }));
    const report = await scan(whole.subarray(0, whole.length - 100));
    expect(told(report)).toContain("medium analysis/truncated");
    expect(report.state).toBe("partial");
  });
});

describe("broken HDF5", () => {
  it("keeps looking after an object that cannot be read", async () => {
    const broken = group({}, {}, [{ type: MESSAGE.link, body: concat([1, 0, 1], "a", u64(8)) }]);
    const report = await scan(hdf5(group({ z: broken, w: externalLink("/x.h5", "/x") })));
    expect(told(report)).toContain("high hdf5/external-link");
    expect(told(report)).toContain("medium analysis/malformed");
    expect(report.state).toBe("partial");
  });

  it("ends on a group that contains itself", async () => {
    const file = hdf5(group({ inner: group({}) }));
    const address = file.lastIndexOf(0x4f) /* "O" of the root header, written last */;
    file.set(u64(address), file.indexOf("inner".charCodeAt(0), address) + 5);
    expect((await scan(file)).state).toBe("scanned");
  });

  it("ends on a header that continues in itself", async () => {
    const body = concat(u64(48), u64(100));
    const file = concat(hdf5().subarray(0, 48), headerOf([{ type: MESSAGE.continuation, body }]), zeros(200));
    expect((await scan(file)).state).toBe("partial");
  });

  it("refuses counts that the file cannot hold", async () => {
    const deep = Array.from({ length: 60 }, () => concat([0x19, 0, 0, 0], u32(16)));
    const file = hdf5(group({ d: dataset({ type: concat(...deep), dims: [], data: () => zeros(16) }) }));
    expect(told(await scan(file))).toContain("medium analysis/malformed");
  });

  it("never comes out clean when it is cut short", async () => {
    const whole = readFileSync("fixtures/hdf5/bad.external-link.h5");
    for (let length = 16; length < whole.length; length += 101) {
      const report = await scan(whole.subarray(0, length));
      expect(report.findings.length, `${length} bytes`).toBeGreaterThan(0);
      expect(told(report)).not.toContain("medium analysis/scanner-failed");
    }
  });
});

describe("files of real libraries", () => {
  it.each(["ok.old-groups.h5", "ok.dense-groups.h5", "ok.user-block.h5"])("are read to the end: %s", async (name) => {
    const report = await scan(readFileSync(`fixtures/hdf5/${name}`));
    expect(severities(report)).toEqual([]);
    expect(report.state).toBe("scanned");
  });
});
