// XGBoost's old binary form: src/learner.cc of release 1.x, `LearnerModelParamLegacy` behind the magic "binf".

import { ParseError } from "../../errors.js";
import { type ByteSource, readExactly } from "../../io/byte-source.js";
import { Cursor } from "../../io/cursor.js";
import type { TreeFault } from "./model.js";

const MAGIC_BYTES = 4;
const PARAM_BYTES = 136;
/** Names of objectives and boosters are short words. */
const MAX_NAME = 256;
const HEAD_BYTES = MAGIC_BYTES + PARAM_BYTES + 2 * (8 + MAX_NAME);
/** Wider data than this nobody trains on; the field has 32 bits. */
const MAX_FEATURES = 2 ** 31 - 1;
const MAX_CLASSES = 1_000_000;

export interface XgboostBinary {
  readonly objective: string;
  readonly booster: string;
  readonly faults: readonly TreeFault[];
  /** Read for all of it. */
  readonly bytes: number;
}

export async function readXgboostBinary(source: ByteSource): Promise<XgboostBinary> {
  const head = await readExactly(source, 0, Math.min(source.size, HEAD_BYTES));
  const cursor = new Cursor(head);
  cursor.skip(MAGIC_BYTES);
  cursor.skip(4); // base_score
  const features = cursor.u32();
  const classes = cursor.i32();
  cursor.seek(MAGIC_BYTES + PARAM_BYTES);
  const faults: TreeFault[] = [];
  if (features > MAX_FEATURES) faults.push({ kind: "bad-count", message: `num_feature is ${features}` });
  if (classes < 0 || classes > MAX_CLASSES) faults.push({ kind: "bad-count", message: `num_class is ${classes}` });
  return { objective: readName(cursor), booster: readName(cursor), faults, bytes: cursor.offset };
}

function readName(cursor: Cursor): string {
  const { offset } = cursor;
  const length = cursor.length64();
  if (length > MAX_NAME) throw new ParseError(`name of ${length} bytes at ${offset}, at most ${MAX_NAME}`, offset);
  return cursor.utf8(length);
}
