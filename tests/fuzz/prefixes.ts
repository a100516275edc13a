// What must hold of every beginning of a malicious file: a download that broke off, or a cut behind the payload.

import type { FileReport } from "../../src/engine/result.js";
import { OP } from "../../src/formats/pickle/opcodes.js";
import { isAtLeast, severityRank } from "../../src/rules/severity.js";
import { alarmsOf, inShort, isOfContent, type Told } from "./properties.js";
import { fieldsOf } from "./structure/protobuf.js";

/** Shorter beginnings are of no format yet: no magic is longer than that of joblib's ZF files. */
const SHORTEST = 22;
/** But for tar, whose magic and checksum lie in a header of this size. */
const TAR_HEADER = 512;

/** Files up to this size are cut everywhere; of larger ones the ends, and a step between. */
const ENDS = 4096;
const BETWEEN = 512;

/** Formats made of lines or of text: what stands before the telling line is a whole file of its own. */
const OF_LINES = new Set(
  "dockerfile jinja lfs-pointer lightgbm python requirements script text tf-checkpoint tf-text toml yaml".split(" "),
);

/** Every length at which a file is cut, in rising order. */
export function cutsOf(size: number): number[] {
  const step = Math.max(1, Math.floor((size - 2 * ENDS) / BETWEEN));
  const lengths: number[] = [];
  for (let length = 0; length < size; length += length < ENDS || length >= size - ENDS ? 1 : step) lengths.push(length);
  return lengths;
}

/** Messages of protocol buffers have no end of their own: up to the end of any field they are whole. */
const MESSAGES = new Set(
  "onnx tf-savedmodel tf-graphdef tf-metagraph keras-metadata coreml paddle-program cntk".split(" "),
);

/** Formats that a loader reads to the end before it acts on anything. */
const READ_WHOLE = new Set([...OF_LINES, ...MESSAGES, "json", "xml"]);

/** No loader runs anything in these, whole or cut: something is told of what else the file is, and that is whole only with the file. */
const INERT = new Set(["image", "media", "pdf"]);

/** Formats without a structure that we know, which are searched: what lies before what was found is any such file. */
const SEARCHED = new Set(["tensorrt"]);
/** Length of the header of a program in 64 bits, by which it is found. */
const PROGRAM_HEADER = 64;

/** That the end is missing, or a line's, and counts and offsets held against what the file holds: a cut changes them. */
const OF_SIZE = new Set([
  ...[
    "gguf/header-arithmetic",
    "gguf/tensor-outside",
    "safetensors/tensor-outside",
    "trees/bad-count",
    "pickle/unfinished",
    "torchscript/unreadable",
  ],
]);

/** What follows the end of a whole file. */
const BEHIND_END = new Set(["analysis/trailing-data", "archive/trailing-data", "archive/hidden-entry"]);

/**
 * Judges the beginnings of one file, shortest first. Two things must hold of each:
 *
 * - It is told that something is missing, or what is bad. A beginning is clean only where it is a whole file of its own in which nothing
 *   is bad: text before the line that tells, a container before what is appended to it, whole pickles before the one that tells, and a
 *   message up to the end of a field.
 * - What was told of a shorter beginning, and is about content, is told at least as badly: the loader had met it already. The rule may be
 *   another: what was an import becomes a call.
 */
export class Beginnings {
  private worst: { readonly length: number; readonly told: Told } | undefined;
  /** From this length on a beginning holds what is bad, or is no whole file. */
  private readonly badFrom: number;
  /** Where a whole file ends in which nothing is bad, its padding left out and included. */
  private readonly ends: readonly [number, number] | undefined;
  /** Ends of pickles before what is bad, and of nothing else. */
  private readonly stops: ReadonlySet<number>;

  private readonly formats: readonly string[];
  /** Code and names that dill and cloudpickle carry are known to be harmless by what stands behind them: of such files a cut one says more. */
  private readonly isAlarming: boolean;

  constructor(
    private readonly bytes: Uint8Array,
    whole: FileReport,
  ) {
    this.formats = whole.formats;
    this.isAlarming = alarmsOf(whole).length > 0;
    this.badFrom = shortestTold(bytes, whole);
    this.ends = endsBefore(bytes, whole);
    this.stops = stopsBefore(bytes, whole);
  }

  violationOf(length: number, report: FileReport): string | undefined {
    if (length < SHORTEST) return undefined;
    if (length >= this.badFrom && !this.isWhole(length) && !isHonest(report)) return "it is cut and comes out clean";
    return this.silencedAt(length, report);
  }

