import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cacheFolder, isTrustworthy } from "../../src/cache/location.js";
import { Store } from "../../src/cache/store.js";

const DAY = 24 * 60 * 60 * 1000;
const limits = { maxBytes: 10_000, maxAgeDays: 30 };
const key = (n: number) => n.toString(16).padStart(64, "0");
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "modelaudit-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const fileOf = (n: number) => join(folder, key(n).slice(0, 2), key(n));

describe("the store", () => {
  it("gives back what was put, under its key alone", () => {
    const store = new Store(folder, limits);
    store.put(key(1), "one\ntwo\n");
    expect(store.get(key(1))).toBe("one\ntwo\n");
    expect(store.get(key(2))).toBeUndefined();
  });

  it("takes corrupt, cut, foreign and misplaced entries for missing", () => {
    const store = new Store(folder, limits);
    store.put(key(1), "a report");
    const text = readFileSync(fileOf(1), "utf8");
    for (const bad of [
      text.replace("report", "rEport"),
      text.slice(0, -3),
      "",
      "modelaudit-cache 0\n",
      text.replace("cache 1", "cache 2"),
    ]) {
      writeFileSync(fileOf(1), bad);
      expect(store.get(key(1))).toBeUndefined();
    }
    writeFileSync(fileOf(2), text);
    expect(store.get(key(2))).toBeUndefined();
  });

  it("forgets entries that were not used for longer than their age", () => {
    const store = new Store(folder, limits, () => Date.now() + 31 * DAY);
    new Store(folder, limits).put(key(1), "old");
    expect(store.get(key(1))).toBeUndefined();
    expect(store.cleanup()).toBe(1);
  });

  it("keeps the entries used last when it holds too much, and leaves other people's files alone", () => {
    const store = new Store(folder, limits);
    for (let n = 1; n <= 5; n++) {
      store.put(key(n), "x".repeat(3000));
      utimesSync(fileOf(n), n, Date.now() / 1000 - 1000 + n);
    }
    writeFileSync(join(folder, "00", "notes.txt"), "mine");
    expect(store.cleanup()).toBe(2);
    expect([1, 2, 3, 4, 5].map((n) => store.get(key(n)) !== undefined)).toEqual([false, false, true, true, true]);
    expect(store.clear()).toBe(3);
    expect(readdirSync(join(folder, "00"))).toEqual(["notes.txt"]);
  });

  it("is an empty cache where its folder cannot be written", () => {
    writeFileSync(join(folder, "file"), "");
    const store = new Store(join(folder, "file"), limits);
    store.put(key(1), "x");
    expect(store.get(key(1))).toBeUndefined();
    expect(store.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });

  it("refuses keys that are no hashes", () => {
    expect(() => new Store(folder, limits).get("../../etc/passwd")).toThrow(/no cache key/);
  });
});

describe("its place", () => {
  it("follows the platform", () => {
    expect(cacheFolder({ XDG_CACHE_HOME: "/x" }, "linux")).toBe("/x/modelaudit");
    expect(cacheFolder({ LOCALAPPDATA: "/l" }, "win32")).toBe("/l/modelaudit/Cache");
    expect(cacheFolder({ MODELAUDIT_CACHE_DIR: "/m", XDG_CACHE_HOME: "/x" }, "linux")).toBe("/m");
  });

  it("is not used when others can write to it", () => {
    const open = join(folder, "open");
    mkdirSync(open);
    expect(isTrustworthy(open)).toBe(true);
    expect(isTrustworthy(join(folder, "absent"))).toBe(true);
  });
});

it("is not corrupted by eight processes at once", async () => {
  const script = join(folder, "store.mjs");
  await build({
    entryPoints: [new URL("../../src/cache/store.ts", import.meta.url).pathname],
    bundle: true,
    platform: "node",
    format: "esm",
    outfile: script,
  });
  const work = `
    import { Store } from ${JSON.stringify(script)};
    const store = new Store(process.argv[1], { maxBytes: 60000, maxAgeDays: 1 });
    for (let i = 0; i < 400; i++) {
      const key = (i % 20).toString(16).padStart(64, "0");
      const body = store.get(key);
      if (body !== undefined && body !== key.repeat(40)) process.exit(3);
      store.put(key, key.repeat(40));
      if (i % 50 === 0) store.cleanup();
    }`;
  const run = promisify(execFile);
  const shared = join(folder, "shared");
  await Promise.all(
    Array.from({ length: 8 }, () => run(process.execPath, ["--input-type=module", "-e", work, shared])),
  );
  const left = readdirSync(shared, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".tmp"));
  expect(left).toEqual([]);
});
