import type { GraphNode } from "../../formats/tensorflow/graph.js";
import { computedBy, joinOrigins, mapOrigins, type Origin } from "./origin.js";

/** What folding an op needs to know of its inputs. */
export interface Operands {
  /** Alternatives of the n-th tensor input. */
  readonly of: (input: number) => readonly Origin[];
  /** The same, with the contents of variables and tables in place of the stores. */
  readonly values: (input: number) => readonly Origin[];
  /** The first integer of the n-th tensor input, where it is a constant. */
  readonly integer: (input: number) => number | undefined;
  readonly count: number;
  /** Which of the op's results is wanted. */
  readonly index: number;
  /** A text attribute. */
  readonly attribute: (name: string) => string | undefined;
}

type Fold = (operands: Operands, node: GraphNode) => readonly Origin[];

/** Longer results are of no use as a path. */
const MAX_FOLDED = 1 << 16;

function all({ of, count }: Operands, from = 0, to = count): readonly (readonly Origin[])[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => of(from + i));
}

function allValues({ values, count }: Operands): readonly (readonly Origin[])[] {
  return Array.from({ length: count }, (_, i) => values(i));
}

const first: Fold = ({ of }) => of(0);
const every: Fold = (operands) => all(operands).flat();
const everyButLast: Fold = (operands) => all(operands, 0, operands.count - 1).flat();
const everyButFirst: Fold = (operands) => all(operands, 1).flat();
const second: Fold = ({ of }) => of(1);

const changed =
  (change: (text: string, operands: Operands) => string | undefined): Fold =>
  (operands, node) =>
    mapOrigins(operands.values(0), node.op, (text) => (text.length > MAX_FOLDED ? undefined : change(text, operands)));

/** `%s` and `{}` stand for themselves in StringFormat: its placeholder is an attribute. */
const formatted: Fold = (operands) => {
  const template = operands.attribute("template") ?? "%s";
  const pieces = template.split(operands.attribute("placeholder") || "%s");
  const parts: (readonly Origin[])[] = [];
  for (const [i, piece] of pieces.entries()) {
    if (i > 0) parts.push(i <= operands.count ? quoted(operands.values(i - 1)) : [computedBy("StringFormat")]);
    parts.push([{ text: piece, rest: "none", by: "Const" }]);
  }
  return joinOrigins(parts, "");
};

/** A scalar text is printed between quotes. */
function quoted(origins: readonly Origin[]): readonly Origin[] {
  return origins.map((origin) => (origin.rest === "none" ? { ...origin, text: `"${origin.text}"` } : origin));
}

function substring(text: string, operands: Operands): string | undefined {
  const start = operands.integer(1);
  const length = operands.integer(2);
  if (start === undefined || length === undefined) return undefined;
  const bytes = Buffer.from(text, "utf8");
  const from = start < 0 ? bytes.length + start : start;
  return bytes.subarray(Math.max(0, from), Math.max(0, from + length)).toString("utf8");
}

/** Only patterns without special characters: there is no need to run a foreign expression (CWE-1333). */
function replaced(text: string, pattern: string | undefined, rewrite: string | undefined): string | undefined {
  if (pattern === undefined || rewrite === undefined || /[\\^$.|?*+()[\]{}]/.test(pattern) || rewrite.includes("\\"))
    return undefined;
  return pattern === "" ? undefined : text.replaceAll(pattern, rewrite);
}

function onlyConstant(origins: readonly Origin[]): string | undefined {
  const [only] = origins;
  return origins.length === 1 && only?.rest === "none" ? only.text : undefined;
}

/** URL-safe base64 without padding, as DecodeBase64 takes it. */
function decodeBase64(text: string): string | undefined {
  return /^[A-Za-z0-9_-]*$/.test(text) ? Buffer.from(text, "base64url").toString("utf8") : undefined;
}

const rows: readonly (readonly [ops: string, fold: Fold])[] = [
  // ops that hand on what they get
  [
    "Identity RefIdentity Snapshot StopGradient PreventGradient EnsureShape CheckNumerics DeepCopy Enter RefEnter Exit RefExit NextIteration " +
      "RefNextIteration LoopCond Switch RefSwitch ExpandDims Squeeze Reshape Tile BroadcastTo Slice StridedSlice Gather GatherV2 GatherNd " +
      "Unpack SplitV Reverse ReverseV2 Transpose RandomShuffle Roll StringSplit StringSplitV2 UnicodeTranscode CopyHost Copy " +
      "ShardedFilename ShardedFilespec OptionalGetValue",
    first,
  ],
  // what a store holds
  [
    "ReadVariableOp ResourceGather QueueDequeue QueueDequeueV2 QueueDequeueMany QueueDequeueManyV2 QueueDequeueUpTo QueueDequeueUpToV2 StackPop " +
      "StackPopV2 TensorArrayReadV2 TensorArrayReadV3 TensorArrayGatherV2 TensorArrayGatherV3 TensorArrayConcatV3 TensorListFromTensor " +
      "TensorListGetItem TensorListStack TensorListPopBack TensorListConcat TensorListConcatV2 TensorListGather",
    first,
  ],
  ["Merge RefMerge Pack ParallelConcat OptionalFromValue", every],
  ["ConcatV2", everyButLast],
  ["Concat Select SelectV2 RefSelect Split", everyButFirst],
  ["IdentityN", ({ of, index }) => of(index)],
  ["Fill", second],
  ["TensorListPushBack", every],
  ["TensorListSetItem", ({ of }) => [...of(0), ...of(2)]],
  // what a table holds, or what it is told to answer instead
  ["LookupTableFind LookupTableFindV2", ({ of }) => [...of(0), ...of(2)]],
  // texts
  ["StringJoin", (operands) => joinOrigins(allValues(operands), operands.attribute("separator") ?? "")],
  ["Add AddV2", (operands) => joinOrigins(allValues(operands).slice(0, 2), "")],
  [
    "ReduceJoin",
    (operands) =>
      joinOrigins(
        operands.values(0).map((origin) => [origin]),
        operands.attribute("separator") ?? "",
      ),
  ],
  ["StringFormat", formatted],
  ["StringLower", changed((text) => text.toLowerCase())],
  ["StringUpper", changed((text) => text.toUpperCase())],
  ["StringStrip", changed((text) => text.trim())],
  ["Substr", changed(substring)],
  ["DecodeBase64", changed(decodeBase64)],
  ["EncodeBase64", changed((text) => Buffer.from(text, "utf8").toString("base64url"))],
  ["RegexReplace", changed((text, { values }) => replaced(text, onlyConstant(values(1)), onlyConstant(values(2))))],
  ["StaticRegexReplace", changed((text, { attribute }) => replaced(text, attribute("pattern"), attribute("rewrite")))],
];

/** Ops whose result can be said from their operands. */
export const FOLDS: ReadonlyMap<string, Fold> = new Map(
  rows.flatMap(([ops, fold]) => ops.split(" ").map((op): [string, Fold] => [op, fold])),
);
