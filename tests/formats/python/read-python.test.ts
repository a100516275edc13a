import { describe, expect, it } from "vitest";
import { renderCall } from "../../../src/formats/code/render.js";
import { decodeSource } from "../../../src/formats/python/encoding.js";
import { readPython } from "../../../src/formats/python/read-python.js";

const callsOf = (source: string) =>
  readPython(source)
    .uses.filter(({ use }) => use === "call")
    .map((use) => renderCall(use.path, use));

describe("a call in Python source", () => {
  it.each([
    ["through an alias", "import os as o\no.system('id')"],
    ["through a name imported from its module", "from os import system as s\ns('id')"],
    ["through a star import", "from os import *\nsystem('id')"],
    ["through a variable", "import os\nf = os.system\nf('id')"],
    ["through __import__ and put-together names", "getattr(__import__('o' + 's'), ''.join(['sys', 'tem']))('id')"],
    ["through importlib", "import importlib\nimportlib.import_module('os').system('id')"],
    ["through a module's dictionary", "import os\nos.__dict__['system']('id')\n"],
    ["through vars()", "import os\nvars(os)['system']('id')"],
    ["through sys.modules", "import sys\nsys.modules['os'].system('id')"],
    ["through the builtins of the module", "__builtins__.__dict__['__import__']('os').system('id')"],
    ["through globals()", "import os\nglobals()['os'].system('id')"],
    ["through another module that carries it", "import shutil\nshutil.os.system('id')"],
    ["through the platform's own name", "import posix\nposix.system('id')"],
    ["through operator.attrgetter", "import operator, os\noperator.attrgetter('system')(os)('id')"],
    ["through operator.methodcaller", "import operator, os\noperator.methodcaller('system', 'id')(os)"],
    ["through functools.partial", "import functools, os\nfunctools.partial(os.system, 'id')()"],
    ["through map", "import os\nlist(map(os.system, ['id']))"],
    ["through a thread", "import os, threading\nthreading.Thread(target=os.system, args=('id',)).start()"],
    ["through a dictionary of functions", "import os\n{'run': os.system}['run']('id')"],
    ["through a loop over one", "import os\nfor f in (os.system,): f('id')"],
    ["through a comprehension", "import os\n[os.system(c) for c in ['id']]"],
    ["through a helper that is handed the text", "import os\ndef go(c): os.system(c)\ngo('id')"],
    [
      "through a method of self",
      "import os\nclass A:\n  def __init__(self): self.go('id')\n  def go(self, c): os.system(c)\nA()",
    ],
    [
      "through an attribute of self",
      "import os\nclass A:\n  def __init__(self):\n    self.f = os.system\n    self.f('id')\n",
    ],
    ["through a default", "import os\ndef go(f=os.system): f('id')\n"],
    ["in letters that Python takes for the plain ones", "ｏｓ = __import__('os')\nos.ｓｙｓｔｅｍ('id')"],
    ["through pkgutil.resolve_name", "import pkgutil\npkgutil.resolve_name('os:system')('id')"],
  ])("%s comes out as os.system", (_name, source) => {
    expect(callsOf(source)).toContain('os.system("id")');
  });

  it.each([
    ["base64", "import base64\nexec(base64.b64decode('aWQ='))"],
    ["hex", "exec(bytes.fromhex('6964'))"],
    ["rot13", "import codecs\nexec(codecs.decode('vq', 'rot13'))"],
    ["character codes", "exec(''.join(chr(c) for c in [105, 100]))"],
    ["XOR", "exec(''.join(chr(c ^ 1) for c in b'he'))"],
    ["reversal", "exec('di'[::-1])"],
    ["formatting", "exec('%s%c' % ('i', 100))"],
    ["replacement", "exec('iXd'.replace('X', ''))"],
    ["base85 of zlib", "import base64, zlib\nexec(zlib.decompress(base64.b85decode('c$~{j0RRCw0L}')))"],
  ])("has text behind %s resolved", (_name, source) => {
    expect(callsOf(source).some((call) => /^builtins\.exec\(b?"id"\)$/.test(call))).toBe(true);
  });

  it("of a list that was changed in place is not taken for the list it was", () => {
    const source = "import os\nc = ['p', 'ath']\nc[:] = ['sys', 'tem']\ngetattr(os, ''.join(c))('id')";
    expect(callsOf(source)).toContain('os.<computed>("id")');
  });
});

