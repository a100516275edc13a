import { describe, expect, it } from "vitest";
import { fixture } from "../builders/fixture.js";
import { scanBytes, told } from "../builders/scan.js";

describe("the scanner of Python source", () => {
  it("names the line of what it found", async () => {
    const report = await scanBytes("modeling_x.py", "import os\nimport torch\n\nos.system('echo pwned')\n");
    expect(report.findings).toMatchObject([
      {
        rule: "code/runs-command",
        severity: "critical",
        message: 'starts a program: os.system("echo pwned"), as soon as it is imported (line 4)',
        evidence: { line: 4, call: 'os.system("echo pwned")' },
      },
    ]);
  });

  it("says which modules a file imports, and that nothing was found in an ordinary one", async () => {
    const report = await scanBytes("modeling_x.py", fixture("python/ok.modeling.py"));
    expect(told(report)).toEqual([]);
    expect(report.state).toBe("scanned");
    expect(report.metadata.imports).toEqual(expect.arrayContaining(["torch", "transformers.PreTrainedModel"]));
  });

  it("tells of an encoding with which Python runs other text than an editor shows", async () => {
    const hidden = "# coding: utf-7\n# +AAo-import os; os.system('echo pwned')\n";
    expect(told(await scanBytes("x.py", hidden))).toEqual(["critical code/runs-command", "medium code/unreadable"]);
    expect(told(await scanBytes("x.py", "# coding: latin-1\nimport os\n"))).toEqual([]);
  });

  it("tells of modules that Python imports by itself", async () => {
    expect(told(await scanBytes("usercustomize.py", "x = 1\n"))).toEqual(["high repository/startup-hook"]);
    expect(told(await scanBytes("customize.py", "x = 1\n"))).toEqual([]);
  });

  it("does not take a file for examined that is larger than what it reads", async () => {
    const report = await scanBytes("x.py", "#".repeat((8 << 20) + 1));
    expect(told(report)).toEqual(["medium analysis/limit-exceeded"]);
    expect(report.state).toBe("partial");
  });

  it("ends with its budget", async () => {
    const policy = {
      limits: {
        max_file_bytes: 0,
        timeout_seconds: 0,
        max_depth: 4,
        max_members: 10,
        max_inflated_bytes: 1,
        max_ratio: 2,
        ratio_floor_bytes: 1,
        max_steps: 100,
      },
    };
    const report = await scanBytes("x.py", "x = 1\n".repeat(200), { policy });
    expect(report.state).toBe("partial");
  });
});

describe("the scanner of Python bytecode", () => {
  it("judges what the bytecode does, by its version", async () => {
    const report = await scanBytes("model.cpython-313.pyc", fixture("python-bytecode/bad.shell.cpython-313.pyc"));
    expect(report.metadata.python_version).toBe("3.13");
    expect(report.findings[0]).toMatchObject({ severity: "critical", rule: "code/runs-command" });
  });

  it("recognises bytecode by content, whatever its name", async () => {
    const report = await scanBytes("weights.bin", fixture("python-bytecode/bad.shell.cpython-39.pyc"));
    expect(report.formats).toEqual(["python-bytecode"]);
    expect(report.findings[0]).toMatchObject({ severity: "critical" });
  });

  it.each([60, 200, 400, 600])("does not call a file clean that is cut after %d bytes", async (length) => {
    const report = await scanBytes(
      "model.pyc",
      fixture("python-bytecode/ok.model.cpython-312.pyc").subarray(0, length),
    );
    expect(told(report)).toEqual(["medium analysis/malformed"]);
    expect(report.state).toBe("partial");
  });

  it("says what it cannot read of releases that it does not know", async () => {
    const future = Buffer.from(fixture("python-bytecode/ok.model.cpython-314.pyc"));
    future.writeUInt16LE(3900);
    const report = await scanBytes("model.pyc", future);
    expect(report.metadata.python_version).toBe("unknown");
    expect(report.state).toBe("scanned");
    future.fill(0xee, 40, 60);
    expect((await scanBytes("model.pyc", future)).state).toBe("partial");
  });
});
