import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folder } from "../builders/folder.js";
import { EVIL_PICKLE, PLAIN_PICKLE } from "../builders/samples.js";
import { run } from "./run.js";

const files = { "models/bad.pkl": EVIL_PICKLE, "models/ok.pkl": PLAIN_PICKLE, "audit/none": "" };

describe("--write-baseline and --baseline", () => {
  it("accept what is known, on any machine, and no more", async () => {
    const [first, second] = [folder(files), folder(files)];
    const written = await run(["models", "--write-baseline", "audit/b.json"], { cwd: first });
    expect({ code: written.code, stderr: written.stderr }).toEqual({
      code: 0,
      stderr: "baseline written to audit/b.json\n",
    });
    expect(readFileSync(join(first, "audit/b.json"), "utf8")).not.toContain(first);

    copyFileSync(join(first, "audit/b.json"), join(second, "audit/b.json"));
    const args = [join(second, "models"), "--baseline", join(second, "audit/b.json")];
    const again = await run(args, { cwd: first });
    expect(again.code).toBe(0);
    expect(again.stdout.replace(/\s+/g, " ")).toContain("(known: listed in b.json)");

    copyFileSync(join(second, "models/bad.pkl"), join(second, "models/new.pkl"));
    const more = await run([...args, "-f", "json"], { cwd: first });
    expect(more.code).toBe(1);
    expect(JSON.parse(more.stdout).issues.map(({ path }: { path: string }) => path)).toEqual([
      join(second, "models/new.pkl"),
    ]);
  });

  it.each([
    ["--baseline", "models"],
    ["--write-baseline", "models/**/*.pkl"],
  ])("refuse a file inside what is scanned (%s, %s)", async (option, scanned) => {
    const { code, stderr } = await run([scanned, option, "models/b.json"], { cwd: folder(files) });
    expect(code).toBe(2);
    expect(stderr).toContain("lies in what is scanned");
  });

  it("tell what to do when the file is not there", async () => {
    const { code, stderr } = await run(["models", "--baseline", "audit/b.json"], { cwd: folder(files) });
    expect(code).toBe(2);
    expect(stderr).toContain("try: write it first: --write-baseline audit/b.json");
  });

  it("still exit with 2 when something could not be examined", async () => {
    const { code } = await run(["models", "none", "--write-baseline", "audit/b.json"], { cwd: folder(files) });
    expect(code).toBe(2);
  });
});
