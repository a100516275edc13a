import { describe, expect, it } from "vitest";
import { completionScript } from "../../src/cli/completion.js";
import { buildProgram } from "../../src/cli/program.js";
import { run } from "./run.js";

const program = buildProgram(() => {});

describe("a completion script", () => {
  it.each(["bash", "zsh", "fish"])("for %s knows every command, and every option that the help shows", (shell) => {
    const script = completionScript(shell, program);
    for (const command of program.commands) {
      expect(script).toContain(command.name());
      for (const { long, hidden } of command.options) {
        if (!hidden) expect(script).toContain(long?.slice(2) ?? "");
      }
    }
    expect(script).not.toContain("jfrog");
  });

  it("offers the values of options, which differ by command, and of arguments", () => {
    const [bash, zsh, fish] = ["bash", "zsh", "fish"].map((shell) => completionScript(shell, program));
    expect(bash).toContain('*:--preset) offered="security fast compliance"');
    expect(bash).toContain('metadata:--format) offered="text json yaml table"');
    expect(bash).toContain('completion) words="bash zsh fish"');
    expect(zsh).toContain("'--format[how to show it]:value:(text json yaml table)'");
    expect(zsh).toContain("completion) _arguments '1:action:(bash zsh fish)'");
    expect(fish).toContain("'__fish_seen_subcommand_from metadata' -l format -s f -x -a 'text json yaml table'");
    expect(fish).toContain("'__fish_seen_subcommand_from completion' -a zsh");
  });

  it("offers what a scan takes where no command is named", () => {
    expect(completionScript("fish", program)).toMatch(
      /-n 'not __fish_seen_subcommand_from metadata [^']*' -l fail-on -x -a 'critical high/,
    );
    expect(completionScript("bash", program)).toMatch(/\*\) words="--format /);
  });

  it("is printed, and refused for a shell that is not known", async () => {
    expect((await run(["completion", "fish"])).stdout).toContain("complete -c modelaudit");
    const { code, stderr } = await run(["completion", "tcsh"]);
    expect(code).toBe(2);
    expect(stderr).toContain("one of bash, zsh, fish");
  });
});
