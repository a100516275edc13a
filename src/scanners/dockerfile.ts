import { decodeText } from "../formats/text/decode.js";
import type { ByteSource } from "../io/byte-source.js";
import { judgeBuildCommand } from "./config/build-commands.js";
import { configContext } from "./config/scan-config.js";
import { isWeightFile } from "./layout-roots.js";
import { textLines } from "./lines.js";
import { textWindow } from "./requirements.js";
import type { ScanContext, Scanner } from "./scanner.js";
import { judgeCustomPatterns, judgeEndpoints, judgeSecrets } from "./text-content.js";

/** Dockerfiles and shell scripts beside a model: commands that fetch code and run it, credentials, odd addresses. */
export class DockerfileScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const decoded = decodeText(await textWindow(source, context));
    const config = configContext(context);
    if (context.format === "script") tellDisguise(context);
    for (const { text, number, index } of textLines(decoded.text)) {
      context.budget.spendSteps();
      if (/^\s{0,200}#/.test(text)) continue;
      const where = { place: `line ${number}`, offset: decoded.offsetAt(index) };
      const told = judgeBuildCommand(text, where, config);
      const { policy } = context;
      const rest = [
        ...judgeSecrets(text, where, policy),
        ...(told ? [] : judgeEndpoints(text, where, policy)),
        ...judgeCustomPatterns(text, where, policy),
      ];
      for (const observation of rest) context.report(observation);
    }
  }
}

const SCRIPT_ENDING = /\.(?:sh|bash|zsh|ksh|csh|fish|bat|cmd|ps1|vbs|pl|rb|lua)$/i;

/** A script under the name of weights, also with its own ending behind it (`pytorch_model.bin.sh`). */
function tellDisguise({ name, report }: ScanContext): void {
  const base = name.slice(name.lastIndexOf("/") + 1);
  if (!isWeightFile(base.replace(SCRIPT_ENDING, ""))) return;
  report({ rule: "executable/disguised", message: `${base} is a script, not a model`, subject: "script" });
}
