import { describe, expect, it } from "vitest";
import { fixture } from "../builders/fixture.js";
import { scanBytes, told } from "../builders/scan.js";
import { tar } from "../builders/tar.js";

describe("7z and rar archives", () => {
  it.each([
    "7z/ok.lzma2-solid.7z",
    "7z/ok.ppmd.7z",
    "7z/ok.bcj2.7z",
    "7z/ok.link.7z",
    "rar/ok.solid-3.rar",
    "rar/ok.solid-5.rar",
  ])("yield nothing when they are ordinary: %s", async (path) => {
    const report = await scanBytes(path.slice(path.indexOf("/") + 1), fixture(path));
    expect(told(report)).toEqual([]);
    expect(report.state).toBe("scanned");
  });

  it.each([
    ["7z/bad.pickle.7z", "critical pickle/unsafe-call", "scanned"],
    ["7z/bad.encrypted.7z", "medium archive/encrypted-member", "partial"],
    ["7z/bad.encrypted-headers.7z", "medium analysis/encrypted", "partial"],
    ["7z/bad.partly-encrypted.7z", "medium archive/encrypted-member", "partial"],
    ["7z/bad.link.7z", "high archive/unsafe-link", "scanned"],
    ["7z/bad.setuid.7z", "high archive/privileged-mode", "scanned"],
    ["rar/bad.link-5.rar", "high archive/unsafe-link", "scanned"],
    ["rar/bad.encrypted-2.rar", "medium archive/encrypted-member", "partial"],
    ["rar/bad.encrypted-headers-3.rar", "medium analysis/encrypted", "partial"],
  ])("tell of %s: %s", async (path, line, state) => {
    const report = await scanBytes(path.slice(path.indexOf("/") + 1), fixture(path));
    expect(told(report)).toContain(line);
    expect(report.state).toBe(state);
  });

  it("are recognised under any name and inside any container", async () => {
    const report = await scanBytes("model.pt", tar({ name: "weights.bin", data: fixture("7z/bad.pickle.7z") }));
    expect(report.findings.find(({ rule }) => rule === "pickle/unsafe-call")?.member).toEqual([
      "weights.bin",
      "model.pkl",
    ]);
  });

  it("examine what a damage leaves and name the damaged entry", async () => {
    const bytes = Buffer.from(fixture("7z/bad.partly-encrypted.7z"));
    bytes[60] = (bytes[60] ?? 0) ^ 0xff;
    const report = await scanBytes("m.7z", bytes);
    expect(told(report)).toContain("medium archive/unreadable-entry");
    expect(report.parts.map(({ member }) => member.join(":"))).toContain("weights.npy");
  });

  it("are malformed when they cannot be opened at all", async () => {
    const report = await scanBytes("m.7z", fixture("7z/ok.ppmd.7z").subarray(0, 300));
    expect(told(report)).toEqual(["medium analysis/malformed"]);
    expect(report.state).toBe("partial");
  });

  it("tell of a rar that is cut behind its header or inside its first entry", async () => {
    const header = fixture("rar/bad.encrypted-2.rar").subarray(0, 58);
    expect(told(await scanBytes("m.rar", header))).toEqual(["low analysis/truncated"]);
    expect(told(await scanBytes("m.rar", fixture("rar/ok.solid-5.rar").subarray(0, 60)))).toEqual([
      "medium analysis/malformed",
      "medium archive/unreadable-entry",
    ]);
  });

  it("tell of bytes behind the archive and scan them", async () => {
    const runs = Buffer.from("\x80\x02cposix\ngetpid\n)R.", "latin1");
    const report = await scanBytes("m.7z", Buffer.concat([fixture("7z/ok.ppmd.7z"), runs]));
    expect(told(report)).toEqual(
      expect.arrayContaining(["critical pickle/unsafe-call", "medium analysis/trailing-data"]),
    );
  });
});
