// ExecuTorch programs: schema/program.fbs ("ET12"), behind it, from 16-byte header "eh00" on, segments with weights and delegates' blobs.

import { ParseError } from "../../errors.js";
import type { Budget } from "../../io/budget.js";
import type { Pages } from "../flatbuffers/pages.js";
import { type FlatTable, fileIdentifier, rootTable } from "../flatbuffers/table.js";

/** Where something lies in the file. */
export interface ProgramRange {
  readonly what: string;
  readonly start: bigint;
  readonly size: bigint;
}

export interface Delegate {
  readonly id: string;
  /** True when its blob lies in a segment, false when in the program itself. */
  readonly inSegment: boolean;
  readonly index: number;
}

export interface ExecutorchProgram {
  readonly version: number;
  readonly operators: readonly string[];
  readonly delegates: readonly Delegate[];
  readonly inlineBlobs: readonly ProgramRange[];
  readonly segments: readonly ProgramRange[];
}

interface ExtendedHeader {
  readonly programSize: bigint;
  readonly segmentBase: bigint;
}

const IDENTIFIER = /^ET\d\d$/;
const HEADER_OFFSET = 8;
const HEADER_BYTES = 24;
const MAX_PLANS = 10_000;

export function readExecutorch(pages: Pages, budget: Budget): ExecutorchProgram {
  const identifier = fileIdentifier(pages);
  if (!IDENTIFIER.test(identifier)) throw new ParseError(`file identifier ${identifier}, not ET12`, 4);
  const { segmentBase } = readHeader(pages);
  const root = rootTable(pages);
  const operators: string[] = [];
  const delegates: Delegate[] = [];
  const plans = root.vector(1, 4);
  if ((plans?.length ?? 0) > MAX_PLANS) throw new ParseError(`${plans?.length} execution plans`, root.offset);
  for (const plan of plans?.tables() ?? []) {
    for (const operator of plan.vector(6, 4)?.tables() ?? []) {
      budget.spendSteps();
      operators.push(operatorName(operator));
    }
    for (const delegate of plan.vector(7, 4)?.tables() ?? []) {
      budget.spendSteps();
      delegates.push(readDelegate(delegate));
    }
  }
  return { version: root.u32(0), operators, delegates, ...readRanges(root, segmentBase, budget) };
}

/** Files without segments have no such header, and their flatbuffer begins at once. */
function readHeader(pages: Pages): ExtendedHeader {
  const none = { programSize: BigInt(pages.size), segmentBase: 0n };
  if (pages.size < HEADER_OFFSET + HEADER_BYTES) return none;
  if (String.fromCharCode(...pages.bytes(HEADER_OFFSET, 4)) !== "eh00") return none;
  // 8: magic, 12: length of this header, 16: size of the program, 24: offset of the first segment
  const header = { programSize: pages.u64(HEADER_OFFSET + 8), segmentBase: pages.u64(HEADER_OFFSET + 16) };
  if (header.programSize > BigInt(pages.size) || header.segmentBase > BigInt(pages.size)) {
    const message = `program of ${header.programSize} bytes and segments from ${header.segmentBase} on, the file ends at ${pages.size}`;
    throw new ParseError(message, HEADER_OFFSET);
  }
  return header;
}

function operatorName(table: FlatTable): string {
  const overload = table.string(1) ?? "";
  return overload === "" ? (table.string(0) ?? "") : `${table.string(0) ?? ""}.${overload}`;
}

/** BackendDelegate: id = 0, processed = 1 (location: 0 inline, 1 segment; index). */
function readDelegate(table: FlatTable): Delegate {
  const processed = table.table(1);
  return { id: table.string(0) ?? "", inSegment: processed?.u8(0) === 1, index: processed?.u32(1) ?? 0 };
}

function readRanges(
  root: FlatTable,
  base: bigint,
  budget: Budget,
): Pick<ExecutorchProgram, "inlineBlobs" | "segments"> {
  const inlineBlobs: ProgramRange[] = [];
  for (const blob of root.vector(3, 4)?.tables() ?? []) {
    budget.spendSteps();
    const data = blob.vector(0, 1);
    if (data)
      inlineBlobs.push({
        what: `delegate blob ${inlineBlobs.length}`,
        start: BigInt(data.start),
        size: BigInt(data.byteLength),
      });
  }
  const segments: ProgramRange[] = [];
  for (const segment of root.vector(4, 4)?.tables() ?? []) {
    budget.spendSteps();
    segments.push({ what: `segment ${segments.length}`, start: base + segment.u64(0), size: segment.u64(1) });
  }
  return { inlineBlobs, segments };
}
