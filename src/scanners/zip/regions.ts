import type { ZipArchive } from "../../formats/zip/archive.js";
import type { Span } from "../../formats/zip/spans.js";
import { type ByteSource, slice } from "../../io/byte-source.js";
import type { Observation, ScanContext } from "../scanner.js";
import { inspectTail } from "../trailing.js";

/** A few bytes between entries come from careless writers; no payload fits. */
const MIN_UNLISTED_BYTES = 8;
/** Gaps that are followed; the rest is counted. */
const MAX_GAPS = 100;
/** What an archive honestly hangs on: self-extractors, Python zip applications, llamafiles, and TensorFlow Lite models with their labels. */
const HOSTS = [
  { at: 0, magic: "#!" },
  { at: 0, magic: "MZ" },
  { at: 0, magic: "\x7fELF" },
  { at: 4, magic: "TFL3" },
] as const;

/** What lies around and between the entries: told, and examined as content of its own. */
export async function examineRegions(archive: ZipArchive, source: ByteSource, context: ScanContext): Promise<void> {
  const { leading, trailing, unlisted, unswept } = archive;
  if (leading) context.report(await judgeLeading(leading, source));
  for (const { start, end } of unswept) context.incomplete(`bytes ${start} to ${end} were not searched for entries`);
  if (trailing) await inspectTail(source, { start: trailing.start, after: "the archive" }, context);
  for (const comment of archive.comments) await examineComment(comment, source, context);
  const gaps = unlisted.filter(({ start, end }) => end - start >= MIN_UNLISTED_BYTES);
  for (const gap of gaps.slice(0, MAX_GAPS)) await examineGap(gap, source, context);
  if (gaps.length > MAX_GAPS) context.incomplete(`${gaps.length - MAX_GAPS} more runs of bytes between the entries`);
}

/** The bytes are scanned already: detection takes the file for whatever its start is. */
async function judgeLeading({ end }: Span, source: ByteSource): Promise<Observation> {
  const head = Buffer.from(await source.read(0, 8)).toString("latin1");
  const isHost = HOSTS.some(({ at, magic }) => head.startsWith(magic, at));
  return {
    rule: "archive/leading-data",
    ...(isHost && { severity: "low" as const }),
    message: `${end} bytes precede the archive: zipfile and unzip read the archive, torch.load what precedes it`,
    subject: "leading data",
    offset: 0,
    evidence: { bytes: end },
  };
}

async function examineComment({ start, end }: Span, source: ByteSource, context: ScanContext): Promise<void> {
  await context.descend({ name: "archive comment", source: slice(source, start, end - start), offset: start });
}

async function examineGap({ start, end }: Span, source: ByteSource, context: ScanContext): Promise<void> {
  context.report({
    rule: "archive/unlisted-data",
    message: `${end - start} bytes at ${start} belong to no entry`,
    subject: `bytes at ${start}`,
    offset: start,
  });
  await context.descend({ name: `bytes at ${start}`, source: slice(source, start, end - start), offset: start });
}
