import { describe, expect, it } from "vitest";
import { defaultPolicy } from "../../src/config/load.js";
import { fixture } from "../builders/fixture.js";
import { scanBytes, told } from "../builders/scan.js";
import { entry, pax, tar } from "../builders/tar.js";

const RUNS = Buffer.from("\x80\x02cposix\ngetpid\n)R.", "latin1");

describe("members of a tar", () => {
  it.each(["ok.pax.tar", "ok.v7.tar", "ok.gnu-long-name.tar", "ok.model.tar.gz"])(
    "of %s are harmless",
    async (name) => {
      const report = await scanBytes(name, fixture(`tar/${name}`));
      expect(told(report)).toEqual([]);
      expect(report.state).toBe("scanned");
    },
  );

  it("are scanned as what they are, whatever their name", async () => {
    const report = await scanBytes("model.tar", tar({ name: "README.md", data: RUNS }));
    expect(told(report)).toContain("critical pickle/unsafe-call");
    expect(report.findings.find(({ rule }) => rule === "pickle/unsafe-call")?.member).toEqual(["README.md"]);
  });

  it("are all scanned when they share a name", async () => {
    const report = await scanBytes("m.tar", tar({ name: "a.pkl", data: "\x80\x02}." }, { name: "a.pkl", data: RUNS }));
    expect(told(report)).toEqual(
      expect.arrayContaining(["critical pickle/unsafe-call", "medium archive/duplicate-member"]),
    );
  });

  it("of PyTorch 0.1 are pickles, even with nothing to recognise them by", async () => {
    const plain = Buffer.from("(cposix\ngetpid\no.", "latin1");
    const report = await scanBytes("model.pt", tar({ name: "storages", data: plain }));
    expect(report.parts.at(-1)?.formats).toContain("pickle");
    const other = await scanBytes("model.tar", tar({ name: "shops", data: "some text" }));
    expect(other.parts.at(-1)?.formats).not.toContain("pickle");
  });

  it("that are programs are told", async () => {
    const elf = Buffer.alloc(128);
    elf.write("\x7fELF\x02\x01\x01", "latin1");
    elf.writeUInt16LE(3, 16); // a shared object
    elf.writeUInt16LE(62, 18); // for x86-64
    elf.writeUInt32LE(1, 20);
    elf.writeUInt16LE(64, 52);
    expect(told(await scanBytes("m.tar", tar({ name: "lib", data: elf })))).toContain("high archive/executable-member");
  });
});

describe("names, links and modes", () => {
  it.each([
    ["high archive/path-traversal", { name: "../../.bashrc", data: "x" }],
    ["high archive/absolute-path", { name: "/etc/cron.d/x", data: "x" }],
    ["high archive/unsafe-link", { name: "l", type: "2", link: "/etc/passwd" }],
    ["high archive/unsafe-link", { name: "h", type: "1", link: "../outside" }],
    ["high archive/device-entry", { name: "c", type: "3" }],
    ["high archive/device-entry", { name: "p", type: "6" }],
    ["high archive/privileged-mode", { name: "tool", mode: 0o4755, data: "x" }],
    ["high archive/path-traversal", { name: "layer/.wh...", data: "" }],
  ])("are told: %s", async (line, fields) => {
    expect(told(await scanBytes("m.tar", tar(fields)))).toContain(line);
  });

  it("are told as other readers have them", async () => {
    const long = entry({ name: "././@LongLink", type: "L", data: "../../.bashrc\0", flavour: "gnu" });
    const link = entry({ name: "././@LongLink", type: "K", data: "/etc/passwd\0", flavour: "gnu" });
    expect(told(await scanBytes("m.tar", tar(long, pax({ path: "a" }), { name: "a", data: "x" })))).toContain(
      "high archive/path-traversal",
    );
    expect(told(await scanBytes("m.tar", tar(link, pax({ linkpath: "a" }), { name: "l", type: "2" })))).toContain(
      "high archive/unsafe-link",
    );
  });

  it("are ordinary: inner links, folders, whiteouts, dots, executables by mode", async () => {
    const report = await scanBytes(
      "m.tar",
      tar(
        { name: "./", type: "5" },
        { name: "./a", data: "text", mode: 0o755 },
        { name: "./b", type: "2", link: "a" },
        { name: "./.wh.old", data: "" },
        { name: "./..data", data: "text" },
      ),
    );
    expect(told(report)).toEqual([]);
  });
});

