import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { concat } from "../../builders/bytes.js";
import { fixedText, group, hdf5, text } from "../../builders/hdf5.js";
import { lambda, layer, RUNS_OS, sequential } from "../../builders/keras.js";
import { memoryTree } from "../../builders/memory-tree.js";
import { scanBytes, scanTree, told } from "../../builders/scan.js";

const EVIL = JSON.stringify(sequential([layer("Lambda", { function: lambda(RUNS_OS) })]));
const PLAIN = JSON.stringify(sequential([layer("Dense", { units: 1 })]));

const fixture = (name: string) => readFileSync(`fixtures/keras/${name}`);
const worth = (lines: readonly string[]) => lines.filter((line) => !line.startsWith("info"));

describe("HDF5 models", () => {
  it.each(["model_config", "training_config", "anything"])("are judged by the attribute %s", async (name) => {
    expect(told(await scanBytes("m.h5", hdf5(group({}, { [name]: text(EVIL) }))))).toEqual([
      "critical keras/lambda-code",
    ]);
    expect(told(await scanBytes("m.h5", hdf5(group({}, { [name]: text(PLAIN) }))))).toEqual([]);
  });

  it("are judged when white space stands before their config", async () => {
    expect(told(await scanBytes("m.h5", hdf5(group({}, { model_config: text(`\n ${EVIL}`) }))))).toEqual([
      "critical keras/lambda-code",
    ]);
  });

  it("are judged however deep their config is", async () => {
    const deep = `${'{"a":'.repeat(900)}${EVIL}${"}".repeat(900)}`;
    expect(told(await scanBytes("m.h5", hdf5(group({}, { model_config: text(deep) }))))).toEqual([
      "critical keras/lambda-code",
    ]);
  });

  it("are all judged when one of their configs is broken", async () => {
    const report = await scanBytes(
      "m.h5",
      hdf5(group({}, { model_config: text('{"class_name": "A", '), training_config: text(EVIL) })),
    );
    expect(told(report)).toEqual(expect.arrayContaining(["critical keras/lambda-code", "medium analysis/malformed"]));
  });

  it("are judged in nested groups too, because loaders take a group", async () => {
    const nested = hdf5(group({ inner: group({}, { model_config: fixedText(EVIL) }) }));
    expect(told(await scanBytes("m.h5", nested))).toEqual(["critical keras/lambda-code"]);
  });

  it("name the advisory about safe mode in HDF5 and the version that wrote them", async () => {
    const file = hdf5(
      group({}, { model_config: text(EVIL), keras_version: text("2.4.0"), backend: text("tensorflow") }),
    );
    const { findings, metadata } = await scanBytes("m.keras", file);
    expect(findings[0]?.references).toEqual(expect.arrayContaining(["CVE-2024-3660", "CVE-2025-9905"]));
    expect(findings[0]?.evidence).toMatchObject({ saved_with: "2.4.0" });
    expect(metadata).toMatchObject({ keras_version: "2.4.0", keras_backend: "tensorflow" });
  });

  it("tell a key that stands twice in their config", async () => {
    const twice = PLAIN.replace('"units":1', '"units":1,"units":2');
    expect(told(await scanBytes("m.h5", hdf5(group({}, { model_config: text(twice) }))))).toEqual([
      "low config/duplicate-key",
    ]);
  });

  it("are partial when their config is no JSON to the end", async () => {
    const report = await scanBytes("m.h5", hdf5(group({}, { model_config: text(EVIL.slice(0, -1)) })));
    expect(told(report)).toEqual(expect.arrayContaining(["critical keras/lambda-code", "medium analysis/malformed"]));
  });
});

describe("the metadata of a SavedModel", () => {
  const varint = (value: number) => (value < 128 ? [value] : [(value & 0x7f) | 0x80, value >> 7]);
  const field = (number: number, content: Uint8Array) => concat([(number << 3) | 2], varint(content.length), content);
  const metadata = (config: string) =>
    field(
      1,
      concat([0x10, 1], field(3, concat("root")), field(4, concat("_tf_keras_sequential")), field(5, concat(config))),
    );

  it("is recognised by content and judged", async () => {
    const report = await scanBytes("renamed.bin", metadata(EVIL));
    expect(report.formats).toEqual(["keras-metadata"]);
    expect(told(report)).toEqual(["critical keras/lambda-code"]);
    expect(told(await scanBytes("keras_metadata.pb", metadata(PLAIN)))).toEqual([]);
  });

  it("is judged up to where it breaks", async () => {
    const whole = metadata(EVIL);
    const report = await scanBytes("keras_metadata.pb", concat(whole, whole.subarray(0, 40)));
    expect(told(report)).toContain("critical keras/lambda-code");
    expect(report.state).toBe("partial");
  });
});

describe(".keras archives", () => {
  const files = {
    "config.json": PLAIN,
    "metadata.json": '{"keras_version": "3.5.0"}',
    "model.weights.h5": hdf5(),
    "assets/v.txt": "a",
  };

  it("state their version", async () => {
    expect((await scanTree(memoryTree(files, "zip"))).metadata).toMatchObject({ keras_version: "3.5.0" });
  });

  it("tell what does not belong, and only in an archive", async () => {
    const more = { ...files, "run.py": "x" };
    expect(told(await scanTree(memoryTree(files, "zip")))).toEqual([]);
    expect(worth(told(await scanTree(memoryTree(more, "zip"))))).toContain("low keras/unexpected-member");
    expect(worth(told(await scanTree(memoryTree(more, "directory"))))).not.toContain("low keras/unexpected-member");
  });

  it("are not seen in folders with other configurations", async () => {
    const transformers = { "config.json": '{"model_type": "bert"}', "metadata.json": "{}", "x.bin": "a" };
    expect(told(await scanTree(memoryTree(transformers, "zip")))).toEqual([]);
  });
});

describe("models that Keras itself saved", () => {
  it.each(["ok.dense.keras", "ok.dense.h5", "ok.functional.json"])(
    "are silent when they are ordinary: %s",
    async (name) => {
      const report = await scanBytes(name, fixture(name));
      expect(worth(told(report))).toEqual([]);
      expect(report.state).toBe("scanned");
    },
  );

  it.each(["bad.lambda.keras", "bad.lambda.h5"])("are told by their Lambda: %s", async (name) => {
    expect(worth(told(await scanBytes("renamed", fixture(name))))).toEqual(["critical keras/lambda-code"]);
  });

  it("are told at low when their Lambda only computes", async () => {
    expect(worth(told(await scanBytes("m.keras", fixture("bad.lambda-arithmetic.keras"))))).toEqual([
      "low keras/lambda-code",
    ]);
  });
});
