// TensorFlow Lite models: schema.fbs, version 3 (file identifier "TFL3"). Field numbers are those of the schema.
// Weights are never read: a buffer is the place where it lies.

import { LimitError, ParseError } from "../../errors.js";
import type { Budget } from "../../io/budget.js";
import type { Pages } from "../flatbuffers/pages.js";
import { type FlatTable, type FlatVector, fileIdentifier, rootTable } from "../flatbuffers/table.js";

export const CUSTOM_OPERATOR = 32;
/** Of all subgraphs together; large language models have some 10,000. */
const MAX_OPERATORS = 1_000_000;
const MAX_DIMENSIONS = 1024;

export interface OperatorCode {
  readonly builtin: number;
  readonly custom: string | undefined;
}

export interface TfliteTensor {
  readonly name: string;
  /** As stored; undefined where the list is longer than any shape. */
  readonly shape: readonly number[] | undefined;
  readonly rank: number;
  readonly type: number;
  readonly buffer: number;
  readonly sparsity: FlatTable | undefined;
  readonly offset: number;
}

export interface TfliteOperator {
  readonly code: number;
  readonly inputs: FlatVector | undefined;
  readonly outputs: FlatVector | undefined;
  /** Bytes for the operator's own use, beside the table or, in large files, behind the flatbuffer. */
  readonly options: Extent;
  readonly offset: number;
}

export interface Subgraph {
  readonly name: string;
  /** Tensors that whoever calls the subgraph supplies. */
  readonly inputs: FlatVector | undefined;
  readonly tensors: readonly TfliteTensor[];
  readonly operators: readonly TfliteOperator[];
}

/** A range of the file; both are 0 where there is nothing. */
export interface Extent {
  readonly start: bigint;
  readonly size: bigint;
}

export interface TfliteMetadata {
  readonly name: string;
  readonly buffer: number;
}

/** Weights in a file of their own. */
export interface ExternalBuffer {
  readonly group: number;
  readonly start: bigint;
  readonly size: bigint;
}

export interface TfliteModel {
  readonly version: number;
  readonly description: string;
  readonly codes: readonly OperatorCode[];
  readonly subgraphs: readonly Subgraph[];
  readonly buffers: readonly Extent[];
  readonly metadata: readonly TfliteMetadata[];
  /** Indices of the subgraphs that a program calls by the name of a signature. */
  readonly signatures: readonly number[];
  /** Names of the files that hold external buffers. */
  readonly externalFiles: readonly string[];
  readonly externalBuffers: readonly ExternalBuffer[];
}

export function readTflite(pages: Pages, budget: Budget): TfliteModel {
  const identifier = fileIdentifier(pages);
  if (identifier !== "TFL3") throw new ParseError(`file identifier ${identifier}, not TFL3`, 4);
  const root = rootTable(pages);
  const reader = new ModelReader(budget);
  return {
    version: root.u32(0),
    codes: reader.all(root.vector(1, 4), readCode),
    subgraphs: reader.all(root.vector(2, 4), (table) => reader.subgraph(table)),
    description: root.string(3) ?? "",
    buffers: reader.all(root.vector(4, 4), readBuffer),
    metadata: reader.all(root.vector(6, 4), readMetadata),
    signatures: reader.all(root.vector(7, 4), (table) => table.u32(4)),
    externalFiles: reader.all(root.vector(8, 4), (table) => table.string(0) ?? ""),
    externalBuffers: reader.all(root.vector(9, 4), readExternalBuffer),
  };
}

class ModelReader {
  private operators = 0;

  constructor(private readonly budget: Budget) {}

  all<T>(vector: FlatVector | undefined, read: (table: FlatTable) => T): T[] {
    const items: T[] = [];
    for (const table of vector?.tables() ?? []) {
      this.budget.spendSteps();
      items.push(read(table));
    }
    return items;
  }

  subgraph(table: FlatTable): Subgraph {
    return {
      tensors: this.all(table.vector(0, 4), readTensor),
      operators: this.all(table.vector(3, 4), (operator) => this.operator(operator)),
      inputs: table.vector(1, 4),
      name: table.string(4) ?? "",
    };
  }

  /** Subgraphs may share one long list, so what counts is how many are read. */
  private operator(table: FlatTable): TfliteOperator {
    if (++this.operators > MAX_OPERATORS)
      throw new LimitError("max_steps", `more than ${MAX_OPERATORS} operators`, table.offset);
    const options = table.vector(5, 1);
    const large = { start: table.u64(9), size: table.u64(10) };
    return {
      code: table.u32(0),
      inputs: table.vector(1, 4),
      outputs: table.vector(2, 4),
      options: options ? { start: BigInt(options.start), size: BigInt(options.byteLength) } : large,
      offset: table.offset,
    };
  }
}

/** The one-byte field is what the schema began with; codes beyond 127 are in the later one, and readers take the greater. */
function readCode(table: FlatTable): OperatorCode {
  return { builtin: Math.max(table.u8(0), table.i32(3)), custom: table.string(1) };
}

function readTensor(table: FlatTable): TfliteTensor {
  const shape = table.vector(0, 4);
  const rank = shape?.length ?? 0;
  return {
    shape: rank <= MAX_DIMENSIONS ? Array.from({ length: rank }, (_, i) => shape?.i32(i) ?? 0) : undefined,
    rank,
    type: table.u8(1),
    buffer: table.u32(2),
    name: table.string(3) ?? "",
    sparsity: table.table(6),
    offset: table.offset,
  };
}

/** Data inside the flatbuffer, or, beyond 2 GB, behind it. */
function readBuffer(table: FlatTable): Extent {
  const data = table.vector(0, 1);
  if (data) return { start: BigInt(data.start), size: BigInt(data.byteLength) };
  return { start: table.u64(1), size: table.u64(2) };
}

function readMetadata(table: FlatTable): TfliteMetadata {
  return { name: table.string(0) ?? "", buffer: table.u32(1) };
}

function readExternalBuffer(table: FlatTable): ExternalBuffer {
  return { group: table.u32(1), start: table.u64(2), size: table.u64(3) };
}
