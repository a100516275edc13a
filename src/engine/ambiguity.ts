import { FORMATS, type FormatId } from "../detect/format.js";
import { brokenPromise } from "../detect/promise.js";
import type { Observation } from "../scanners/scanner.js";

/**
 * Formats that honestly share a file: TensorFlow Lite hangs its label files on the model, self-extractors and Python zip applications hang
 * the archive on the program.
 */
const ORDINARY: readonly (readonly FormatId[])[] = [
  ["tflite", "zip"],
  ["executable", "zip", "llamafile"],
  ["script", "python", "zip"],
];

/** A stream that holds an archive may show it: whether that is all is known when it was read. */
const STREAMS: readonly FormatId[] = ["gzip", "zlib", "bzip2", "xz", "lzma", "lz4", "zstd", "brotli"];

export function mayBeExplained(formats: readonly FormatId[]): boolean {
  return formats.includes("zip") && formats.some((format) => STREAMS.includes(format));
}

/** What the disagreement of content with name, or of content with itself, is worth. */
export function judgeAmbiguity(formats: readonly FormatId[], name: string): Observation[] {
  return [...judgeSeveral(formats, name), ...judgePromise(formats, name)];
}

function judgeSeveral(formats: readonly FormatId[], name: string): Observation[] {
  if (formats.length < 2) return [];
  const isOrdinary = ORDINARY.some((row) => formats.every((format) => row.includes(format)));
  return [
    {
      rule: "analysis/polyglot",
      ...(isOrdinary && { severity: "low" as const }),
      message: `${name} is valid as ${formats.join(" and as ")}`,
      subject: [...formats].sort().join("+"),
      evidence: { formats: [...formats] },
    },
  ];
}

/** Worth what hides behind the name: what the content does is told on its own. */
function judgePromise(formats: readonly FormatId[], name: string): Observation[] {
  const broken = brokenPromise(name, formats);
  if (broken === undefined) return [];
  const content = formats.map((format) => FORMATS[format]).join(" and ");
  return [
    {
      rule: "analysis/type-mismatch",
      severity: broken.isDisguise ? "medium" : "low",
      message: `the name ends in ${broken.ending}, the content is ${content}`,
      subject: `${broken.ending} ${formats.join("+")}`,
      evidence: { ending: broken.ending, formats: [...formats] },
    },
  ];
}
