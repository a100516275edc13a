import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { concat, zeros } from "../builders/bytes.js";
import { gguf, oneGgufTensor } from "../builders/gguf.js";
import { lambda, layer, RUNS_OS, sequential } from "../builders/keras.js";
import * as p from "../builders/pickle.js";
import { oneTensor } from "../builders/safetensors.js";
import { scanBytes } from "../builders/scan.js";
import { tar } from "../builders/tar.js";
import { endRecord, zip } from "../builders/zip.js";
import { failing } from "./attack.js";

const MALICE = p.osSystem();
const HARMLESS = p.pickle(p.proto(4), p.int(1), p.stop);
const PNG = concat([0x89], "PNG\r\n\x1a\n", zeros(64));
const YAML_CALL = "model: !!python/object/apply:os.system ['id']\n";
const LAMBDA_MODEL = JSON.stringify(sequential([layer("Lambda", { name: "l", function: lambda(RUNS_OS) })]));

function keras(config: Uint8Array | string): Uint8Array {
  const entries = [
    { name: "metadata.json", data: JSON.stringify({ keras_version: "3.6.0" }) },
    { name: "config.json", data: config },
    { name: "model.weights.h5", data: zeros(16) },
  ];
  return zip({ entries });
}

function utf32(text: string): Uint8Array {
  return concat(...[...text].map((char) => p.le(char.codePointAt(0) ?? 0, 4)));
}

/** An archive in whose gap an unlisted entry begins at this offset. */
function hiddenAt(offset: number): Uint8Array {
  const hidden = zip({ entries: [{ name: "data.pkl", data: MALICE }], end: false });
  const entry = hidden.subarray(0, hidden.indexOf("PK\x01\x02"));
  const noise = Buffer.alloc(offset, "P");
  return zip({
    entries: [
      { name: "a", data: "x", gap: concat(noise, entry) },
      { name: "b", data: "y" },
    ],
  });
}

