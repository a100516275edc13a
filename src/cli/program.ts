import { Command, Option } from "commander";
import { VERSION } from "../version.js";
import { addHiddenOptions } from "./hidden-options.js";
import type { MetadataFlags } from "./metadata-command.js";
import { writeComplaint, writeStdout } from "./output.js";
import { scanCommand } from "./scan-command.js";
import { addScanOptions, type ScanFlags } from "./scan-options.js";
import { widthOf } from "./terminal.js";

const SCAN_FOOTER = `
Exit codes: 0 nothing found, all examined; 1 findings; 2 not all could be
examined, or the command was wrong; 130 interrupted.
Baselines, annotations, single scanners: modelaudit scan --help-all

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

/** The help of `scan` with the options that few need. */
function fullHelp(): string {
  const command = addHiddenOptions(addScanOptions(new Command("modelaudit scan")), { showRare: true });
  return command.addHelpText("after", SCAN_FOOTER).helpInformation();
}

/** The command line. Every action but the scan, which most runs are, loads its code when it runs. */
export function buildProgram(setExitCode: (code: number) => void): Command {
  const program = new Command("modelaudit")
    .description("Tells whether machine-learning model files are safe to load, without loading them.")
    .version(`modelaudit, version ${VERSION}`, "--version")
    .configureOutput({ writeErr: writeComplaint })
    .showHelpAfterError("(modelaudit scan --help lists the options)")
    .exitOverride();

  addHiddenOptions(addScanOptions(program.command("scan", { isDefault: true })))
    .description("Scan model files, folders and patterns (the default command).")
    .addHelpText("after", SCAN_FOOTER)
    .action(async (paths: string[], flags: ScanFlags) => {
      if (flags.helpAll) return writeStdout(fullHelp());
      const names = program.commands.map((command) => command.name());
      setExitCode(await scanCommand(paths, flags, names));
    });

  program
    .command("metadata")
    .argument("<path>", "a model file, or a folder of them")
    .addOption(new Option("-f, --format <format>", "how to show it").choices(["text", "json", "yaml", "table"]))
    .option("-o, --output <file>", "write it to a file instead of stdout")
    .option("-c, --config <file>", "security rules (TOML) over the defaults")
    .option("--security-only", "only what says where it comes from and what it reaches for")
    .addOption(new Option("--trust-loaders").hideHelp())
    .description("Show what a model says of itself, without loading it.")
    .action(async (path: string, flags: MetadataFlags) => {
      const { metadataCommand } = await import("./metadata-command.js");
      setExitCode(await metadataCommand(path, flags));
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
      .option("--cache-dir <folder>", "another folder than that of the platform")
      .action(async ({ cacheDir }: { cacheDir?: string }) => {
        const { cacheText } = await import("./cache-command.js");
        await writeStdout(cacheText(action, cacheDir));
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

  program
    .command("completion")
    .argument("<shell>", "bash, zsh or fish")
    .description("Print a script that lets the shell complete commands and options.")
    .action(async (shell: string) => {
      const { completionScript } = await import("./completion.js");
      await writeStdout(completionScript(shell, program));
    });

  for (const command of program.commands) {
    if (command.name() !== "scan") command.showHelpAfterError(`(modelaudit ${command.name()} --help says more)`);
  }
  return program;
}
