import { describe, expect, it } from "vitest";
import { parseJson } from "../../../src/formats/json/parse.js";
import { looksLikeKerasConfig } from "../../../src/scanners/keras/recognise.js";
import { ARITHMETIC, functionOf, lambda, layer, RUNS_OS, sequential } from "../../builders/keras.js";
import { memoryTree } from "../../builders/memory-tree.js";
import { type ScanOptions, scanBytes, told } from "../../builders/scan.js";

async function judge(config: object, options: ScanOptions = {}): Promise<string[]> {
  const report = await scanBytes("config.json", JSON.stringify(config), options);
  return told(report).filter((line) => line.includes("keras/"));
}

const dense = (config: object) => sequential([layer("Dense", { name: "d", units: 1, ...config })]);

describe("references", () => {
  it("to a dangerous module are found in any field of any layer", async () => {
    const evil = functionOf("os", "system");
    expect(await judge(dense({ activation: evil }))).toEqual(["critical keras/unsafe-reference"]);
    const nested = sequential([
      layer("TimeDistributed", { layer: layer("Bidirectional", { layer: layer("LSTM", { activation: evil }) }) }),
    ]);
    expect(await judge(nested)).toEqual(["critical keras/unsafe-reference"]);
    expect(await judge(sequential([], { compile_config: { loss: evil } }))).toEqual([
      "critical keras/unsafe-reference",
    ]);
    expect(await judge(sequential([layer("Dense", {}, { inbound_nodes: [{ args: [evil], kwargs: {} }] })]))).toEqual([
      "critical keras/unsafe-reference",
    ]);
  });

  it("to functions of Keras are silent", async () => {
    for (const activation of [
      "relu",
      functionOf("keras.activations", "relu"),
      functionOf("builtins", "relu"),
      functionOf("keras.ops", "add"),
    ]) {
      expect(await judge(dense({ activation }))).toEqual([]);
    }
  });

  it("to Python's builtins are told by what they do", async () => {
    expect(await judge(dense({ activation: functionOf("builtins", "eval") }))).toEqual([
      "critical keras/unsafe-reference",
    ]);
    expect(await judge(sequential([{ module: "builtins", class_name: "exec", config: { source: "1" } }]))).toEqual([
      "critical keras/unsafe-reference",
    ]);
  });

  it("to a type specification name a class as well", async () => {
    const spec = (module: string, spec_name: string) => ({
      class_name: "__typespec__",
      spec_name,
      module,
      config: ["x"],
      registered_name: null,
    });
    expect(await judge(dense({ type_spec: spec("subprocess", "Popen") }))).toEqual(["critical keras/unsafe-reference"]);
    expect(await judge(dense({ type_spec: spec("tensorflow.python.framework.tensor", "TensorSpec") }))).not.toContain(
      "critical keras/unsafe-reference",
    );
  });

  it("to the standard library have no business in a model, to packages nobody knows are for review", async () => {
    expect(await judge(dense({ activation: functionOf("colorsys", "rgb_to_hsv") }))).toEqual([
      "high keras/unsafe-reference",
    ]);
    const foreign = { module: "somebody.layers", class_name: "Fancy", config: {}, registered_name: "somebody>Fancy" };
    expect(await judge(sequential([foreign]))).toEqual(["medium keras/unknown-reference"]);
  });

  it("say which versions of Keras import them, and what the file was saved with", async () => {
    const config = JSON.stringify(dense({ activation: functionOf("os", "system") }));
    const tree = memoryTree({ "config.json": config, "metadata.json": '{"keras_version": "3.5.0"}' });
    const { findings } = await scanBytes("config.json", config, { tree });
    expect(findings[0]?.references).toContain("CVE-2025-1550");
    expect(findings[0]?.evidence).toMatchObject({
      at: "config.layers[1].config.activation",
      affected: ["CVE-2025-1550: Keras 3.0 to 3.8"],
      saved_with: "3.5.0",
    });
  });
});

