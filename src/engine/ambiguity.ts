import type { Detection } from "../detect/detect.js";
import type { FormatId } from "../detect/format.js";
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

/** What the disagreement of content with name, or of content with itself, is worth. */
export function judgeAmbiguity(detection: Detection, name: string, _depth: number): Observation[] {
  const { formats } = detection;
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