describe("what readers do not agree about", () => {
  const hidden = entry({ name: "hidden", data: "text" });

  it.each([
    ["archive/damaged-header", tar({ name: "a", checksumError: 1 })],
    ["archive/header-mismatch", tar(pax({ size: String(hidden.length) }), { name: "a", data: hidden, size: 0 })],
    ["archive/header-mismatch", tar({ name: "l", type: "2", link: "a", data: hidden })],
    ["archive/hidden-entry", Buffer.concat([tar({ name: "a", data: "text" }), tar({ name: "b", data: "text" })])],
    ["archive/sparse-entry", fixture("tar/bad.sparse-gnu.tar")],
    ["archive/sparse-entry", fixture("tar/bad.sparse-pax.tar")],
    ["analysis/trailing-data", Buffer.concat([tar({ name: "a" }), Buffer.from("left over")])],
    ["analysis/truncated", entry({ name: "a", data: "text", size: 9999 })],
  ])("is %s", async (rule, bytes) => {
    expect(told(await scanBytes("m.tar", bytes))).toContain(`medium ${rule}`);
  });

  it("does not hide a payload behind the end, in a tail or behind a broken header", async () => {
    const payload = tar({ name: "b", data: RUNS });
    const broken = Buffer.alloc(512, "x");
    for (const bytes of [
      Buffer.concat([tar({ name: "a" }), payload]),
      Buffer.concat([tar({ name: "a" }), RUNS]),
      Buffer.concat([entry({ name: "a" }), broken, payload]),
      Buffer.concat([entry({ name: "a" }), entry({ name: "b", data: RUNS, checksumError: 3 }), entry({ name: "c" })]),
    ]) {
      expect(told(await scanBytes("m.tar", bytes))).toContain("critical pickle/unsafe-call");
    }
  });

  it("is of little weight when only the end mark is missing", async () => {
    expect(told(await scanBytes("m.tar", entry({ name: "a", data: "text" })))).toEqual(["low analysis/truncated"]);
  });

  it("leaves a sparse entry and a cut one partly unexamined", async () => {
    for (const bytes of [fixture("tar/bad.sparse-gnu.tar"), entry({ name: "a", data: "text", size: 9999 })]) {
      expect((await scanBytes("m.tar", bytes)).state).toBe("partial");
    }
  });
});

describe("archives without end", () => {
  it("stop at the limit of members, with what was reached examined", async () => {
    const { limits } = await defaultPolicy();
    const bytes = tar({ name: "a", data: RUNS }, ...Array.from({ length: 30 }, (_, i) => ({ name: `f${i}` })));
    const report = await scanBytes("m.tar", bytes, { policy: { limits: { ...limits, max_members: 10 } } });
    expect(told(report)).toEqual(
      expect.arrayContaining(["critical pickle/unsafe-call", "medium analysis/limit-exceeded"]),
    );
  });
});

describe("an archive whose first name reads like opcodes", () => {
  // GLOBAL takes the name, its padding and the first line of the member for a module.
  const member = { name: "ckpt/vocab.txt", data: "\nweights\n0N." };

  it("is no pickle: no loader imports a module with a NUL in its name", async () => {
    expect(told(await scanBytes("m.tar", tar(member)))).toEqual([]);
  });

  it("is one where a loader runs something before that", async () => {
    const bytes = tar({ ...member, name: "cos\ngetpid\n)R0ckpt" });
    expect(told(await scanBytes("m.tar", bytes))).toContain("critical pickle/unsafe-call");
  });
});
