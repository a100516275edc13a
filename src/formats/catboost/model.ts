// CatBoost's binary model: "CBM1", a 32-bit size, then a flatbuffer (catboost/libs/model/flatbuffers/model.fbs), then optional parts.

import { ParseError } from "../../errors.js";
import type { Budget } from "../../io/budget.js";
import { type SyncByteSource, slice } from "../../io/byte-source.js";
import { Pages } from "../flatbuffers/pages.js";
import { rootTable } from "../flatbuffers/table.js";

const CORE_OFFSET = 8;

export interface CatboostModel {
  readonly version: string;
  /** What the model says about its training: keys and texts, often JSON. */
  readonly facts: readonly { readonly key: string; readonly value: string }[];
  readonly coreEnd: number;
  readonly loaded: number;
}

export function readCatboost(source: SyncByteSource, budget: Budget): CatboostModel {
  const head = new Pages(source);
  const size = head.u32(4);
  if (CORE_OFFSET + size > source.size) {
    throw new ParseError(`model of ${size} bytes at ${CORE_OFFSET}, the file ends at ${source.size}`, 4);
  }
  const pages = new Pages(slice(source, CORE_OFFSET, size));
  const root = rootTable(pages);
  const facts: { key: string; value: string }[] = [];
  for (const pair of root.vector(2, 4)?.tables() ?? []) {
    budget.spendSteps();
    facts.push({ key: pair.string(0) ?? "", value: pair.string(1) ?? "" });
  }
  return { version: root.string(0) ?? "", facts, coreEnd: CORE_OFFSET + size, loaded: pages.loaded + CORE_OFFSET };
}
