import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultPolicy } from "../../src/config/load.js";
import { runJob } from "../../src/engine/job.js";
import { isReadInPart } from "../../src/engine/partly-read.js";
import { IsolationNeeded } from "../../src/engine/scan-artifact.js";
import { DirectoryTrees } from "../../src/sources/directory-tree.js";
import { folder } from "../builders/folder.js";
import * as p from "../builders/pickle.js";
import { oneTensor } from "../builders/safetensors.js";
import { zip } from "../builders/zip.js";

/** Long enough that somebody looks at the clock while it is read. */
const busy = Buffer.concat([Buffer.from(p.pickle(p.proto(4))), Buffer.alloc(40_000, "N"), p.osSystem().subarray(2)]);
const archive = () => zip({ entries: [{ name: "a/data.pkl", data: busy }] });

describe("a large file of which little is read", () => {
  it("is told by its first bytes", () => {
    const root = folder({
      "m.pt": archive(),
      "m.safetensors": oneTensor(),
      "m.gguf": "GGUF\x03\0\0\0",
      "m.pkl": p.osSystem("id", 4),
      "m.csv": "a,b,c",
      "long.safetensors": Buffer.from(`\xff\xff\xff\x00\0\0\0\0{${" ".repeat(20)}`, "latin1"),
      empty: "",
    });
    const told = ["m.pt", "m.safetensors", "m.gguf", "m.pkl", "m.csv", "long.safetensors", "empty", "missing"];
    expect(told.map((name) => isReadInPart(join(root, name)))).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it("is scanned in the main thread as far as the time for that goes, and left to a worker beyond", async () => {
    const root = folder({ "m.pt": archive() });
    const path = join(root, "m.pt");
    const job = { kind: "file", path, file: path, identity: "m.pt", size: archive().length, boundary: root } as const;
    const options = { policy: await defaultPolicy(), isolated: false, trees: new DirectoryTrees() };
    const report = await runJob(job, { ...options, mostMs: 60_000 });
    expect(report.findings[0]).toMatchObject({ rule: "pickle/unsafe-call", severity: "critical" });
    await expect(runJob(job, { ...options, mostMs: -1 })).rejects.toBeInstanceOf(IsolationNeeded);
  });
});