describe("custom objects", () => {
  it("are told at low", async () => {
    const custom = { module: null, class_name: "Fancy", config: { units: 1 }, registered_name: "mine>Fancy" };
    expect(await judge(sequential([custom]))).toEqual(["low keras/custom-object"]);
    expect(await judge(sequential([{ ...custom, registered_name: "Custom>Adam" }]))).toEqual([
      "low keras/custom-object",
    ]);
    expect(
      await judge({ class_name: "Sequential", config: { layers: [{ class_name: "Fancy", config: {} }] } }),
    ).toEqual(["low keras/custom-object"]);
    expect(
      await judge(dense({ activation: { ...functionOf("builtins", "mine>act"), registered_name: "function" } })),
    ).toEqual(["low keras/custom-object"]);
  });

  it("of Keras' own packages are none", async () => {
    const known = {
      module: "keras_hub.layers",
      class_name: "TokenEmbedding",
      config: {},
      registered_name: "keras_hub>TokenEmbedding",
    };
    expect(await judge(sequential([known]))).toEqual([]);
    const optimizer = { module: null, class_name: "Adam", config: {}, registered_name: "Custom>Adam" };
    expect(await judge(sequential([optimizer]))).toEqual([]);
    expect(await judge(sequential([{ class_name: "Custom>SGD", config: {} }]))).toEqual([]);
    expect(await judge(sequential([{ class_name: "keras_hub>FNetEncoder", config: {} }]))).toEqual([]);
    expect(await judge(sequential([{ class_name: "mine>FNetEncoder", config: {} }]))).toEqual([
      "low keras/custom-object",
    ]);
    const torch = (module: string) => ({ module: `keras.src.backend.torch.${module}`, class_name: "Adam", config: {} });
    expect(await judge(sequential([torch("optimizers.torch_adam")]))).toEqual([]);
    expect(await judge(sequential([torch("core")]))).toEqual(["low keras/internal-gadget"]);
    expect(
      await judge({ class_name: "Sequential", config: { layers: [{ class_name: "Dense", config: {} }] } }),
    ).toEqual([]);
  });

  it("do not include operations, which the .h5 format writes by their class alone", async () => {
    const functional = (config: object) => ({
      class_name: "Functional",
      config: { layers: [{ class_name: "LayerNorm", config, name: "n", inbound_nodes: [] }] },
    });
    expect(await judge(functional({ name: "n" }))).toEqual([]);
    expect(await judge(functional({ name: "n", trainable: true }))).toEqual(["low keras/custom-object"]);
  });

  it("that hide behind a built-in class are told, at high when they are registered under a dangerous module", async () => {
    const disguised = (registered_name: string) => sequential([layer("Dense", { units: 1 }, { registered_name })]);
    expect(await judge(disguised("mine>Other"))).toEqual(["medium keras/registered-name"]);
    expect(await judge(disguised("os>system"))).toEqual(["high keras/registered-name"]);
    expect(await judge(disguised("Dense"))).toEqual([]);
  });
});

describe("functions of Keras that are no part of a model", () => {
  it.each([
    ["keras.utils", "get_file", "critical", "CVE-2025-8747"],
    ["keras.src.utils.file_utils", "get_file", "critical", "CVE-2025-8747"],
    ["keras.config", "enable_unsafe_deserialization", "critical", "CVE-2025-9906"],
    ["keras.saving", "load_model", "critical", "CVE-2025-9906"],
    ["keras.utils", "save_img", "high", "GHSA-pwq7-2gvj-vg9v"],
    ["keras.utils", "split_dataset", "medium", "GHSA-pwq7-2gvj-vg9v"],
  ])("%s.%s is %s", async (module, name, severity, reference) => {
    const config = JSON.stringify(dense({ activation: functionOf(module, name) }));
    const [finding] = (await scanBytes("config.json", config)).findings;
    expect([finding?.severity, finding?.rule]).toEqual([severity, "keras/internal-gadget"]);
    expect(finding?.references).toContain(reference);
  });

  it("are told by the policy", async () => {
    const config = dense({ activation: functionOf("keras.activations", "relu") });
    expect(await judge(config, { policy: { keras_rules: { "keras.activations.relu": "high" } } })).toEqual([
      "high keras/internal-gadget",
    ]);
  });

  it("do not include what layers are made of", async () => {
    for (const [module, name] of [
      ["keras.src.layers.preprocessing.string_lookup", "StringLookup"],
      ["keras.src.models.functional", "Functional"],
      ["keras.utils", "FeatureSpace"],
      ["tensorflow.python.keras.layers.core", "Dense"],
    ]) {
      expect(await judge(sequential([{ module, class_name: name, config: {} }]))).toEqual([]);
    }
  });

  it("and safe mode switched off by an argument are told", async () => {
    expect(await judge(dense({ kwargs: { safe_mode: false } }))).toEqual(["high keras/unsafe-flag"]);
    expect(await judge(dense({ kwargs: { safe_mode: true } }))).toEqual([]);
    expect(await judge(dense({ args: ["safe_mode_saving", false] }))).toEqual(["high keras/unsafe-flag"]);
  });
});

