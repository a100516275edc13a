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
    const isProgram = OTHER_LANGUAGE.test(context.name);
    if (context.format === "script") tellDisguise(context);
    for (const { text, number, index } of textLines(decoded.text)) {
      context.budget.spendSteps();
      if (/^\s{0,200}#/.test(text)) continue;
      const where = { place: `line ${number}`, offset: decoded.offsetAt(index) };
      const told = isProgram && !STARTS_PROGRAM.test(text) ? false : judgeBuildCommand(text, where, config);
      const { policy } = context;
      const rest = [
        ...judgeSecrets(text, where, policy),
        ...(told || isProgram ? [] : judgeEndpoints(text, where, policy)),
        ...judgeCustomPatterns(text, where, policy),
      ];
      for (const observation of rest) context.report(observation);
    }
  }
}

/** Sources that are no shell scripts: they talk about commands and addresses, and only what they hand to a shell is run. */
const OTHER_LANGUAGE = /\.(?:r|jl|js|mjs|cjs|go|rs|java|scala|kt|swift|c|cc|cpp|cxx|cu|cuh|h|hpp|pyx)$/i;
const STARTS_PROGRAM =
  /\b(?:system2?|popen|run|shell\w{0,8}|[eE]xec\w{0,10}|[sS]pawn\w{0,10}|Command(?:::new)?|Process\w{0,10})\s{0,4}[(`!]/;

const SCRIPT_ENDING = /\.(?:sh|bash|zsh|ksh|csh|fish|bat|cmd|ps1|vbs|pl|rb|lua)$/i;

/** A script under the name of weights, also with its own ending behind it (`pytorch_model.bin.sh`). */
function tellDisguise({ name, report }: ScanContext): void {
  const base = name.slice(name.lastIndexOf("/") + 1);
  if (!isWeightFile(base.replace(SCRIPT_ENDING, ""))) return;
  report({ rule: "executable/disguised", message: `${base} is a script, not a model`, subject: "script" });
}
