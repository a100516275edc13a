import { describe, expect, it } from "vitest";
import { memoryTree } from "../../builders/memory-tree.js";
import { safetensors } from "../../builders/safetensors.js";
import { scanTree, told } from "../../builders/scan.js";

const holding = (...names: string[]) =>
  safetensors(
    Object.fromEntries(names.map((name, i) => [name, { dtype: "F32", shape: [1], data_offsets: [i * 4, i * 4 + 4] }])),
    names.length * 4,
  );

async function scan(weights: Readonly<Record<string, string>>): Promise<string[]> {
  const index = JSON.stringify({ metadata: { total_size: 8 }, weight_map: weights });
  const tree = memoryTree({
    "m/model.safetensors.index.json": index,
    "m/model-00001-of-00002.safetensors": holding("a"),
    "m/model-00002-of-00002.safetensors": holding("b", "c"),
  });
  return told(await scanTree(tree));
}

const first = "model-00001-of-00002.safetensors";
const second = "model-00002-of-00002.safetensors";

describe("an index of safetensors files", () => {
  it("is silent when it agrees with the files", async () => {
    expect(await scan({ a: first, b: second, c: second })).toEqual([]);
  });

  it("tells a tensor that its file does not hold", async () => {
    expect(await scan({ a: first, b: first, c: second })).toEqual([
      "medium safetensors/missing-tensor",
      "low safetensors/missing-tensor",
    ]);
  });

  it("tells mildly of a tensor that it does not name", async () => {
    expect(await scan({ a: first, b: second })).toEqual(["low safetensors/missing-tensor"]);
  });
});
