import { Command } from "commander";
import { VERSION } from "../version.js";
import { writeStdout } from "./output.js";
import { addScanOptions, type ScanFlags } from "./scan-options.js";
import { widthOf } from "./terminal.js";

const SCAN_FOOTER = `
Exit codes: 0 nothing found, all examined; 1 findings; 2 not all could be
examined, or the command was wrong; 130 interrupted.

Examples:
  modelaudit model.pkl                          what would loading this file do?
  modelaudit scan ./models --fail-on high       for a gate in CI
  modelaudit scan 'models/**/*.pt' -o report.json
`;

const CACHE_ACTIONS = [
  ["stats", "Where it lies and how large it is."],
  ["clear", "Remove everything."],
  ["cleanup", "Remove what is old, and what is more than it may hold."],
] as const;

/** The command line. Every action sets the exit code and loads its own code when it runs. */
export function buildProgram(setExitCode: (code: number) => void): Command {
  const program = new Command("modelaudit")
    .description("Tells whether machine-learning model files are safe to load, without loading them.")
    .version(`modelaudit, version ${VERSION}`, "--version")
    .showHelpAfterError("(modelaudit scan --help lists the options)")
    .exitOverride();

  addScanOptions(program.command("scan", { isDefault: true }))
    .description("Scan model files, folders and patterns (the default command).")
    .addHelpText("after", SCAN_FOOTER)
    .action(async (paths: string[], flags: ScanFlags) => {
      const { scanCommand } = await import("./scan-command.js");
      setExitCode(await scanCommand(paths, flags));
    });

  program
    .command("trace")
    .argument("<file>", "a pickle, or a file that holds pickles")
    .description("Show what loading a pickle would do, line by line, with offsets.")
    .action(async (file: string) => {
      const { traceCommand } = await import("./trace-command.js");
      await traceCommand(file);
    });

  program
    .command("rules")
    .argument("[id]", "explain this rule")
    .description("List the rules, or explain one.")
    .action(async (id: string | undefined) => {
      const { rulesText } = await import("./rules-command.js");
      await writeStdout(rulesText(id, widthOf(process.stdout)));
    });

  const cache = program.command("cache").description("Show or empty the cache of earlier results.");
  for (const [action, does] of CACHE_ACTIONS) {
    cache
      .command(action)
      .description(does)
      .action(async () => {
        const { cacheText } = await import("./cache-command.js");
        await writeStdout(cacheText(action));
      });
  }

  program
    .command("doctor")
    .option("-c, --config <file>", "security rules (TOML) over the defaults")
    .description("Show which scanners load, and the settings in force.")
    .action(async ({ config }: { config?: string }) => {
      const { diagnose } = await import("./doctor-command.js");
      const { text, healthy } = await diagnose(config);
      await writeStdout(text);
      setExitCode(healthy ? 0 : 2);
    });

  return program;
}