describe("when a call runs", () => {
  const phaseOf = (source: string) => readPython(source).uses.find(({ path }) => path === "os.system")?.phase;

  it.each([
    ["at the top", "import os\nos.system('id')", "load"],
    ["in the body of a class", "import os\nclass A:\n  os.system('id')", "load"],
    ["in a default", "import os\ndef f(x=os.system('id')): pass", "load"],
    ["in a function that the module calls", "import os\ndef f(): os.system('id')\ndef g(): f()\ng()", "load"],
    [
      "in the constructor of a class that the module instantiates",
      "import os\nclass A:\n  def __init__(self): os.system('id')\nA()",
      "load",
    ],
    ["in a function", "import os\ndef f(): os.system('id')", "function"],
    ["in a constructor", "import os\nclass A:\n  def __init__(self): os.system('id')", "function"],
    ["in a lambda", "import os\nf = lambda: os.system('id')", "function"],
    ["under the main guard", "import os\nif __name__ == '__main__':\n  os.system('id')", "script"],
    [
      "in a function called under the main guard",
      "import os\ndef main(): os.system('id')\nif '__main__' == __name__: main()",
      "script",
    ],
    ["under a test for not being started", "import os\nif __name__ != '__main__':\n  os.system('id')", "load"],
    ["under the main guard's opposite", "import os\nif not __name__ == '__main__':\n  os.system('id')", "load"],
    ["beside the main guard", "import os\nif __name__ == '__main__' or True:\n  os.system('id')", "load"],
    [
      "under the main guard of a module that renames itself",
      "import os\n__name__ = '__main__'\nif __name__ == '__main__':\n  os.system('id')",
      "load",
    ],
    [
      "under the main guard of a module with a class that has a name",
      "import os\nclass A:\n  __name__ = 'A'\nif __name__ == '__main__':\n  os.system('id')",
      "script",
    ],
  ])("%s is seen", (_name, source, phase) => {
    expect(phaseOf(source)).toBe(phase);
  });
});

describe("source that is no Python", () => {
  it("is told, and its lines are looked through for calls", () => {
    const summary = readPython("x = = 1\nos.system('id') ?\n");
    expect(summary.gaps).toEqual(["2 places are not valid Python (line 1)"]);
    expect(summary.uses.map(({ path }) => path)).toContain("os.system");
  });
});

describe("the encoding of source", () => {
  it.each([
    ["none declared", "x = 'é'", "x = 'é'"],
    ["Latin-1", "# -*- coding: latin-1 -*-\nx = 1", "# -*- coding: latin-1 -*-\nx = 1"],
    [
      "one declared on the second line",
      "#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n",
      "#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n",
    ],
  ])("%s is ordinary", (_name, source, text) => {
    expect(decodeSource(Buffer.from(source))).toEqual({ text });
  });

  it.each([
    ["utf-7", "# coding: utf-7\n+AG8-s", "# coding: utf-7\nos"],
    ["unicode_escape", "# coding: unicode_escape\n\\x6f\\x73", "# coding: unicode_escape\nos"],
  ])("%s is odd, and what Python runs is read", (encoding, source, text) => {
    expect(decodeSource(Buffer.from(source))).toEqual({ text, oddEncoding: encoding.replace("_", "-") });
  });

  it("does not count below the first two lines", () => {
    expect(decodeSource(Buffer.from("x = 1\n# coding: utf-7\n")).oddEncoding).toBeUndefined();
  });
});
