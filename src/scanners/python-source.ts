import { LimitError } from "../errors.js";
import { decodeSource } from "../formats/python/encoding.js";
import { MAX_SOURCE } from "../formats/python/read-python.js";
import type { ByteSource } from "../io/byte-source.js";
import { judgeSource } from "./code/judge-source.js";
import { observationsOf } from "./code/report.js";
import type { ScanContext, Scanner } from "./scanner.js";

/** Modules that Python imports by itself at every start, if they lie on its path (see `site`). */
const STARTUP_MODULES = new Set(["sitecustomize.py", "usercustomize.py"]);
const MAX_IMPORTS = 50;

/** Python source beside a model or in its archive: what it does as it is imported, and what it hides. */
export class PythonSourceScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const bytes = await source.read(0, Math.min(source.size, MAX_SOURCE));
    context.examined(bytes.length);
    if (STARTUP_MODULES.has(context.name.toLowerCase())) {
      const message = `${context.name} is imported by every Python that finds it on its path`;
      context.report({ rule: "repository/startup-hook", message, subject: context.name });
    }
    const { text, oddEncoding } = decodeSource(bytes);
    if (oddEncoding !== undefined) {
      context.report({
        rule: "code/unreadable",
        message: `the source declares the encoding ${oddEncoding}: Python runs other text than an editor shows`,
        subject: "encoding",
      });
    }
    const { summary, findings } = judgeSource(text, context.policy, (steps) => context.budget.spendSteps(steps));
    for (const observation of observationsOf(findings, "line")) context.report(observation);
    context.describe("imports", summary.imports.slice(0, MAX_IMPORTS));
    if (summary.gaps.some((gap) => !gap.includes("not valid Python"))) context.incomplete(summary.gaps.join("; "));
    if (source.size > MAX_SOURCE)
      throw new LimitError("source", `source of ${source.size} bytes, ${MAX_SOURCE} are read`);
  }
}
