import { describe, expect, it } from "vitest";
import { scanBytes, told } from "../builders/scan.js";

const scan = async (value: unknown, name = "model.json") => told(await scanBytes(name, JSON.stringify(value)));
const worth = (lines: readonly string[]) => lines.filter((line) => !/^(?:info|low)/.test(line));
const reference = (text: string) => ["$", "{", text, "}"].join("");

describe("objects by the name of their class", () => {
  it.each<[what: string, bad: unknown, twin: unknown]>([
    [
      "jsonpickle's functions",
      { "py/function": "os.system" },
      { "py/object": "sklearn.linear_model.LinearRegression", coef: 1 },
    ],
    ["jsonpickle's expressions", { "py/repr": "os/os.getcwd()" }, { "py/id": 3 }],
    [
      "LangChain's constructors",
      { lc: 1, type: "constructor", id: ["os", "system"], kwargs: {} },
      {
        lc: 1,
        type: "constructor",
        id: ["langchain_core", "prompts", "PromptTemplate"],
        kwargs: { openai_api_key: { lc: 1, type: "secret", id: ["OPENAI_API_KEY"] } },
      },
    ],
    [
      "logging's factories",
      { handlers: { h: { "()": "subprocess.Popen" } } },
      { handlers: { h: { class: "logging.handlers.RotatingFileHandler", filename: "x.log" } } },
    ],
    [
      "factories by type",
      { data: { type: "builtins.eval" } },
      { data: { type: "pickle.PickleDataset", filepath: "data/x.pkl" } },
    ],
    ["switches", { allow_dangerous_code: true }, { allow_dangerous_code: false }],
    [
      "libraries of operators",
      { session_options: { custom_ops_library: "x.so" } },
      { session_options: { custom_ops_library: "" } },
    ],
    [
      "package indexes",
      { python: { index_url: "http://203.0.113.7/simple" } },
      { python: { index_url: "https://pypi.org/legacy" } },
    ],
    [
      "data of ONNX in JSON",
      { graph: { initializer: [{ externalData: [{ key: "location", value: "/etc/passwd" }] }] } },
      { graph: { initializer: [{ externalData: [{ key: "location", value: "w.bin" }] }] } },
    ],
    [
      "interpolated targets",
      { cmd: "os.system", m: { _target_: reference("cmd") } },
      { cmd: "torch.nn.Linear", m: { _target_: reference("cmd") } },
    ],
    [
      "targets with a default",
      { m: { _target_: reference("oc.env:X,os.system") } },
      { m: { _target_: reference("oc.env:X,torch.nn.Linear") } },
    ],
  ])("are told for %s, and ordinary ones are not", async (_what, bad, twin) => {
    expect(worth(await scan(bad))).toHaveLength(1);
    expect(worth(await scan(twin))).toEqual([]);
  });
});

it("is no object what a report quotes of a file", async () => {
  const quoted = { callable: "os.system", function: "builtins.eval" };
  const report = { bytes_scanned: 1, issues: [{ details: quoted }], checks: [{ details: quoted }] };
  const sarif = { version: "2.1.0", runs: [{ results: [{ properties: { evidence: quoted } }] }] };
  expect(worth(await scan(report, "report.json"))).toEqual([]);
  expect(worth(await scan(sarif, "report.sarif"))).toEqual([]);
  expect(worth(await scan({ issues: [{ details: { model: quoted } }] }))).not.toEqual([]);
  expect(worth(await scan({ issues: [{ details: { _target_: "os.system" } }] }))).not.toEqual([]);
});

describe("settings in lines", () => {
  const lines = async (name: string, text: string) => worth(told(await scanBytes(name, text)));

  it("are judged like other configurations", async () => {
    expect(await lines("config.cfg", '[training.logger]\n@loggers = "os.system"\n')).toEqual([
      "critical config/unsafe-target",
    ]);
    expect(await lines("config.cfg", '[training.logger]\n@loggers = "spacy.ConsoleLogger.v1"\n')).toEqual([]);
  });

  it("are told where they take packages from odd places", async () => {
    const project = (dependency: string) =>
      `[project]\nname = "x"\ndependencies = [\n  "numpy>=1",\n  "${dependency}",\n]\n[project.urls]\nHome = "http://203.0.113.7/"\n`;
    expect(await lines("pyproject.toml", project("x @ https://203.0.113.7/x.whl"))).toEqual([
      "medium config/remote-dependency",
    ]);
    expect(await lines("pyproject.toml", project("x @ git+https://github.com/a/b"))).toEqual([]);
  });
});