describe("Lambda layers", () => {
  it("are judged by what their bytecode does", async () => {
    expect(await judge(sequential([layer("Lambda", { function: lambda(RUNS_OS) })]))).toEqual([
      "critical keras/lambda-code",
    ]);
    expect(await judge(sequential([layer("Lambda", { function: lambda(ARITHMETIC) })]))).toEqual([
      "low keras/lambda-code",
    ]);
  });

  it("say what the code calls", async () => {
    const config = JSON.stringify(sequential([layer("Lambda", { function: lambda(RUNS_OS) })]));
    const [finding] = (await scanBytes("config.json", config)).findings;
    expect(finding?.message).toContain('os.system("echo pwned")');
  });

  it.each(["function", "output_shape", "mask"])("of Keras 2 keep code in %s", async (key) => {
    const stored = { [key]: [RUNS_OS, null, null], [`${key}_type`]: "lambda" };
    const keras2 = {
      class_name: "Sequential",
      config: { layers: [{ class_name: "Lambda", config: { name: "l", ...stored } }] },
    };
    expect(await judge(keras2)).toContain("critical keras/lambda-code");
  });

  it("of tf.keras wrap it as a tuple", async () => {
    const stored = { function: { class_name: "__tuple__", items: [RUNS_OS, null, null] }, function_type: "lambda" };
    const keras2 = { class_name: "Sequential", config: { layers: [{ class_name: "Lambda", config: stored }] } };
    expect(await judge(keras2)).toEqual(["critical keras/lambda-code"]);
  });

  it("are read as leniently as Python reads base64, and as raw text where that fails", async () => {
    const noisy = `${RUNS_OS.slice(0, 40)}\n!*${RUNS_OS.slice(40)}`;
    expect(await judge(sequential([layer("Lambda", { function: lambda(noisy) })]))).toEqual([
      "critical keras/lambda-code",
    ]);
    const raw = Buffer.from(RUNS_OS, "base64").toString("latin1");
    expect(await judge(sequential([layer("Lambda", { function: lambda(raw) })]))).toEqual([
      "critical keras/lambda-code",
    ]);
  });

  it("that cannot be read are high", async () => {
    const broken = Buffer.from(Buffer.from(RUNS_OS, "base64").subarray(0, 60)).toString("base64");
    expect(await judge(sequential([layer("Lambda", { function: lambda(broken) })]))).toEqual([
      "high keras/lambda-code",
    ]);
  });

  it("that name a function are told at low", async () => {
    const named = {
      class_name: "Sequential",
      config: { layers: [{ class_name: "Lambda", config: { function: "mine", function_type: "function" } }] },
    };
    expect(await judge(named)).toEqual(["low keras/lambda-layer"]);
  });

  it("are found whatever stands around the model", async () => {
    const evil = sequential([layer("Lambda", { function: lambda(RUNS_OS) })]);
    expect(await judge([evil])).toEqual(["critical keras/lambda-code"]);
    expect(await judge({ a: { b: evil } })).toEqual(["critical keras/lambda-code"]);
  });

  it("are found behind a duplicate key", async () => {
    const evil = JSON.stringify(lambda(RUNS_OS));
    const config = JSON.stringify(dense({ activation: "ACTIVATION" })).replace(
      '"activation":"ACTIVATION"',
      `"activation":${evil},"activation":"relu"`,
    );
    expect(told(await scanBytes("config.json", config))).toContain("critical keras/lambda-code");
  });
});

describe("layers that load something else", () => {
  it("include TFSMLayer", async () => {
    expect(await judge(sequential([layer("TFSMLayer", { filepath: "/models/other" })]))).toEqual([
      "high keras/saved-model-layer",
    ]);
  });

  it("include layers of TensorFlow Hub, mildly", async () => {
    const hub = layer("KerasLayer", { handle: "https://tfhub.dev/google/x/1" });
    expect(await judge({ class_name: "Sequential", config: { layers: [hub] } })).toContain(
      "low keras/saved-model-layer",
    );
  });

  it("include tokenizers whose files are paths", async () => {
    const tokenizer = (proto: string) => sequential([layer("SentencePieceTokenizer", { proto })]);
    expect(await judge(tokenizer("/home/user/secret"))).toContain("high keras/vocabulary-path");
    expect(await judge(tokenizer("CgkKBXRva2Vu"))).not.toContain("high keras/vocabulary-path");
  });

  it("include TorchModuleWrapper, whose pickle is scanned", async () => {
    const module = Buffer.from("\x80\x02cos\nsystem\nX\x02\x00\x00\x00id\x85R.", "latin1").toString("base64");
    const report = await scanBytes(
      "config.json",
      JSON.stringify(sequential([layer("TorchModuleWrapper", { module })])),
    );
    expect(told(report)).toEqual(expect.arrayContaining(["high keras/torch-module", "critical pickle/unsafe-call"]));
  });

  it("include lookups whose vocabulary is a path or an address", async () => {
    const lookup = (vocabulary: unknown) => sequential([layer("StringLookup", { name: "s", vocabulary })]);
    for (const path of ["/etc/passwd", "http://host/v.txt", "../v.txt", "gs://bucket/v.txt"]) {
      expect(await judge(lookup(path))).toEqual(["high keras/vocabulary-path"]);
    }
    expect(await judge(lookup(["red", "/green"]))).toEqual([]);
    expect(await judge(lookup(null))).toEqual([]);
    expect(await judge(sequential([layer("TextVectorization", { idf_weights: "/etc/hosts" })]))).toEqual([
      "high keras/vocabulary-path",
    ]);
  });

  it("do not include lookups whose vocabulary is an asset of the model", async () => {
    const config = sequential([layer("StringLookup", { vocabulary: "vocabulary.txt" })]);
    const tree = memoryTree({ "assets/lookup/vocabulary.txt": "a" });
    expect(await judge(config, { tree })).toEqual([]);
    expect(await judge(config)).toEqual(["medium keras/vocabulary-path"]);
  });
});

