import { isStreamFormat, needsIsolation, STREAM_DECODERS, type StreamFormat } from "../formats/streams/decode.js";
import type { Damage } from "../formats/streams/stream.js";
import { showsThrough } from "../formats/zip/plain-sight.js";
import type { ByteSource } from "../io/byte-source.js";
import type { RuleId } from "../rules/index.js";
import { isFiller, judgeExpansion } from "./expansion.js";
import type { ScanContext, Scanner } from "./scanner.js";
import { inspectTail } from "./trailing.js";

/** A file that is one compressed stream, as `model.pkl.gz` and compressed joblib files are: its content is scanned as what it is. */
export class CompressedScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const { format } = context;
    if (!isStreamFormat(format)) return;
    if (needsIsolation(format, source.size)) context.isolate();
    const stream = await STREAM_DECODERS[format](source, context.budget);
    context.examined(stream.consumed);
    try {
      if (stream.source.size > 0) {
        const outcome = await context.descend({ name: innerName(context.name, format), source: stream.source });
        const bomb = isFiller(outcome.formats) ? judgeExpansion(stream.consumed, stream.source.size) : undefined;
        if (bomb) context.report(bomb);
        if (await showsThrough(source, stream.source, context.budget)) context.explain("zip");
      }
    } finally {
      stream.source.close?.();
    }
    if (stream.damage) reportDamage(stream.damage, context);
    if (stream.limit) throw stream.limit;
    // Behind a damage nobody knows where the stream would have ended.
    if (stream.damage && stream.damage.kind !== "checksum") return;
    await inspectTail(source, { start: stream.consumed, after: `the ${format} stream` }, context);
  }
}

/** Endings that a compressor adds to a name, and what remains when they go. */
const ENDINGS: Readonly<Record<StreamFormat, readonly (readonly [string, string])[]>> = {
  gzip: [
    [".tgz", ".tar"],
    [".gz", ""],
    [".z", ""],
  ],
  zlib: [
    [".zlib", ""],
    [".zz", ""],
    [".z", ""],
  ],
  bzip2: [
    [".tbz2", ".tar"],
    [".tbz", ".tar"],
    [".bz2", ""],
  ],
  xz: [
    [".txz", ".tar"],
    [".xz", ""],
  ],
  lzma: [
    [".tlz", ".tar"],
    [".lzma", ""],
  ],
  lz4: [[".lz4", ""]],
  zstd: [
    [".tzst", ".tar"],
    [".zst", ""],
    [".zstd", ""],
  ],
  brotli: [[".br", ""]],
};

/** `model.pkl.gz` holds `model.pkl`; a joblib file keeps its name. */
function innerName(name: string, format: StreamFormat): string {
  const lower = name.toLowerCase();
  for (const [ending, replacement] of ENDINGS[format]) {
    if (lower.endsWith(ending) && lower.length > ending.length) return name.slice(0, -ending.length) + replacement;
  }
  return name;
}

const DAMAGE_RULES: Readonly<Record<Damage["kind"], RuleId>> = {
  truncated: "analysis/truncated",
  corrupt: "analysis/malformed",
  checksum: "archive/content-mismatch",
};

function reportDamage({ kind, message, offset }: Damage, context: ScanContext): void {
  context.report({
    rule: DAMAGE_RULES[kind],
    message,
    subject: "stream",
    ...(offset === undefined ? {} : { offset }),
  });
  if (kind !== "checksum") context.incomplete(message);
}
