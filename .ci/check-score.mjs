// Fails when the score on the corpus is worse than what was reached before. Raise the bounds with the scanner, never lower them.
import { readFileSync } from "node:fs";

const BOUNDS = { detection: 0.9945, graded_rate: 0.997, false_alarm_rate: 0, crashes: 0 };

const { summary } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const problems = [
  ...["detection", "graded_rate"].filter((key) => summary[key] < BOUNDS[key]).map((key) => `${key} ${summary[key]} is below ${BOUNDS[key]}`),
  ...["false_alarm_rate", "crashes"].filter((key) => summary[key] > BOUNDS[key]).map((key) => `${key} ${summary[key]} is above ${BOUNDS[key]}`),
];
for (const problem of problems) console.error(`score: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;