describe("an attack by a container", () => {
  failing([
    {
      hope: "the same bytes under a fifth name are not visited, and only that name makes them YAML",
      name: "model.zip",
      bytes: () => {
        const first = { name: "0.txt", data: YAML_CALL };
        const at = { headerOffset: 0, listedOnly: true };
        const names = ["1.txt", "2.txt", "3.txt", "4.txt", "hydra.yaml"];
        return zip({ entries: [first, ...names.map((name) => ({ ...first, name, ...at, local: { name: "0.txt" } }))] });
      },
    },
    {
      hope: "the archive's comment is a pickle",
      name: "model.zip",
      bytes: () => zip({ entries: [{ name: "a", data: "x" }], comment: MALICE }),
    },
    {
      hope: "a pickle stands before the archive",
      name: "model.pt",
      bytes: () => zip({ entries: [{ name: "a", data: "x" }], prefix: MALICE }),
    },
    {
      hope: "a pickle stands between two entries",
      name: "model.zip",
      bytes: () =>
        zip({
          entries: [
            { name: "a", data: "x", gap: MALICE },
            { name: "b", data: "y" },
          ],
        }),
    },
    {
      hope: "a pickle stands between the directory and the end record",
      name: "model.zip",
      bytes: () => zip({ entries: [{ name: "a", data: "x" }], beforeEnd: MALICE }),
    },
    {
      hope: "a second end record shows another reader an empty archive",
      name: "model.zip",
      bytes: () =>
        concat(
          zip({ entries: [{ name: "data.pkl", data: MALICE }] }),
          endRecord({ entries: 0, directorySize: 0, directoryOffset: 0 }),
        ),
    },
    {
      hope: "an entry that the directory does not list",
      name: "model.zip",
      bytes: () =>
        zip({
          entries: [
            { name: "a", data: "x" },
            { name: "b", data: MALICE, hidden: true },
          ],
        }),
    },
    {
      hope: "a directory's entry has content",
      name: "model.zip",
      bytes: () => zip({ entries: [{ name: "folder/", data: MALICE }] }),
    },
    {
      hope: "the storage of a tensor is a pickle",
      name: "model.pt",
      bytes: () =>
        zip({
          entries: [
            { name: "m/data.pkl", data: HARMLESS },
            { name: "m/version", data: "3\n" },
            { name: "m/data/0", data: MALICE },
          ],
        }),
    },
    {
      hope: "two records differ only by case, and torch opens the other one",
      name: "model.pt",
      bytes: () =>
        zip({
          entries: [
            { name: "m/data.pkl", data: HARMLESS },
            { name: "m/DATA.PKL", data: MALICE },
            { name: "m/version", data: "3\n" },
          ],
        }),
    },
    {
      hope: "twenty archives deep, no scanner follows",
      name: "model.zip",
      bytes: () =>
        Array.from({ length: 20 }).reduce<Uint8Array>(
          (data) => zip({ entries: [{ name: "a.zip", data, method: 8 }] }),
          MALICE,
        ),
    },
    {
      hope: "the second member of a gzip file is the pickle",
      name: "model.pkl.gz",
      bytes: () => concat(gzipSync(HARMLESS), gzipSync(MALICE)),
    },
    { hope: "a zlib stream has no name that tells it", name: "weights", bytes: () => deflateSync(MALICE) },
    {
      hope: "a pickle follows the last tensor of a safetensors file",
      name: "model.safetensors",
      bytes: () => concat(oneTensor(), MALICE),
    },
    {
      hope: "a pickle follows the tensors of a GGUF file",
      name: "model.gguf",
      bytes: () => concat(gguf(oneGgufTensor), zeros(64), MALICE),
    },
    { hope: "a pickle follows an image", name: "logo.png", bytes: () => concat(PNG, MALICE) },
    { hope: "a pickle is called README.md", name: "README.md", bytes: () => MALICE },
    { hope: "a text pickle is called README.md", name: "README.md", bytes: () => "cos\nsystem\n(S'id'\ntR." },
    {
      hope: "a text pickle follows two lines of prose",
      name: "notes.txt",
      bytes: () => "A fine model.\nTrained by us.\ncos\nsystem\n(S'id'\ntR.",
    },
    { hope: "a pickle is called model.safetensors", name: "model.safetensors", bytes: () => MALICE },
    {
      hope: "a pickle lies behind the end of a tar",
      name: "model.tar",
      bytes: () => concat(tar({ name: "a", data: "x" }), MALICE),
    },
    {
      hope: "a tar's entry lies to some readers about its size",
      name: "model.tar",
      bytes: () => tar({ name: "a", data: MALICE, size: 0 }),
    },
    {
      hope: "a Keras configuration in UTF-16 with a mark",
      name: "m.keras",
      bytes: () => keras(concat([0xff, 0xfe], Buffer.from(LAMBDA_MODEL, "utf16le"))),
      least: "high",
    },
    {
      hope: "a Keras configuration in UTF-16 without a mark, which json.loads tells by its zeros",
      name: "m.keras",
      bytes: () => keras(Buffer.from(LAMBDA_MODEL, "utf16le")),
    },
    { hope: "a Keras configuration in UTF-32", name: "m.keras", bytes: () => keras(utf32(LAMBDA_MODEL)) },
    {
      hope: "a Keras configuration behind a UTF-8 mark",
      name: "m.keras",
      bytes: () => keras(concat([0xef, 0xbb, 0xbf], LAMBDA_MODEL)),
    },
    {
      hope: "the class of a layer is given twice, and Python takes the last",
      name: "m.keras",
      bytes: () => keras(LAMBDA_MODEL.replace('"class_name":"Lambda"', '"class_name":"Dense","class_name":"Lambda"')),
      least: "high",
    },
    {
      hope: "the class of a layer is spelled with JSON escapes",
      name: "m.keras",
      bytes: () => keras(LAMBDA_MODEL.replace("Lambda", "\\u004cambda")),
      least: "high",
    },
    { hope: "YAML in UTF-16", name: "conf.yaml", bytes: () => concat([0xff, 0xfe], Buffer.from(YAML_CALL, "utf16le")) },
    {
      hope: "YAML whose tags go through a handle of its own",
      name: "conf.yaml",
      bytes: () => "%TAG ! tag:yaml.org,2002:python/\n---\na: !object/apply:os.system ['id']\n",
    },
    { hope: "YAML whose second document runs code", name: "conf.yaml", bytes: () => `a: 1\n---\n${YAML_CALL}` },
    {
      hope: "YAML that spells the tag with percent escapes",
      name: "conf.yaml",
      bytes: () => "a: !!python/object%2fapply:os.system ['id']\n",
    },
    {
      hope: "YAML with the verbatim form of a tag",
      name: "conf.yaml",
      bytes: () => "a: !<tag:yaml.org,2002:python/object/apply:os.system> ['id']\n",
    },
    {
      hope: "YAML that calls itself JSON",
      name: "config.json",
      bytes: () => '{"a": !!python/object/apply:os.system ["id"]}',
    },
    ...[1, 2, 3, 4].map((before) => ({
      hope: `a hidden entry begins ${before} bytes before the end of the block that is searched`,
      name: "model.zip",
      bytes: () => hiddenAt((1 << 20) - before),
      rule: "archive/hidden-entry",
    })),
  ]);

  it("finds a hidden entry, and takes no listed one behind the gap for hidden", async () => {
    const { findings } = await scanBytes("model.zip", hiddenAt(5000));
    const hidden = findings.filter(({ rule }) => rule === "archive/hidden-entry");
    expect(hidden.map(({ message }) => /data\.pkl/.test(message))).toEqual([true]);
  });
});
