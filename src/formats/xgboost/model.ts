// XGBoost models, JSON and UBJSON alike: doc/model.schema of the xgboost project. Numbers of parameters are written as texts.

import { isJsonArray, isJsonObject, type JsonArray, type JsonObject, type JsonValue, jsonAt } from "../json/value.js";

export interface TreeFault {
  readonly kind: "bad-count" | "bad-structure";
  readonly message: string;
}

const LEARNER_COUNTS = ["num_feature", "num_class", "num_target"] as const;
const MODEL_COUNTS = ["num_trees", "num_parallel_tree", "size_leaf_vector"] as const;
const TREE_COUNTS = ["num_nodes", "num_feature", "num_deleted", "size_leaf_vector"] as const;
/** All counts are 32-bit integers in memory. */
const MAX_COUNT = 2 ** 31 - 1;
/** Lists of a tree that hold one number for each node. */
const NODE_LISTS = ["left_children", "right_children", "split_indices", "split_conditions", "default_left"] as const;

/** True for the document of a model, whatever became of its content. */
export function isXgboostModel(root: JsonValue | undefined): root is JsonObject {
  return isJsonObject(jsonAt(root, "learner")) && isJsonObject(root);
}

/** What a loader or the prediction would trip over. */
export function* checkXgboost(root: JsonObject): Generator<TreeFault> {
  const learner = jsonAt(root, "learner");
  yield* checkCounts(jsonAt(learner, "learner_model_param"), LEARNER_COUNTS, "learner_model_param");
  yield* checkBooster(jsonAt(learner, "gradient_booster"));
}

/** gbtree holds a model; dart holds a gbtree. */
function* checkBooster(booster: JsonValue | undefined): Generator<TreeFault> {
  for (const model of [jsonAt(booster, "model"), jsonAt(booster, "gbtree", "model")]) {
    if (!isJsonObject(model)) continue;
    const param = jsonAt(model, "gbtree_model_param");
    yield* checkCounts(param, MODEL_COUNTS, "gbtree_model_param");
    const trees = jsonAt(model, "trees");
    const stated = countOf(jsonAt(param, "num_trees"));
    if (!isJsonArray(trees)) continue;
    if (stated !== undefined && stated !== trees.length) {
      yield { kind: "bad-count", message: `num_trees is ${stated}, the model holds ${trees.length}` };
    }
    for (const [index, tree] of trees.entries()) yield* checkTree(tree, index);
  }
}

function* checkCounts(param: JsonValue | undefined, keys: readonly string[], place: string): Generator<TreeFault> {
  for (const key of keys) {
    const value = jsonAt(param, key);
    if (value === undefined) continue;
    const count = countOf(value);
    if (count === undefined || count > MAX_COUNT) {
      yield { kind: "bad-count", message: `${place}.${key} is ${String(value).slice(0, 60)}` };
    }
  }
}

function* checkTree(tree: JsonValue, index: number): Generator<TreeFault> {
  if (!isJsonObject(tree)) {
    yield { kind: "bad-structure", message: `tree ${index} is no object` };
    return;
  }
  const param = tree.get("tree_param");
  yield* checkCounts(param, TREE_COUNTS, `trees[${index}].tree_param`);
  const nodes = countOf(jsonAt(param, "num_nodes"));
  if (nodes === undefined) return;
  for (const key of NODE_LISTS) {
    const list = tree.get(key);
    if (isJsonArray(list) && list.length !== nodes) {
      yield { kind: "bad-structure", message: `tree ${index} of ${nodes} nodes has ${list.length} ${key}` };
      return;
    }
  }
  const isBad = strays(tree.get("left_children"), nodes) || strays(tree.get("right_children"), nodes);
  if (isBad) yield { kind: "bad-structure", message: `tree ${index} has a child outside its ${nodes} nodes` };
}

/** A leaf has -1 for its children. */
function strays(children: JsonValue | undefined, nodes: number): boolean {
  const list: JsonArray = isJsonArray(children) ? children : [];
  return list.some((child) => typeof child !== "number" || child < -1 || child >= nodes);
}

function countOf(value: JsonValue | undefined): number | undefined {
  const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isInteger(number) && number >= 0 ? number : undefined;
}
