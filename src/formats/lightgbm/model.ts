// LightGBM's text model (src/boosting/gbdt_model_text.cpp): lines `key=value`, one block for each tree, then the training parameters.

import { LimitError } from "../../errors.js";
import type { ByteSource } from "../../io/byte-source.js";
import type { TreeFault } from "../xgboost/model.js";

export interface LightgbmVisitor {
  /** A line `key=value` before the first tree. */
  header(key: string, value: string, offset: number): void;
  /** A line `[key: value]` of the training parameters. */
  parameter(key: string, value: string, offset: number): void;
  /** Bytes that are no text follow the model: no writer leaves any. */
  tail?(offset: number): void;
  fault(fault: TreeFault & { readonly offset: number }): void;
}

const WINDOW = 1 << 20;
/** The longest lines list a number for each leaf of a tree, or a name for each feature. */
const MAX_LINE = 64 << 20;
/** All counts are 32-bit integers in memory. */
const MAX_COUNT = 2 ** 31 - 1;
const COUNTS = new Set([
  "num_class",
  "num_tree_per_iteration",
  "max_feature_idx",
  "num_leaves",
  "num_cat",
  "label_index",
]);
/** Lists with a number for each leaf, and with one less for each split. */
const LEAF_LISTS = new Set(["leaf_value", "leaf_weight", "leaf_count"]);
const SPLIT_LISTS = new Set(["split_feature", "split_gain", "threshold", "left_child", "right_child", "decision_type"]);

/** Reads the model line by line; returns the number of trees. */
export async function readLightgbm(source: ByteSource, visitor: LightgbmVisitor, onLine: () => void): Promise<number> {
  const reader = new ModelReader(visitor);
  for await (const { text, offset } of linesOf(source)) {
    onLine();
    reader.line(text, offset);
  }
  return reader.trees;
}

async function* linesOf(source: ByteSource): AsyncGenerator<{ text: string; offset: number }> {
  let rest = "";
  let offset = 0;
  for (let at = 0; at < source.size; at += WINDOW) {
    const chunk = rest + Buffer.from(await source.read(at, WINDOW)).toString("latin1");
    const lines = chunk.split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MAX_LINE)
      throw new LimitError("max_steps", `line of more than ${MAX_LINE} bytes at ${offset}`, offset);
    for (const text of lines) {
      yield { text, offset };
      offset += text.length + 1;
    }
  }
  if (rest !== "") yield { text: rest, offset };
}

/** Bytes of lines in Latin-1 that no text holds. */
const NO_TEXT = /[\x00-\x08\x0e-\x1f]/;

type Section = "header" | "tree" | "parameters";

class ModelReader {
  trees = 0;
  private section: Section = "header";
  private leaves: number | undefined;
  private hasTail = false;

  constructor(private readonly visitor: LightgbmVisitor) {}

  line(text: string, offset: number): void {
    if (this.section === "parameters" && !this.hasTail && NO_TEXT.test(text)) {
      this.hasTail = true;
      this.visitor.tail?.(offset);
    }
    if (text.startsWith("parameters:")) this.section = "parameters";
    else if (this.section === "parameters") this.parameter(text, offset);
    else this.setting(text, offset);
  }

  private parameter(text: string, offset: number): void {
    const [, key, value] = /^\[([\w.]{1,100}): (.*)\]\r?$/.exec(text) ?? [];
    if (key !== undefined && value !== undefined) this.visitor.parameter(key, value, offset);
  }

  private setting(text: string, offset: number): void {
    const cut = text.indexOf("=");
    if (cut < 1) return;
    const key = text.slice(0, cut);
    const value = text.slice(cut + 1).trimEnd();
    if (key === "Tree") this.beginTree();
    if (COUNTS.has(key)) this.checkCount(key, value, offset);
    if (key === "num_leaves") this.leaves = isCount(value) ? Number(value) : undefined;
    if (this.section === "header") this.visitor.header(key, value, offset);
    else this.checkList(key, value, offset);
  }

  private beginTree(): void {
    this.section = "tree";
    this.trees++;
    this.leaves = undefined;
  }

  private checkCount(key: string, value: string, offset: number): void {
    if (isCount(value)) return;
    this.fault("bad-count", `${key} is ${value.slice(0, 60)}`, offset);
  }

  private checkList(key: string, value: string, offset: number): void {
    const { leaves } = this;
    const expected = LEAF_LISTS.has(key)
      ? leaves
      : SPLIT_LISTS.has(key) && leaves !== undefined
        ? leaves - 1
        : undefined;
    // a tree without a split keeps some of its lists empty
    if (expected === undefined || value === "" || leaves === 1) return;
    const count = countWords(value);
    if (count !== expected) {
      // one fault tells of the tree; its other lists are as likely wrong
      this.leaves = undefined;
      this.fault("bad-structure", `tree ${this.trees - 1} of ${leaves} leaves has ${count} ${key}`, offset);
    }
  }

  private fault(kind: TreeFault["kind"], message: string, offset: number): void {
    this.visitor.fault({ kind, message, offset });
  }
}

function isCount(value: string): boolean {
  return /^-?\d{1,10}$/.test(value) && Number(value) >= -1 && Number(value) <= MAX_COUNT;
}

function countWords(text: string): number {
  let count = 1;
  for (let at = text.indexOf(" "); at >= 0; at = text.indexOf(" ", at + 1)) count++;
  return count;
}
