import { linkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultPolicy, loadPolicy } from "../../src/config/load.js";
import { locateConfig } from "../../src/config/locate.js";
import { scanPaths } from "../../src/engine/scan.js";
import { summarize } from "../../src/engine/summary.js";
import { REPORTERS } from "../../src/reporters/reporters.js";
import { folder } from "../builders/folder.js";
import * as p from "../builders/pickle.js";
import { reportOptions } from "../reporters/result.js";

const MALICE = p.osSystem();
const ESCAPE = "\u001b";

async function scan(root: string) {
  return scanPaths([root], { policy: await defaultPolicy(), workers: 1 });
}

async function verdictOf(root: string): Promise<string> {
  return summarize(await scan(root)).verdict;
}

/** What people see of a report: SARIF is read by programs, its messages by people. */
function shownOf(format: string, report: string): string {
  if (format !== "sarif") return report;
  const { runs }: { runs: { results: { message: { text: string } }[] }[] } = JSON.parse(report);
  return runs.flatMap(({ results }) => results.map(({ message }) => message.text)).join("\n");
}

describe("an attack by files and folders", () => {
  it.each([
    ".hidden/x.pkl",
    ".git/objects/x",
    "node_modules/a/x.bin",
    "__pycache__/x.dat",
    "a b/\n.pkl",
    ".cache/huggingface/x",
  ])("fails: a pickle at %j is passed over", async (name) => {
    expect(await verdictOf(folder({ [name]: MALICE, "ok.txt": "words" }))).not.toBe("clean");
  });

  it("fails: a file that begins like another of its size passes for its duplicate", async () => {
    const filler = p.bytes(new Uint8Array(200_000));
    const good = p.pickle(
      p.proto(4),
      filler,
      p.text("os"),
      p.text("system"),
      p.tuple1,
      p.none,
      p.none,
      p.text("id"),
      p.none,
      p.stop,
    );
    const bad = p.pickle(
      p.proto(4),
      filler,
      p.text("os"),
      p.text("system"),
      p.stackGlobal,
      p.none,
      p.pop,
      p.text("id"),
      p.tuple1,
      p.reduce,
      p.stop,
    );
    const size = Math.max(good.length, bad.length);
    const padded = (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.alloc(size - bytes.length)]);
    expect(await verdictOf(folder({ "a.pkl": padded(good), "b.pkl": padded(bad) }))).not.toBe("clean");
  });

  it("fails: a second name of the same file on disk, of another kind, hides behind the first", async () => {
    const root = folder({ "a.txt": "cos\nsystem\n(S'id'\ntR." });
    linkSync(join(root, "a.txt"), join(root, "b.pkl"));
    expect(await verdictOf(root)).not.toBe("clean");
  });

  it("fails: identical content, of which only the second name says YAML, is taken for a duplicate", async () => {
    const text = "model: !!python/object/apply:os.system ['id']\n";
    expect(await verdictOf(folder({ "a.txt": text, "z.yaml": text }))).not.toBe("clean");
  });

  it("fails: a configuration in the scanned folder suppresses its findings", () => {
    const root = folder({ "modelaudit-security.toml": '[[suppress]]\nrule = "*"\nreason = "ours"\n', "x.pkl": MALICE });
    expect(locateConfig({ scanned: [root], cwd: root, env: {}, home: root }).path).toBeUndefined();
    const below = folder({ "modelaudit-security.toml": "", "models/x.pkl": MALICE });
    expect(locateConfig({ scanned: [join(below, "models")], cwd: below, env: {}, home: below }).path).toBeUndefined();
  });

  it("fails: a plugin that lies in the scanned folder is loaded by a configuration outside it", async () => {
    const root = folder({ "x.pkl": MALICE, "plugin.mjs": "export default 1;" });
    const elsewhere = folder({});
    writeFileSync(join(elsewhere, "rules.toml"), `plugins = [${JSON.stringify(join(root, "plugin.mjs"))}]\n`);
    const { policy, warnings } = await loadPolicy({ given: join(elsewhere, "rules.toml"), scanned: [root] });
    expect(policy.plugins).toEqual([]);
    expect(warnings.join()).toContain("plugin.mjs");
  });

  it("fails: a user's blacklist is emptied by an entry that looks like a property of objects", async () => {
    const elsewhere = folder({ "rules.toml": '[pickle_rules.LOW]\n"__proto__" = ["system"]\n' });
    const { policy } = await loadPolicy({ given: join(elsewhere, "rules.toml"), scanned: [] });
    expect(Object.getPrototypeOf({})).not.toHaveProperty("system");
    expect(policy.pickle_rules.critical).toHaveProperty("os");
  });

  it.each(["text", "html", "sarif", "json", "sbom"])(
    "fails: names in a file act on the reader of the %s report",
    async (format) => {
      const name = `x${ESCAPE}[2J\u202e</script><img src=x onerror=alert(1)>`;
      const bytes = p.pickle(
        p.proto(4),
        p.text(name),
        p.text(`y${ESCAPE}]0;title\u0007`),
        p.stackGlobal,
        p.text(name),
        p.tuple1,
        p.reduce,
        p.stop,
      );
      const result = await scan(folder({ [`m${ESCAPE}[31m\n.pkl`]: bytes }));
      const render = await REPORTERS[format]?.();
      const report = (await render?.(result, reportOptions)) ?? "";
      expect(report.length).toBeGreaterThan(0);
      expect(report).not.toContain(ESCAPE);
      expect(shownOf(format, report)).not.toContain("\u202e");
      if (format === "html") expect(report).not.toMatch(/<img/i);
    },
  );
});
