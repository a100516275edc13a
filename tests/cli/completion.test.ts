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

  it("offers the values of options", () => {
    expect(completionScript("bash", program)).toContain('--preset) COMPREPLY=($(compgen -W "security fast compliance"');
  });

  it("is printed, and refused for a shell that is not known", async () => {
    expect((await run(["completion", "fish"])).stdout).toContain("complete -c modelaudit");
    const { code, stderr } = await run(["completion", "tcsh"]);
    expect(code).toBe(2);
    expect(stderr).toContain("one of bash, zsh, fish");
  });
});
