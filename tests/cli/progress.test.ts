import { describe, expect, it } from "vitest";
import { Line } from "../../src/cli/progress.js";

const progress = {
  files: 3,
  totalFiles: 9,
  bytes: 1 << 20,
  totalBytes: 4 << 20,
  path: "models/a.zip",
  member: ["data.pkl"],
};

describe("the line of progress", () => {
  it("says how much is done, how long the rest takes, and what is looked at", () => {
    const text = new Line(() => 160).of(progress);
    expect(text).toMatch(/^Scanned 3 of 9 files, 1\.0 MB of 4\.0 MB, about \d+ ms left: models\/a\.zip:data\.pkl$/);
  });

  it("estimates nothing at the very beginning, at the end and for empty files", () => {
    for (const [bytes, totalBytes] of [
      [1, 1 << 20],
      [5, 5],
      [0, 0],
    ] as const) {
      expect(new Line(() => 160).of({ ...progress, bytes, totalBytes })).not.toContain("left");
    }
  });

  it("fits a narrow terminal, and keeps the end of the path", () => {
    const text = new Line(() => 80).of({ ...progress, path: `${"deep/".repeat(40)}model.pt` });
    expect(text.length).toBeLessThanOrEqual(80);
    expect(text).toMatch(/\.\.\..*data\.pkl$/);
  });

  it("escapes what a file's name would do to the terminal", () => {
    expect(new Line(() => 160).of({ ...progress, path: "a\u001b[2J" })).toContain("a\\x1b[2J:data.pkl");
  });
});
