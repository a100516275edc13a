import { decodeText } from "../formats/text/decode.js";
import type { ByteSource } from "../io/byte-source.js";
import { judgeTemplate } from "./jinja-judge.js";
import type { ScanContext, Scanner } from "./scanner.js";

/** Far beyond the largest real template; what `judgeTemplate` reads of it is less. */
const MAX_BYTES = 4 << 20;

/** Jinja templates that lie beside a model: `chat_template.jinja` and others. */
export class JinjaScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const bytes = await source.read(0, Math.min(source.size, MAX_BYTES));
    context.examined(bytes.length);
    context.budget.spendSteps(bytes.length);
    const findings = judgeTemplate(decodeText(bytes).text);
    // Templates of other things than chats are split over several files.
    const isChat = /chat|prompt/i.test(context.name);
    for (const finding of findings) {
      const isPlainLoad = finding.rule === "template/loads-template" && finding.severity === undefined && !isChat;
      context.report(isPlainLoad ? { ...finding, severity: "low" } : finding);
    }
    const isCut = source.size > MAX_BYTES || findings.some(({ rule }) => rule === "template/too-large");
    if (isCut) context.incomplete("the template is larger than what is examined");
  }
}
