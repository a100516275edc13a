import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EVIL_PICKLE, PLAIN_PICKLE } from "../builders/samples.js";
import { untar } from "../builders/untar.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const execute = promisify(execFile);

/** A project that has installed the packed tarball, with the dependencies that the manifest names and no others. */
const project = mkdtempSync(join(tmpdir(), "modelaudit-package-"));
const installed = join(project, "node_modules", "modelaudit");

beforeAll(async () => {
  const args = ["pack", "--ignore-scripts", "--json", "--pack-destination", project];
  const { stdout } = await execute("npm", args, { cwd: ROOT });
  const [{ filename }] = JSON.parse(stdout);
  untar(gunzipSync(readFileSync(join(project, filename))), installed);
  for (const name of Object.keys(manifest.dependencies)) {
    const link = join(project, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), link);
  }
  mkdirSync(join(project, "models"));
  writeFileSync(join(project, "models/bad.pkl"), EVIL_PICKLE);
  writeFileSync(join(project, "models/ok.pkl"), PLAIN_PICKLE);
}, 60_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

function node(...args: string[]) {
  return execute(process.execPath, args, { cwd: project }).catch((error) => error);
}

describe("the packed package", () => {
  it("runs as a program", async () => {
    const bin = join(installed, manifest.bin.modelaudit);
    expect((await node(bin, "--version")).stdout).toBe(`modelaudit, version ${manifest.version}\n`);
    const { code, stdout } = await node(bin, "scan", "--format", "json", "models/bad.pkl");
    expect(code).toBe(1);
    expect(JSON.parse(stdout).verdict).toBe("critical");
  });

  it("can be imported", async () => {
    const script = `import { scan, summarize, VERSION } from "modelaudit";
      const verdict = async (path) => summarize(await scan(path)).verdict;
      console.log(JSON.stringify([await verdict("models/bad.pkl"), await verdict("models/ok.pkl"), await verdict("models"), VERSION]));`;
    const { stdout } = await node("--input-type=module", "-e", script);
    expect(JSON.parse(stdout)).toEqual(["critical", "clean", "critical", manifest.version]);
  });

  it("has its types, its schema and its rule base, and nothing of the workshop", async () => {
    const has = (name: string) => readFileSync(join(installed, name), "utf8").length > 0;
    for (const name of [
      "dist/types/index.d.ts",
      "docs/schema/report.json",
      "default-security-config.toml",
      "LICENSE",
      "README.md",
    ]) {
      expect(has(name), name).toBe(true);
    }
    for (const name of ["src/index.ts", "tests", "fixtures", "bench"]) expect(() => has(name)).toThrow();
  });
});