describe("TensorFlow operations as layers", () => {
  const policy = { tensorflow_rules: { WriteFile: "high", ReadFile: "high" } } as const;
  const keras2 = (className: string, config: object) => ({
    class_name: "Functional",
    config: { layers: [{ class_name: className, config }] },
  });

  it("are told when they touch files or run Python", async () => {
    expect(await judge(keras2("TFOpLambda", { function: "io.write_file" }), { policy })).toEqual(["high keras/tf-op"]);
    expect(await judge(keras2("TFOpLambda", { function: "tf.raw_ops.ReadFile" }), { policy })).toEqual([
      "high keras/tf-op",
    ]);
    expect(await judge(keras2("TFOpLambda", { function: "py_function" }), { policy })).toEqual([
      "critical keras/tf-op",
    ]);
    expect(await judge(keras2("ClassMethod", { cls_symbol: "io.gfile.GFile" }), { policy })).toEqual([
      "high keras/tf-op",
    ]);
  });

  it.each(["math.multiply", "__operators__.add", "nn.softmax", "cast", "image.resize", "io.decode_png"])(
    "are silent when they compute: %s",
    async (name) => {
      expect(await judge(keras2("TFOpLambda", { function: name }), { policy })).toEqual([]);
    },
  );

  it("are read out of a node definition in all its forms", async () => {
    for (const node_def of [
      '{"name": "w", "op": "WriteFile"}',
      'name: "w" op: "WriteFile"',
      "\x0a\x01w\x12\x09WriteFile",
    ]) {
      expect(await judge(keras2("TensorFlowOpLayer", { node_def }), { policy })).toEqual(["high keras/tf-op"]);
    }
    expect(await judge(keras2("TensorFlowOpLayer", { node_def: '{"op": "Mul"}' }), { policy })).toEqual([]);
  });
});

describe("TensorFlow.js models", () => {
  const model = (paths: readonly string[], topology: object = {}) => ({
    format: "layers-model",
    modelTopology: topology,
    weightsManifest: [{ paths, weights: [] }],
  });

  it("take their weights from beside them", async () => {
    expect(await judge(model(["group1-shard1of1.bin"]))).toEqual([]);
    expect(await judge(model(["https://host/x.bin"]))).toEqual(["high keras/weights-path"]);
    expect(await judge(model(["../../x.bin"]))).toEqual(["high keras/weights-path"]);
  });

  it("hold Keras configs and graphs", async () => {
    const topology = { model_config: sequential([layer("Lambda", { function: lambda(RUNS_OS) })]) };
    expect(await judge(model([], topology))).toEqual(["critical keras/lambda-code"]);
    const policy = { tensorflow_rules: { PyFunc: "critical" } } as const;
    expect(
      await judge(
        model([], {
          node: [
            { name: "n", op: "PyFunc" },
            { name: "m", op: "MatMul" },
          ],
        }),
        { policy },
      ),
    ).toEqual(["medium keras/tf-op"]);
  });
});

describe("recognition", () => {
  const looks = (value: unknown) => looksLikeKerasConfig(parseJson(JSON.stringify(value)).value);

  it("takes architectures, layers and TensorFlow.js models", () => {
    expect(looks(sequential([]))).toBe(true);
    expect(looks({ class_name: "Dense", config: {} })).toBe(true);
    expect(looks({ class_name: "Own", config: { layers: [{ class_name: "X", config: {} }] } })).toBe(true);
    expect(looks({ modelTopology: {} })).toBe(true);
  });

  it("leaves other programs' documents alone", () => {
    expect(looks({ class_name: "LangChainThing", config: { temperature: 1 } })).toBe(false);
    expect(looks({ _class_name: "UNet2DModel", model_type: "bert" })).toBe(false);
    expect(looks([1, 2])).toBe(false);
  });
});
