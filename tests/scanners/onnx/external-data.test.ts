import { expect, test } from "vitest";
import type { Tree, TreeEntry } from "../../../src/scanners/scanner.js";
import { memoryTree } from "../../builders/memory-tree.js";
import { onnxModel, onnxNode, tensor, tensorAttribute } from "../../builders/onnx.js";
import { field, integer } from "../../builders/protobuf.js";
import { scanBytes, told } from "../../builders/scan.js";

const BESIDE = memoryTree({ "w.bin": new Uint8Array(64), "weights/w.bin": new Uint8Array(64) });

async function judge(
  external: Readonly<Record<string, string>>,
  tree: Tree = BESIDE,
  name = "model.onnx",
): Promise<string[]> {
  const bytes = onnxModel({ tensors: [tensor({ external })] });
  return told(await scanBytes(name, bytes, { tree }));
}

test.each(["w.bin", "./w.bin", "weights/w.bin"])("data beside the model at %s is normal", async (location) => {
  expect(await judge({ location, offset: "0", length: "8" })).toEqual([]);
});

test.each([
  "/etc/passwd",
  "../w.bin",
  "weights/../../w.bin",
  "weights\\..\\..\\w.bin",
  "..\\w.bin",
  "C:\\w.bin",
  "C:w.bin",
  "\\\\host\\share\\w.bin",
  "//host/w.bin",
  "~/w.bin",
  "file:///etc/passwd",
  "http://169.254.169.254/latest",
  "s3://bucket/w.bin",
  "w.bin\0.png",
  "",
  ".",
  "*/_ORT_MEM_ADDR_/*",
])("data at %j lies elsewhere", async (location) => {
  expect(await judge({ location })).toEqual(["high onnx/external-data-path"]);
});

test("the finding names the advisories", async () => {
  const { findings } = await scanBytes(
    "m.onnx",
    onnxModel({ tensors: [tensor({ external: { location: "a/../../x" } })] }),
  );
  expect(findings[0]?.references).toEqual(expect.arrayContaining(["CVE-2022-25882", "CVE-2024-27318"]));
});

test("a location counts although the tensor does not say that its data is external", async () => {
  const more = [field(13, field(1, "location"), field(2, "/etc/passwd"))];
  const bytes = onnxModel({ tensors: [tensor({ raw: new Uint8Array(8), more })] });
  expect(told(await scanBytes("m.onnx", bytes))).toEqual(["high onnx/external-data-path"]);
});

test("of two locations both are judged, for readers differ", async () => {
  const more = [
    field(13, field(1, "location"), field(2, "/etc/passwd")),
    field(13, field(1, "location"), field(2, "w.bin")),
    integer(14, 1),
  ];
  const bytes = onnxModel({ tensors: [tensor({ more })] });
  expect(told(await scanBytes("m.onnx", bytes, { tree: BESIDE }))).toEqual(["high onnx/external-data-path"]);
});

test("the tensor of a constant is judged like an initializer", async () => {
  const value = tensorAttribute(tensor({ external: { location: "../x" } }));
  const bytes = onnxModel({ nodes: [onnxNode("Constant", { attributes: { value } })] });
  expect(told(await scanBytes("m.onnx", bytes))).toEqual(["high onnx/external-data-path"]);
});

test("a missing file is a note, and so is a missing location", async () => {
  expect(await judge({ location: "other.bin" })).toEqual(["info onnx/external-data-missing"]);
  expect(await judge({ length: "8" })).toEqual(["info onnx/external-data-missing"]);
});

test("inside an archive the file is looked for in the model's own folder", async () => {
  const tree = memoryTree({ "m/w.bin": new Uint8Array(64) }, "zip");
  expect(await judge({ location: "w.bin" }, tree, "m/model.onnx")).toEqual([]);
  expect(await judge({ location: "w.bin" }, tree, "n/model.onnx")).toEqual(["info onnx/external-data-missing"]);
});

test.each(["__class__", "__dict__", "_private"])("the key %s is an attribute of Python's", async (key) => {
  expect(await judge({ location: "w.bin", [key]: "x" })).toEqual(["medium onnx/external-data-key"]);
});

test("an unknown key is a weakness, the known ones are silent", async () => {
  expect(await judge({ location: "w.bin", colour: "x" })).toEqual(["low onnx/external-data-key"]);
  expect(await judge({ location: "w.bin", checksum: "x", basepath: "", prepacked_0: "x" })).toEqual([]);
});

test.each([
  ["a negative offset", { offset: "-8" }],
  ["a negative length", { length: "-1" }],
  ["an offset of petabytes", { offset: "4611686018427387904" }],
  ["an offset that is no number", { offset: "0x10" }],
  ["an end behind the end of the file", { offset: "60", length: "8" }],
  ["less than the tensor needs", { length: "4" }],
])("%s is impossible", async (_, extent) => {
  expect(await judge({ location: "w.bin", ...extent })).toEqual(["medium onnx/external-data-extent"]);
});

test("data up to the file's last byte is possible", async () => {
  expect(await judge({ location: "w.bin", offset: "56", length: "8" })).toEqual([]);
  expect(await judge({ location: "w.bin", offset: "56" })).toEqual([]);
});

function linked(kind: TreeEntry["kind"], link: string): Tree {
  const entry: TreeEntry = { name: "w.bin", kind, size: 0, link };
  return {
    kind: "directory",
    entries: [entry],
    find: (name) => (name === "w.bin" ? entry : undefined),
    open: async () => undefined,
  };
}

test.each([
  ["symlink", "/etc/passwd"],
  ["symlink", "../../secret"],
  ["hardlink", "/etc/passwd"],
] as const)("a %s to %s leads elsewhere", async (kind, link) => {
  expect(await judge({ location: "w.bin" }, linked(kind, link))).toEqual(["high onnx/external-data-link"]);
});

test("a link to a neighbour is a weakness, and one of a hub's cache is normal", async () => {
  expect(await judge({ location: "w.bin" }, linked("symlink", "other.bin"))).toEqual(["low onnx/external-data-link"]);
  expect(await judge({ location: "w.bin" }, linked("symlink", "../../blobs/0123456789abcdef"))).toEqual([]);
});
