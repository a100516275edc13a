import { describe, expect, it } from "vitest";
import { defaultPolicy } from "../../../src/config/load.js";
import { readPycHeader } from "../../../src/formats/bytecode/pyc.js";
import { judgeMarshal, judgePythonSource } from "../../../src/scanners/code/judge-marshal.js";
import { fixture } from "../../builders/fixture.js";
import { code, none, text } from "../../builders/marshal.js";

const policy = await defaultPolicy();
const judge = (source: string) => judgePythonSource(source, policy);

/** `marshal.dumps` of `lambda x: x * 2 + 1`, which is what Keras stores, by version. */
const PLAIN = [
  [
    "2.7",
    "YwEAAAABAAAAAgAAAEMAAABzDAAAAHwAAGQBABRkAgAXUygDAAAATmkCAAAAaQEAAAAoAAAAACgBAAAAdAEAAAB4KAAAAAAoAAAAAHMIAAAAPHN0cmluZz50CAAAADxsYW1iZGE+AwAAAHQAAAAA",
  ],
  [
    "3.8",
    "4wEAAAAAAAAAAAAAAAEAAAACAAAAQwAAAPMMAAAAfABkARQAZAIXAFMAqQNO6QIAAADpAQAAAKkAqQHaAXhyBQAAAHIFAAAAcgcAAADaCDxsYW1iZGE+AwAAAPMAAAAA",
  ],
  [
    "3.10",
    "4wEAAAAAAAAAAAAAAAEAAAACAAAAQwAAAPMMAAAAfABkARQAZAIXAFMAqQNO6QIAAADpAQAAAKkAqQHaAXhyBQAAAHIFAAAAcgcAAADaCDxsYW1iZGE+AwAAAPMCAAAADAA=",
  ],
  [
    "3.11",
    "4wEAAAAAAAAAAAAAAAIAAAADAAAA8xIAAACXAHwAZAF6BQAAZAJ6AAAAUwCpA07pAgAAAOkBAAAAqQApAdoBeHMBAAAAIHIGAAAA+gg8bGFtYmRhPnIHAAAAAwAAAPMOAAAAgACIQZABiUWQQYlJgADzAAAAAA==",
  ],
  [
    "3.12",
    "4wEAAAAAAAAAAAAAAAIAAAADAAAA8xIAAACXAHwAZAF6BQAAZAJ6AAAAUwCpA07pAgAAAOkBAAAAqQApAdoBeHMBAAAAIHIGAAAA+gg8bGFtYmRhPnIHAAAAAwAAAPMOAAAAgACIQZABiUWQQYlJgADzAAAAAA==",
  ],
  [
    "3.13",
    "4wEAAAAAAAAAAAAAAAIAAAADAAAA8xIAAACVAFUAUwEtBQAAUwItAAAAJACpA07pAgAAAOkBAAAAqQApAdoBeHMBAAAAIHIGAAAA2gg8bGFtYmRhPnIHAAAAAwAAAPMMAAAAgACIQZABiUWQQYpJ8wAAAAA=",
  ],
] as const;

