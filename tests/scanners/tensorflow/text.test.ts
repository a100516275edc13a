import { expect, test } from "vitest";
import { memoryTree } from "../../builders/memory-tree.js";
import { scanBytes, told } from "../../builders/scan.js";

const value = (attribute: string) => `attr { key: "value" value { tensor { dtype: DT_STRING ${attribute} } } }`;
const read = (attribute: string) =>
  `node { name: "p" op: "Const" ${value(attribute)} } node { name: "r" op: "ReadFile" input: "p" }`;

test.each([
  ["a graph", (nodes: string) => nodes],
  ["a MetaGraph", (nodes: string) => `meta_info_def { tags: "serve" } graph_def { ${nodes} }`],
  ["a SavedModel", (nodes: string) => `saved_model_schema_version: 1 meta_graphs { graph_def { ${nodes} } }`],
])("%s as text is examined like its binary form", async (_, wrap) => {
  expect(told(await scanBytes("g.pbtxt", wrap(read('string_val: "/etc/x"'))))).toEqual([
    "high tensorflow/file-read-op",
  ]);
  expect(told(await scanBytes("g.pbtxt", wrap(read('string_val: "assets/x"'))))).toEqual([]);
});

test("a path in tensor_content is found in text as well", async () => {
  const { findings } = await scanBytes("g.pbtxt", read(String.raw`tensor_content: "\006" "/etc/x"`));
  expect(findings[0]).toMatchObject({ rule: "tensorflow/file-read-op", evidence: { address: "/etc/x" } });
});

test("a graph as text is known without its name", async () => {
  expect(told(await scanBytes("graph.txt", `# written by hand\n${read('string_val: "/etc/x"')}`))).toContain(
    "high tensorflow/file-read-op",
  );
});

test("a text that breaks off is told, with what stands before", async () => {
  const report = await scanBytes("g.pbtxt", `${read('string_val: "/etc/x"')} node { name: "`);
  expect(told(report)).toEqual(["high tensorflow/file-read-op", "medium analysis/malformed"]);
});

test("a .pbtxt of another program is left to others", async () => {
  const report = await scanBytes(
    "config.pbtxt",
    'name: "lin"\nmax_batch_size: 8\ninput [ { name: "x" dims: [ 4 ] } ]\n',
  );
  expect(report.findings.filter(({ rule }) => rule.startsWith("tensorflow/") || rule === "analysis/malformed")).toEqual(
    [],
  );
});

const state = (path: string) => `model_checkpoint_path: "${path}"\nall_model_checkpoint_paths: "${path}"\n`;

test.each(["/etc/passwd", "../../x", "gs://bucket/x", "\\\\\\\\host\\\\x"])(
  "a checkpoint state that points to %s is told",
  async (path) => {
    expect(told(await scanBytes("checkpoint", state(path)))).toEqual(["medium tensorflow/checkpoint-path"]);
  },
);

test("a checkpoint beside its state is normal, by a relative path or by the absolute one of its making", async () => {
  const tree = memoryTree({ "model.ckpt-10.index": "x", checkpoint: "y" });
  expect(told(await scanBytes("checkpoint", state("model.ckpt-10"), { tree }))).toEqual([]);
  expect(told(await scanBytes("checkpoint", state("/home/me/run/model.ckpt-10"), { tree }))).toEqual([
    "low tensorflow/checkpoint-path",
  ]);
  expect(told(await scanBytes("checkpoint", state("/home/me/run/model.ckpt-1"), { tree }))).toEqual([
    "medium tensorflow/checkpoint-path",
  ]);
});

test("inside an archive the checkpoint is looked for in the state's own folder", async () => {
  const tree = memoryTree({ "run/model.ckpt-10.index": "x", "model.ckpt-1.index": "x" }, "zip");
  expect(told(await scanBytes("run/checkpoint", state("/a/model.ckpt-10"), { tree }))).toEqual([
    "low tensorflow/checkpoint-path",
  ]);
  expect(told(await scanBytes("run/checkpoint", state("/a/model.ckpt-1"), { tree }))).toEqual([
    "medium tensorflow/checkpoint-path",
  ]);
});
