import { describe, expect, it } from "vitest";
import { defaultPolicy } from "../../../src/config/load.js";
import { spdxId } from "../../../src/rules/spdx.js";
import { licenseOfText } from "../../../src/scanners/licenses/texts.js";
import { memoryTree } from "../../builders/memory-tree.js";
import { oneTensor } from "../../builders/safetensors.js";
import { scanBytes, scanTree, told } from "../../builders/scan.js";

const card = (front: string) => `---\n${front}\n---\n# A model\n`;
const APACHE = "Apache License\n  Version 2.0, January 2004\n  http://www.apache.org/licenses/\n";
const MIT = "MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy of it\n";

async function enforced() {
  const { licenses } = await defaultPolicy();
  return { licenses: { ...licenses, enforce: true } };
}

describe("a licence's name", () => {
  it.each([
    ["apache-2.0", "Apache-2.0"],
    ["Apache License, Version 2.0", "Apache-2.0"],
    ["MIT License", "MIT"],
    ["cc-by-nc-4.0", "CC-BY-NC-4.0"],
    ["BSD 3-Clause License", "BSD-3-Clause"],
    ["gpl-3.0", "GPL-3.0"],
    ["llama3", undefined],
    ["constructor", undefined],
    ["mit".repeat(1000), undefined],
  ])("%j is %s", (name, id) => {
    expect(spdxId(name)).toBe(id);
  });
});

describe("a licence's text", () => {
  it.each([
    [APACHE, "Apache-2.0"],
    [MIT, "MIT"],
    ["GNU AFFERO GENERAL PUBLIC LICENSE\n   Version 3, 19 November 2007", "AGPL-3.0"],
    ["Creative Commons Attribution-NonCommercial 4.0 International", "CC-BY-NC-4.0"],
    ["All rights reserved.", undefined],
  ])("%j is %s", (text, id) => {
    expect(licenseOfText(text)).toBe(id);
  });
});

describe("a model card", () => {
  it.each([
    ["license: cc-by-nc-4.0", ["low license/non-commercial"]],
    ["license: cc-by-4.0", []],
    ["license: agpl-3.0", ["low license/network-copyleft"]],
    ["license: gpl-3.0", []],
    ["license: unknown", ["info license/unknown"]],
    ["license: other\nlicense_name: my-own-terms", ["info license/unknown"]],
    ["license: other\nlicense_name: llama3", []],
    ["license: [mit, apache-2.0]", []],
    ["tags: [a]", []],
  ])("that says %j is told as %j", async (front, expected) => {
    expect(told(await scanBytes("README.md", card(front)))).toEqual(expected);
  });

  it("states its facts", async () => {
    const front = "license: mit\ndatasets: [a/b]\nbase_model: org/base\nlanguage: en\npipeline_tag: fill-mask";
    const { metadata } = await scanBytes("README.md", card(front));
    expect(metadata).toMatchObject({
      license: "mit",
      datasets: ["a/b"],
      base_model: "org/base",
      language: "en",
      pipeline_tag: "fill-mask",
    });
  });

  it("is told as medium where the policy enforces licences", async () => {
    const report = await scanBytes("README.md", card("license: cc-by-nc-4.0"), { policy: await enforced() });
    expect(told(report)).toEqual(["medium license/non-commercial"]);
  });
});

describe("a licence stated elsewhere", () => {
  it("is told of a licence file", async () => {
    const text = "GNU AFFERO GENERAL PUBLIC LICENSE\n   Version 3";
    const report = await scanBytes("LICENSE", text);
    expect(told(report)).toEqual(["low license/network-copyleft"]);
    expect(report.metadata).toMatchObject({ license_text: "AGPL-3.0" });
    expect(told(await scanBytes("notes.txt", text))).toEqual([]);
  });

  it("is told of a configuration and of weights", async () => {
    const config = '{"model_type": "x", "license": "cc-by-nc-sa-4.0"}';
    expect(told(await scanBytes("config.json", config))).toEqual(["low license/non-commercial"]);
    const weights = (license: string) =>
      scanBytes("m.safetensors", oneTensor({ __metadata__: { "modelspec.license": license } }));
    expect(told(await weights("CC-BY-NC-4.0"))).toEqual(["low license/non-commercial"]);
    expect(told(await weights("CC-BY-4.0"))).toEqual([]);
  });
});

describe("the files of a folder", () => {
  const tellOf = async (files: Readonly<Record<string, string>>) => told(await scanTree(memoryTree(files)));

  it("contradict each other", async () => {
    expect(await tellOf({ "README.md": card("license: mit"), LICENSE: APACHE })).toEqual(["low license/contradictory"]);
    expect(await tellOf({ "README.md": card("license: apache-2.0"), LICENSE: APACHE })).toEqual([]);
    expect(await tellOf({ "README.md": card("license: [mit, apache-2.0]"), LICENSE: APACHE })).toEqual([]);
    expect(
      await tellOf({
        "README.md": card("license: gpl-3.0-or-later"),
        COPYING: "GNU GENERAL PUBLIC LICENSE\n Version 3",
      }),
    ).toEqual([]);
    expect(await tellOf({ "config.json": '{"license": "mit"}', LICENSE: APACHE })).toEqual([
      "low license/contradictory",
    ]);
  });

  it("name no licence", async () => {
    expect(await tellOf({ "README.md": card("tags: [a]"), "model.safetensors": "" })).toEqual([
      "info license/unstated",
    ]);
    expect(await tellOf({ "README.md": card("tags: [a]"), LICENSE: "Our own terms" })).toEqual([]);
    expect(await tellOf({ "README.md": "# No card\n", "model.safetensors": "" })).toEqual([]);
  });

  it("are data without a licence", async () => {
    const data = { "train.parquet": "", "test.jsonl": "" };
    expect(await tellOf({ "README.md": card("task_categories: [x]"), ...data })).toEqual([
      "info license/unlicensed-dataset",
    ]);
    expect(await tellOf({ "README.md": card("license: odc-by\ntask_categories: [x]"), ...data })).toEqual([]);
  });
});
