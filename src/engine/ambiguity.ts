import type { Detection } from "../detect/detect.js";
import type { Observation } from "../scanners/scanner.js";

/** What the disagreement of content with name, or of content with itself, is worth. */
export function judgeAmbiguity(detection: Detection, name: string, _depth: number): Observation[] {
  const { formats } = detection;
  if (formats.length < 2) return [];
  return [
    {
      rule: "analysis/polyglot",
      message: `${name} is valid as ${formats.join(" and as ")}`,
      subject: [...formats].sort().join("+"),
      evidence: { formats: [...formats] },
    },
  ];
}
