import { describe, expect, test } from "vitest";
import { detect } from "../../src/detect/detect.js";
import { probe } from "../../src/detect/probe.js";
import { recogniseText } from "../../src/detect/text.js";
import { BufferSource } from "../../src/io/byte-source.js";

async function kind(name: string, content: string | Uint8Array): Promise<string | undefined> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const found = recogniseText(await probe(new BufferSource(bytes), name));
  return found && `${found.format} by ${found.by}`;
}

describe("text is recognised by its content, whatever its name", () => {
  test.each([
    ["model.bin", '{"auto_map": {}}', "json by structure"],
    ["notes", "[[1, 2], [3]]", "json by structure"],
    ["weights.txt", '<?xml version="1.0"?><PMML/>', "xml by structure"],
    ["x", "%TAG ! tag:yaml.org,2002:\n---\na: b\n", "yaml by structure"],
    ["run", "#!/bin/sh\necho\n", "script by structure"],
    ["run", "#!/usr/bin/env python3\nprint(1)\n", "python by structure"],
    ["hyper", "a: 1\nb:\n  - c\n  - d\n", "yaml by lines"],
    ["hyper.txt", "Some words\nx: !!python/object/apply:os.system [id]\n", "yaml by lines"],
    ["hyper.dat", "model:\n  _target_: os.system\n", "yaml by lines"],
    ["payload", "import os\n\nos.system('id')\n", "python by lines"],
    ["build", "FROM python:3\nRUN pip install x\nCMD ['x']\n", "dockerfile by lines"],
    ["pins", "torch==2.1.0\nnumpy>=1.26\n", "requirements by lines"],
    ["template", "{% for m in messages %}\n{{ m }}\n{% endfor %}", "jinja by lines"],
  ])("%s with %j is %s", async (name, content, expected) => {
    expect(await kind(name, content)).toBe(expected);
  });

  test("a UTF-16 text with its mark is text", async () => {
    expect(await kind("a.json", Buffer.from('\ufeff{"a": 1}', "utf16le"))).toBe("json by structure");
  });
});

describe("the name decides where the content does not", () => {
  test.each([
    ["requirements-dev.txt", "torch\n", "requirements by name"],
    ["Dockerfile.gpu", "# empty\n", "dockerfile by name"],
    ["a.yaml", '{"a": 1}', "yaml by name"],
    ["MLmodel", "x\n", "yaml by name"],
    ["a.json", "nothing", "json by name"],
    ["README.md", "import os\nos.system('id')\n", "text by name"],
    ["LICENSE", "Apache License\n", "text by name"],
    ["yolo.cfg", "[net]\nbatch=64\nwidth=416\n", "toml by name"],
  ])("%s is %s", async (name, content, expected) => {
    expect(await kind(name, content)).toBe(expected);
  });
});

describe("ordinary text is nothing else", () => {
  test.each([
    ["vocab.txt", "[PAD]\n[UNK]\nthe\nof\n"],
    ["merges.txt", "#version: 0.2\nĠ t\nh e\n"],
    ["log", "2024-01-01 10:00:00 INFO loss 0.5\nRuntimeError: CUDA out of memory\n"],
    ["labels", "cat\ndog\n"],
    ["refs", "[1] A. Author, A title\n[2] Another\n"],
    ["essay", "You can import torch and call model.eval(); from there it is easy.\nNothing else.\n"],
    ["qwen.tiktoken", "IQ== 0\nIg== 1\nIw== 2\n"],
  ])("%s", async (name, content) => {
    expect(await kind(name, content)).toBe("text by lines");
  });

  test.each([
    ["NUL bytes", new Uint8Array([0x61, 0, 0x62])],
    ["control characters", new Uint8Array([0x80, 0x04, 0x95])],
    ["much that is no UTF-8", new Uint8Array(200).fill(0xe9)],
  ])("%s are no text", async (_, bytes) => {
    expect(await kind("a", bytes)).toBeUndefined();
  });
});

describe("beside other formats", () => {
  const formats = async (name: string, content: string) => {
    const { formats } = await detect(new BufferSource(new TextEncoder().encode(content)), name);
    return [...formats].sort();
  };
  const PICKLE = "cos\nsystem\n(S'id'\ntR.";

  test("a pickle of protocol 0 is no text, whatever it looks like", async () => {
    expect(await formats("a.txt", PICKLE)).toEqual(["pickle"]);
    expect(await formats("README.md", PICKLE)).toEqual(["pickle"]);
  });

  test("a name that a text loader goes by counts as well", async () => {
    expect(await formats("a.yaml", PICKLE)).toEqual(["pickle", "yaml"]);
  });
});
