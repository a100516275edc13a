import { DEFAULT_ALIGNMENT, type GgufVisitor, readGguf } from "../../formats/gguf/header.js";
import { UINT32_TYPE, VALUE_TYPES } from "../../formats/gguf/types.js";
import type { GgufEntry, GgufFault, GgufHeader, GgufTensor } from "../../formats/gguf/value.js";
import type { ByteSource } from "../../io/byte-source.js";
import type { ScanContext, Scanner } from "../scanner.js";
import { inspectTail } from "../trailing.js";
import { jsonOf, MetadataJudge } from "./metadata.js";
import { judgeSplit } from "./split.js";
import { judgeLayout, judgeNames, reportFaults } from "./tensors.js";

const ALIGNMENT_KEY = "general.alignment";
/** Writers use 32, and a page has 4096 bytes, or 65,536 on some machines. Beyond, the padding is room to hide in. */
const MAX_ALIGNMENT = 1n << 16n;
const CURRENT_VERSION = 3;

/** GGUF: metadata with chat templates, and the arithmetic of the tensor list. Tensor data is not read. */
export class GgufScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const metadata = new MetadataJudge(context);
    const tensors: GgufTensor[] = [];
    const visitor: GgufVisitor = {
      entry: (entry: GgufEntry) => metadata.judge(entry),
      tensor: (tensor: GgufTensor) => tensors.push(tensor),
      fault: (fault: GgufFault) => reportFaults([fault], context),
    };
    const header = await readGguf(source, visitor, context.budget);
    context.examined(header.loaded);
    metadata.describe();
    judgeVersion(header, context);
    judgeNames(tensors, context);
    await judgeSplit(metadata, context);
    const alignment = alignmentOf(metadata, context);
    await judgeData(source, { header, tensors, alignment }, context);
  }
}

function judgeVersion({ version, bigEndian, tensorCount }: GgufHeader, context: ScanContext): void {
  context.describe("format_version", version);
  context.describe("tensors", jsonOf(tensorCount));
  if (bigEndian) context.describe("byte_order", "big-endian");
  if (version < CURRENT_VERSION - 1) {
    context.report({ rule: "gguf/unsupported-version", message: `GGUF version ${version}`, subject: "version" });
  }
}

/** The alignment the loader will use: undefined when the file states one that cannot be. */
function alignmentOf(metadata: MetadataJudge, context: ScanContext): bigint | undefined {
  if (!metadata.values.has(ALIGNMENT_KEY)) return DEFAULT_ALIGNMENT;
  const type = metadata.types.get(ALIGNMENT_KEY);
  const alignment = metadata.integer(ALIGNMENT_KEY);
  if (type === UINT32_TYPE && alignment !== undefined && isSensible(alignment)) return alignment;
  context.report({
    rule: "gguf/bad-alignment",
    message: `${ALIGNMENT_KEY} is ${alignment ?? "no integer"} of type ${VALUE_TYPES[type ?? -1]?.name ?? type}`,
    subject: ALIGNMENT_KEY,
  });
  return undefined;
}

function isSensible(alignment: bigint): boolean {
  return alignment > 0n && (alignment & (alignment - 1n)) === 0n && alignment <= MAX_ALIGNMENT;
}

interface Content {
  readonly header: GgufHeader;
  readonly tensors: readonly GgufTensor[];
  readonly alignment: bigint | undefined;
}

async function judgeData(
  source: ByteSource,
  { header, tensors, alignment }: Content,
  context: ScanContext,
): Promise<void> {
  if (alignment === undefined) {
    context.incomplete("without an alignment nobody can say where the tensors lie");
    return;
  }
  const start = Math.min(source.size, roundUp(header.end, alignment));
  if (tensors.length > 0) await judgePadding(source, header.end, start, context);
  const layout = judgeLayout(tensors, { start, fileSize: source.size, alignment }, context);
  context.describe("parameters", jsonOf(layout.elements));
  const after = tensors.length > 0 ? "the last tensor" : "the header";
  // the last tensor is padded like all others, but not every writer does it
  await inspectTail(
    source,
    { start: roundUp(tensors.length > 0 ? layout.dataEnd : header.end, alignment), after },
    context,
  );
}

function roundUp(value: number, alignment: bigint): number {
  const step = Number(alignment);
  return Math.ceil(value / step) * step;
}

/** Between the tensor list and the data stand zeros. */
async function judgePadding(source: ByteSource, start: number, end: number, context: ScanContext): Promise<void> {
  const padding = await source.read(start, end - start);
  context.examined(padding.length);
  if (padding.every((byte) => byte === 0)) return;
  context.report({
    rule: "gguf/tensor-gap",
    message: `${padding.length} bytes of padding at ${start} are not empty`,
    subject: "padding",
    offset: start,
  });
}