describe("code inside a model", () => {
  it.each([
    ["arithmetic", "f = lambda x: x * 2 + 1"],
    ["tensor mathematics", "import tensorflow as tf\nf = lambda x: tf.nn.l2_normalize(tf.cast(x, tf.float32), axis=1)"],
    ["the names that Keras itself has around", "f = lambda x: K.sum(K.square(x), axis=-1) + np.sqrt(2)"],
    ["methods of tensors and harmless builtins", "f = lambda x: x.view(len(x), -1).mean(dim=max(1, 0))"],
    [
      "torch, math and functools",
      "import math, functools, torch\nf = lambda x: functools.partial(torch.add, x)(math.pi)",
    ],
  ])("that does %s is low", (_name, source) => {
    expect(judge(source)).toMatchObject({ severity: "low", complete: true, reason: "it only computes" });
  });

  it.each([
    ["a shell", "f = lambda x: (__import__('os').system('id'), x)[1]", 'calls os.system("id")'],
    ["eval", "f = lambda x: eval('x')", 'calls eval("x")'],
    ["a file", "f = lambda x: open('/tmp/x', 'w').write('y')", 'calls open("/tmp/x", "w")'],
    [
      "the network",
      "import urllib.request\nf = lambda x: urllib.request.urlopen('http://x')",
      'calls urllib.request.urlopen("http://x")',
    ],
    ["a pickle", "import numpy as np\nf = lambda x: np.load('x.npy')", 'calls numpy.load("x.npy")'],
    ["standard output", "f = lambda x: (print('pwned'), x)[1]", 'calls print("pwned")'],
    ["its own class", "f = lambda x: x.__class__.__base__.__subclasses__()", "reads .__base__"],
    ["a command over a handed module", "f = lambda x, m: m.os.popen('id')", 'calls m.os.popen("id")'],
    ["another package's os", "import numpy as np\nf = lambda x: np.f2py.os.system('id')", 'calls os.system("id")'],
  ])("that reaches %s is critical", (_name, source, reason) => {
    const verdict = judge(source);
    expect(verdict.severity).toBe("critical");
    expect([verdict.reason, ...verdict.calls.map((call) => `calls ${call}`)]).toContain(reason);
  });

  it.each([
    ["a module that is not known", "import somebody\nf = lambda x: somebody.run(x)", "medium"],
    ["a name that nobody defines", "f = lambda x: helper(x)", "medium"],
    ["the result of something", "f = lambda x: x['f'](x)", "medium"],
    ["a builtin that is on no list", "f = lambda x: help(x)", "high"],
    ["a module that pickles must not name", "import webbrowser\nf = lambda x: webbrowser.get(x)", "high"],
  ])("that depends on %s is told as such", (_name, source, severity) => {
    expect(judge(source).severity).toBe(severity);
  });

  it("follows the policy's lists", () => {
    const harmless = { ...policy.code_rules.harmless, somebody: "*" as const };
    const changed = { ...policy, code_rules: { ...policy.code_rules, harmless } };
    expect(judgePythonSource("import somebody\nf = lambda x: somebody.run(x)", changed).severity).toBe("low");
  });
});

describe("marshalled code", () => {
  it.each(["27", "36", "37", "38", "39", "310", "311", "312", "313", "314"])(
    "of CPython %s is critical when it starts a shell",
    (version) => {
      const bytes = fixture(`python-bytecode/bad.shell.cpython-${version}.pyc`);
      const verdict = judgeMarshal(bytes.subarray(readPycHeader(bytes).headerBytes), policy);
      expect(verdict).toMatchObject({ severity: "critical", complete: true });
      expect(verdict.calls).toContain('os.system("echo pwned")');
      expect(verdict.imports).toContain("os");
    },
  );

  it.each(PLAIN)("of a Lambda of Python %s that computes is low", (_version, base64) => {
    const verdict = judgeMarshal(Buffer.from(base64, "base64"), policy);
    expect(verdict).toMatchObject({ severity: "low", complete: true, calls: [], reason: "it only computes" });
  });

  it.each([
    ["3.13", "3.13"],
    ["3.11", "3.11 to 3.12"],
    ["2.7", "2.7"],
  ])("of Python %s says that it is of %s", (version, told) => {
    const base64 = PLAIN.find(([of]) => of === version)?.[1] ?? "";
    expect(judgeMarshal(Buffer.from(base64, "base64"), policy).version).toBe(told);
  });

  it.each([
    ["nothing", Buffer.alloc(0)],
    ["no code object", Buffer.from("i\x01\x00\x00\x00", "latin1")],
    ["a code object that is cut", code({ code: [100, 0, 83, 0], constants: [none] }).subarray(0, 50)],
    ["bytecode of no version", code({ code: [7, 0, 8, 0, 83, 0], constants: [none] })],
  ])("that is %s is medium and incomplete, and nothing is thrown", (_name, bytes) => {
    expect(judgeMarshal(bytes, policy)).toMatchObject({ severity: "medium", complete: false });
  });

  it("of which the version stays open is as bad as its worst reading", () => {
    const made = code({ code: [101, 0, 100, 0, 131, 1, 83, 0], constants: [text("1")], names: ["eval"] });
    expect(judgeMarshal(made, policy)).toMatchObject({ severity: "critical", reason: 'calls eval("1")' });
  });
});
