// Replays, without any overflow, the arithmetic by which loaders place tensors (gguf_init_from_file of llama.cpp).

import { isPlausibleTensorType, isRemovedTensorType, TENSOR_TYPES } from "./types.js";
import type { GgufFault, GgufTensor } from "./value.js";

const MAX_SIGNED = (1n << 63n) - 1n;
const MAX_UNSIGNED = (1n << 64n) - 1n;

export interface GgufPlan {
  /** Offset of the tensor data inside the file. */
  readonly dataStart: number;
  readonly fileSize: number;
  readonly alignment: bigint;
}

/** What the data section holds, and everything about it that cannot be. */
export interface GgufLayout {
  readonly faults: readonly GgufFault[];
  readonly elements: bigint;
  /** End of the last tensor inside the file; the start of the data when there is none. */
  readonly dataEnd: number;
  /** Types that this table does not know, but a newer or forked ggml may. */
  readonly newTypes: readonly number[];
  /** Types that loaders no longer read. */
  readonly removedTypes: readonly number[];
}

interface Span {
  readonly tensor: GgufTensor;
  readonly start: bigint;
  /** Undefined for types of unknown block size. */
  readonly bytes: bigint | undefined;
}

/** Checks every tensor alone, then all of them together. */
export function layOut(tensors: readonly GgufTensor[], plan: GgufPlan): GgufLayout {
  const faults: GgufFault[] = [];
  const spans: Span[] = [];
  const newTypes = new Set<number>();
  const removedTypes = new Set<number>();
  let elements = 0n;
  for (const tensor of tensors) {
    const bytes = sizeOf(tensor, faults, newTypes);
    if (tensor.dimensions.length === 0) faults.push(faultOf(tensor, "no-dimensions", "has no dimensions"));
    if (isRemovedTensorType(tensor.type)) removedTypes.add(tensor.type);
    elements += product(tensor.dimensions);
    checkPlace(tensor, bytes, plan, faults);
    spans.push({ tensor, start: tensor.dataOffset, bytes });
  }
  checkTotal(spans, plan, faults);
  checkNeighbours(spans, plan, faults);
  return { faults, elements, dataEnd: endOf(spans, plan), newTypes: [...newTypes], removedTypes: [...removedTypes] };
}

function product(dimensions: readonly bigint[]): bigint {
  return dimensions.reduce((all, one) => all * one, 1n);
}

/** Bytes of a tensor as ggml_nbytes has them, or undefined where the type's block size is not known. */
function sizeOf(tensor: GgufTensor, faults: GgufFault[], newTypes: Set<number>): bigint | undefined {
  const elements = product(tensor.dimensions);
  const type = TENSOR_TYPES.get(tensor.type);
  if (tensor.dimensions.some((one) => one > MAX_SIGNED) || elements > MAX_SIGNED) {
    faults.push(
      faultOf(
        tensor,
        "size-overflow",
        `has dimensions ${tensor.dimensions.join(" x ")}, whose product exceeds 63 bits`,
        ["CVE-2026-33298"],
      ),
    );
    return undefined;
  }
  if (!type) {
    if (isRemovedTensorType(tensor.type)) return undefined;
    if (isPlausibleTensorType(tensor.type)) newTypes.add(tensor.type);
    else faults.push(faultOf(tensor, "tensor-type", `is of type ${tensor.type}, which no ggml has`));
    return undefined;
  }
  const row = tensor.dimensions[0] ?? 1n;
  if (row % type.block !== 0n) {
    faults.push(
      faultOf(
        tensor,
        "row-alignment",
        `has rows of ${row} elements, ${type.name} is stored in blocks of ${type.block}`,
      ),
    );
  }
  const bytes = (elements * type.bytes) / type.block;
  if (bytes > MAX_SIGNED) {
    faults.push(
      faultOf(tensor, "size-overflow", `takes ${bytes} bytes, more than 63 bits can count`, ["CVE-2026-33298"]),
    );
  }
  return bytes;
}

function checkPlace(tensor: GgufTensor, bytes: bigint | undefined, plan: GgufPlan, faults: GgufFault[]): void {
  if (tensor.dataOffset % plan.alignment !== 0n) {
    faults.push(
      faultOf(
        tensor,
        "offset-alignment",
        `starts at data offset ${tensor.dataOffset}, no multiple of ${plan.alignment}`,
      ),
    );
  }
  const end = BigInt(plan.dataStart) + tensor.dataOffset + (bytes ?? 0n);
  if (end > BigInt(plan.fileSize)) {
    faults.push(faultOf(tensor, "outside", `ends at ${end}, the file at ${plan.fileSize}`, ["CVE-2026-7482"]));
  }
}

/** The sum that a loader allocates; two advisories are about its wrapping around. */
function checkTotal(spans: readonly Span[], { alignment }: GgufPlan, faults: GgufFault[]): void {
  let total = 0n;
  for (const { bytes } of spans) total += padded(bytes ?? 0n, alignment);
  const [first] = spans;
  if (first === undefined || total <= MAX_UNSIGNED) return;
  faults.push(
    faultOf(first.tensor, "total-overflow", `and its successors take ${total} bytes, more than 64 bits can count`, [
      "CVE-2025-53630",
      "CVE-2026-27940",
    ]),
  );
}

/** Writers put tensors one after the other, each padded to the alignment; loaders insist on it since 2025. */
function checkNeighbours(spans: readonly Span[], plan: GgufPlan, faults: GgufFault[]): void {
  const sorted = spans.filter(({ bytes }) => bytes !== 0n).sort((a, b) => compare(a.start, b.start));
  let end = 0n;
  let last = "the header";
  for (const [i, { tensor, start, bytes }] of sorted.entries()) {
    if (start < end) {
      faults.push(faultOf(tensor, "overlap", `starts at data offset ${start}, inside ${last}, which ends at ${end}`));
    } else if (start > padded(end, plan.alignment)) {
      faults.push(faultOf(tensor, "gap", `starts at data offset ${start}, ${start - end} bytes after ${last}`));
    }
    // behind a tensor of unknown size no gap can be told
    const next = bytes === undefined ? (sorted[i + 1]?.start ?? start) : start + bytes;
    if (next > end) end = next;
    last = tensor.name.text;
  }
}

function endOf(spans: readonly Span[], plan: GgufPlan): number {
  let end = 0n;
  for (const { start, bytes } of spans) {
    // behind a tensor of unknown size nothing can be told from its data
    if (bytes === undefined) return plan.fileSize;
    if (start + bytes > end) end = start + bytes;
  }
  const inFile = BigInt(plan.dataStart) + end;
  return inFile > BigInt(plan.fileSize) ? plan.fileSize : Number(inFile);
}

function padded(value: bigint, alignment: bigint): bigint {
  return ((value + alignment - 1n) / alignment) * alignment;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function faultOf(
  tensor: GgufTensor,
  kind: GgufFault["kind"],
  message: string,
  references: readonly string[] = [],
): GgufFault {
  const name = tensor.name.text;
  return { kind, subject: name, message: `tensor ${name} ${message}`, offset: tensor.offset, references };
}
