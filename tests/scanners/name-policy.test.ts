import { describe, expect, test } from "vitest";
import { matchesName } from "../../src/scanners/name-policy.js";
import { memoryTree } from "../builders/memory-tree.js";
import { scanBytes, scanTree, told } from "../builders/scan.js";

describe("patterns", () => {
  test.each([
    ["deepseek", "deepseek-ai/DeepSeek-R1", true],
    ["deepseek", "my-deepseek-tune", true],
    ["deepseek", "deepseeker", false],
    ["gpt-*", "gpt-oss-20b", true],
    ["gpt-*", "my-gpt-oss", false],
    ["*/gpt-?", "openai/gpt-4", true],
    ["a.b", "axb", false],
    ["(x", "(x", true],
  ])("%s and %s: %s", (pattern, name, expected) => {
    expect(matchesName(pattern, name)).toBe(expected);
  });

  test("a pattern of many stars ends quickly", () => {
    const started = performance.now();
    matchesName("*a*a*a*a*a*a*a*a*a*a*a*b", "a".repeat(1000));
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe("a forbidden name is told where the model states it", () => {
  const policy = { blacklist: { patterns: ["deepseek*"] } };

  test.each([
    ["config.json", '{"_name_or_path": "deepseek-ai/DeepSeek-R1"}', "config.json _name_or_path"],
    ["config.json", '{"model_type": "deepseek_v3"}', "config.json model_type"],
    ["config.json", '{"architectures": ["DeepseekV3ForCausalLM"]}', "config.json architectures"],
    [
      "adapter_config.json",
      '{"base_model_name_or_path": "deepseek-ai/x"}',
      "adapter_config.json base_model_name_or_path",
    ],
    ["README.md", "---\nbase_model: deepseek-ai/x\n---\n# Card\n", "model card base_model"],
    ["README.md", "---\nbase_model:\n- a/b\n- deepseek-ai/x\n---\n# Card\n", "model card base_model"],
    ["deepseek-r1.json", "{}", "file name"],
  ])("%s %s", async (name, content, place) => {
    const report = await scanBytes(name, content, { policy });
    expect(told(report)).toEqual(["high policy/forbidden-name"]);
    expect(report.findings[0]?.message).toContain(`${place} is "`);
    expect(told(await scanBytes(name, content))).toEqual([]);
  });

  test("the name of a folder counts", async () => {
    const report = await scanTree(memoryTree({ "models--deepseek-ai--R1/config.json": "{}" }), { policy });
    expect(told(report)).toEqual(["high policy/forbidden-name"]);
  });

  test("prose that speaks of a model does not", async () => {
    expect(told(await scanBytes("README.md", "Better than deepseek-r1.\n", { policy }))).toEqual([]);
  });
});
