import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folder } from "../builders/folder.js";
import { EVIL_PICKLE } from "../builders/samples.js";
import { run } from "./run.js";

describe("a report for a browser or an inventory", () => {
  it("is HTML where the file's name asks for it", async () => {
    const cwd = folder({ "bad.pkl": EVIL_PICKLE });
    expect((await run(["bad.pkl", "-q", "-o", "report.html"], { cwd })).code).toBe(1);
    expect(readFileSync(join(cwd, "report.html"), "utf8")).toMatch(/^<!doctype html>/);
  });

  it("is a bill of materials beside any other report, with every file hashed", async () => {
    const cwd = folder({ "bad.pkl": EVIL_PICKLE, "large.bin": new Uint8Array((1 << 20) + 1) });
    const { code, stdout } = await run([".", "-q", "-f", "json", "--no-cache", "--sbom", "bom.cdx.json"], { cwd });
    expect({ code, verdict: JSON.parse(stdout).verdict }).toEqual({ code: 1, verdict: "critical" });
    const bill = JSON.parse(readFileSync(join(cwd, "bom.cdx.json"), "utf8"));
    expect(bill).toMatchObject({ bomFormat: "CycloneDX", specVersion: "1.6" });
    expect(
      bill.components.map(({ name, hashes }: { name: string; hashes?: unknown[] }) => [name, hashes?.length]),
    ).toEqual([
      ["bad.pkl", 1],
      ["large.bin", 1],
    ]);
  });

  it("is refused before the scan where the bill could not be written", async () => {
    const { code, stderr } = await run(["bad.pkl", "--sbom", "no/folder/bom.json"], {
      cwd: folder({ "bad.pkl": EVIL_PICKLE }),
    });
    expect(code).toBe(2);
    expect(stderr).toContain("cannot write to no/folder/bom.json");
  });
});