  private silencedAt(length: number, report: FileReport): string | undefined {
    if (!this.isAlarming || this.formats.every((format) => READ_WHOLE.has(format))) return undefined;
    const [worst] = alarmsOf(withoutCutName(report))
      .filter((told) => isOfContent(told) && !OF_SIZE.has(told.rule))
      .sort((a, b) => severityRank(b.severity) - severityRank(a.severity));
    const known = this.worst;
    const isWorse =
      worst !== undefined && (!known || severityRank(worst.severity) >= severityRank(known.told.severity));
    if (isWorse) this.worst = { length, told: worst };
    if (isWorse || known === undefined) return undefined;
    // A whole archive in archives may be nested deeper than is examined, while a cut one shows its members side by side.
    if (report.findings.some(({ rule }) => rule === "analysis/limit-exceeded")) return undefined;
    return `${inShort(known.told)} was told of the first ${known.length} bytes, and is not of more`;
  }

  private isWhole(length: number): boolean {
    if (this.stops.has(withoutPadding(this.bytes, length))) return true;
    if (this.ends !== undefined && length >= this.ends[0] && length <= this.ends[1]) return true;
    const isMessage = this.formats.some((format) => MESSAGES.has(format));
    return isMessage && fieldsOf(this.bytes.subarray(0, length)) !== undefined;
  }
}

/** What a loader that reads one pickle after the other passes over between them. */
const PADDING: ReadonlySet<number | undefined> = new Set([0x00, 0x09, 0x0a, 0x0d, 0x20]);

function withoutPadding(bytes: Uint8Array, length: number): number {
  let end = length;
  while (PADDING.has(bytes[end - 1])) end--;
  return end;
}

/** A name whose end is missing is another name, which Python's own unpickler imports all the same. It is not called any more. */
function withoutCutName(report: FileReport): FileReport {
  const cut = report.findings.find(({ rule }) => rule === "pickle/unfinished")?.offset;
  const isCutName = ({ offset, rule }: { offset?: number; rule: string }) => offset === cut && !rule.endsWith("-call");
  return cut === undefined ? report : { ...report, findings: report.findings.filter((found) => !isCutName(found)) };
}

/** Something is told, or that it could not be read to its end. */
function isHonest({ findings, state }: FileReport): boolean {
  return state !== "scanned" || findings.some(({ severity }) => isAtLeast(severity, "low"));
}

function shortestTold(bytes: Uint8Array, whole: FileReport): number {
  const { formats } = whole;
  if (formats.includes("tar")) return TAR_HEADER;
  if (formats.some((format) => INERT.has(format))) return bytes.length;
  const worst = offsetOfWorst(whole) ?? bytes.length;
  if (formats.some((format) => SEARCHED.has(format))) return worst + PROGRAM_HEADER;
  if (!formats.every((format) => OF_LINES.has(format))) return SHORTEST;
  // The end of the line that tells, or all of it where only the whole tells.
  const end = bytes.indexOf(0x0a, worst);
  return end < 0 ? bytes.length : end;
}

/** Where the worst lies that is told of the file itself, the first of several. */
function offsetOfWorst({ findings }: FileReport): number | undefined {
  const told = findings.filter(({ severity, member }) => isAtLeast(severity, "low") && member.length === 0);
  const worst = told.toSorted((a, b) => severityRank(b.severity) - severityRank(a.severity))[0]?.severity;
  const offsets = told.flatMap(({ severity, offset }) => (severity === worst ? (offset ?? []) : []));
  return offsets.length === 0 ? undefined : Math.min(...offsets);
}

function endsBefore(bytes: Uint8Array, { findings }: FileReport): readonly [number, number] | undefined {
  const end = findings.find(({ rule, offset }) => BEHIND_END.has(rule) && offset !== undefined)?.offset;
  if (end === undefined) return undefined;
  let start = end;
  while (bytes[start - 1] === 0) start--;
  return [start, end];
}

function stopsBefore(bytes: Uint8Array, whole: FileReport): ReadonlySet<number> {
  const worst = whole.formats.includes("pickle") ? (offsetOfWorst(whole) ?? 0) : 0;
  const stops = [...bytes.subarray(0, worst)].flatMap((byte, at) => (byte === OP.STOP ? [at + 1] : []));
  return new Set(stops);
}
