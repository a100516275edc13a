import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import deprecated from "spdx-license-ids/deprecated.json" with { type: "json" };
import current from "spdx-license-ids/index.json" with { type: "json" };
import { describe, expect, it } from "vitest";
import { defaultPolicy } from "../../src/config/load.js";
import type { FileReport, Finding, ScanResult } from "../../src/engine/result.js";
import { scanPaths } from "../../src/engine/scan.js";
import { renderSbom } from "../../src/reporters/sbom/sbom.js";
import { listFixtures, scanFixture } from "../builders/fixtures.js";
import { folder } from "../builders/folder.js";
import * as p from "../builders/pickle.js";
import { safetensors } from "../builders/safetensors.js";
import { reportOf } from "../scanners/pickle/scan.js";
import { reportOptions, resultOf } from "./result.js";

const schemaOf = (name: string) =>
  JSON.parse(readFileSync(new URL(`../schemas/${name}.json`, import.meta.url), "utf8"));
const ajv = new Ajv({ strict: false, validateFormats: false });
ajv.addSchema(schemaOf("cyclonedx-spdx"), "http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json");
ajv.addSchema(schemaOf("cyclonedx-jsf-0.82"), "http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json");
const validate = ajv.compile(schemaOf("cyclonedx-1.6"));

/** The parts of a bill that tests look at. */
interface Bill {
  readonly serialNumber: string;
  readonly metadata: {
    readonly timestamp: string;
    readonly component: Component;
    readonly properties: readonly Property[];
  };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
  readonly compositions?: readonly { readonly aggregate: string; readonly assemblies: readonly string[] }[];
  readonly vulnerabilities: readonly {
    readonly "bom-ref": string;
    readonly id: string;
    readonly ratings: readonly { readonly score: number; readonly severity: string }[];
    readonly cwes?: readonly number[];
    readonly affects: readonly { readonly ref: string }[];
    readonly analysis?: object;
  }[];
}

interface Property {
  readonly name: string;
  readonly value: string;
}

interface Component {
  readonly type: string;
  readonly name: string;
  readonly "bom-ref": string;
  readonly version?: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses?: readonly {
    readonly license: { readonly id?: string; readonly name?: string; readonly properties: readonly Property[] };
  }[];
  readonly pedigree?: object;
  readonly modelCard?: { readonly modelParameters?: object; readonly properties?: readonly Property[] };
  readonly properties?: readonly Property[];
}

/** Renders the bill, checks it against the schema and that every reference leads somewhere. */
function billOf(result: ScanResult): Bill {
  const bill: Bill = JSON.parse(renderSbom(result, reportOptions));
  expect(validate(bill), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
  const refs = [bill.metadata.component, ...bill.components].map((component) => component["bom-ref"]);
  expect(new Set(refs).size, "refs are unique").toBe(refs.length);
  const used = [
    ...bill.dependencies.flatMap(({ ref, dependsOn = [] }) => [ref, ...dependsOn]),
    ...bill.vulnerabilities.flatMap(({ affects }) => affects.map(({ ref }) => ref)),
    ...(bill.compositions ?? []).flatMap(({ assemblies }) => assemblies),
  ];
  expect(used.filter((ref) => !refs.includes(ref))).toEqual([]);
  return bill;
}

async function scanned(
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<{ bill: Bill; result: ScanResult; root: string }> {
  const root = folder(files);
  const result = await scanPaths([root], { policy: await defaultPolicy(), hash: true, workers: 1 });
  return { bill: billOf(result), result, root };
}

function component(bill: Bill, name: string): Component {
  const found = bill.components.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no component ${name}`);
  return found;
}

function propertyOf(
  { properties = [] }: { readonly properties?: readonly Property[] },
  name: string,
): string | undefined {
  return properties.find((property) => property.name === `modelaudit:${name}`)?.value;
}

async function evil(changes: Partial<Finding> = {}, file: Partial<FileReport> = {}): Promise<ScanResult> {
  const report = await reportOf(p.osSystem("id"), "/home/a/models/evil.pkl");
  return resultOf([{ ...report, ...file, findings: report.findings.map((finding) => ({ ...finding, ...changes })) }]);
}

const card = (front: string) => `---\n${front}\n---\n# A model\n`;
const weights = () => safetensors({ w: { dtype: "F32", shape: [2], data_offsets: [0, 8] } }, new Uint8Array(8));

describe("the bill of materials", () => {
  it("holds every file with its type and hash", async () => {
    const { bill } = await scanned({ "model.safetensors": weights(), "vocab.txt": "a\nb\n", "run.sh.bak": "x" });
    expect(component(bill, "model.safetensors")).toMatchObject({
      type: "machine-learning-model",
      hashes: [{ alg: "SHA-256", content: expect.stringMatching(/^[0-9a-f]{64}$/) }],
    });
    expect(component(bill, "vocab.txt").type).toBe("data");
    expect(component(bill, "run.sh.bak").type).toBe("file");
  });

  it("has a file hashed whatever its size when it is asked for, and only then", async () => {
    const root = folder({ "big.bin": new Uint8Array((1 << 20) + 1) });
    const policy = await defaultPolicy();
    const hashes = async (hash: boolean) =>
      (await scanPaths([root], { policy, hash, workers: 1 })).files.map(({ sha256 }) => sha256);
    expect(await hashes(true)).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(await hashes(false)).toEqual([undefined]);
  });

  it("states what the model card, the configuration and the weights state", async () => {
    const { bill } = await scanned({
      "README.md": card(
        "license: mit\npipeline_tag: text-generation\ndatasets: [a/b, c]\nbase_model: org/base\nlibrary_name: transformers",
      ),
      "config.json": '{"model_type": "llama", "architectures": ["LlamaForCausalLM"], "transformers_version": "4.40.0"}',
      "model.safetensors": weights(),
    });
    const model = component(bill, "model.safetensors");
    expect(model.modelCard?.modelParameters).toEqual({
      task: "text-generation",
      architectureFamily: "llama",
      modelArchitecture: "LlamaForCausalLM",
      datasets: [
        { type: "dataset", name: "a/b" },
        { type: "dataset", name: "c" },
      ],
    });
    expect(model.modelCard?.properties).toContainEqual({ name: "modelaudit:model:parameters", value: "2" });
    expect(model.licenses?.[0]?.license).toMatchObject({
      id: "MIT",
      acknowledgement: "declared",
      properties: [{ name: "modelaudit:license:declared", value: expect.stringContaining("README.md: license") }],
    });
    expect(bill.metadata.component).toMatchObject({ pedigree: { ancestors: [{ name: "org/base" }] } });
    expect(component(bill, "transformers")).toMatchObject({ type: "framework" });
  });

  it("does not let one model speak for another of the same folder", async () => {
    const bill = billOf(
      resultOf([
        { ...(await reportOf(p.osSystem("id"), "a.gguf")), metadata: { license: "mit", architecture: "llama" } },
        { ...(await reportOf(p.osSystem("id"), "b.gguf")), metadata: {} },
      ]),
    );
    expect(component(bill, "a.gguf").licenses).toBeDefined();
    expect(component(bill, "b.gguf").licenses).toBeUndefined();
    expect(component(bill, "b.gguf").modelCard).toBeUndefined();
  });

  it("names a licence that SPDX does not know", async () => {
    const { bill } = await scanned({
      "README.md": card("license: other\nlicense_name: my-terms"),
      "model.safetensors": weights(),
    });
    expect(component(bill, "model.safetensors").licenses).toMatchObject([{ license: { name: "my-terms" } }]);
  });

  it("lets an index depend on its parts, weights on their tokenizer, an adapter on its base", async () => {
    const { bill } = await scanned({
      "model.safetensors.index.json": '{"weight_map": {}}',
      "model-00001-of-00002.safetensors": weights(),
      "model-00002-of-00002.safetensors": weights(),
      "tokenizer.json": "{}",
      "lora/adapter_config.json": '{"peft_type": "LORA", "base_model_name_or_path": "org/base"}',
      "lora/adapter_model.safetensors": weights(),
    });
    const needs = (name: string) => {
      const refs = bill.dependencies.find(({ ref }) => ref === component(bill, name)["bom-ref"])?.dependsOn ?? [];
      return bill.components.filter((other) => refs.includes(other["bom-ref"])).map((other) => other.name);
    };
    expect(needs("model.safetensors.index.json").sort()).toEqual([
      "model-00001-of-00002.safetensors",
      "model-00002-of-00002.safetensors",
      "tokenizer.json",
    ]);
    expect(needs("adapter_model.safetensors").sort()).toEqual(["adapter_config.json", "org/base"]);
    expect(bill.dependencies.find(({ ref }) => ref === "scan")?.dependsOn).toHaveLength(6);
  });

  it("lists findings as vulnerabilities, and gives the risk that they have", async () => {
    const bill = billOf(await evil());
    const [file] = bill.components;
    expect(bill.vulnerabilities).toMatchObject([
      {
        id: "pickle/unsafe-call",
        ratings: [{ score: 10, severity: "critical" }],
        affects: [{ ref: file?.["bom-ref"] }],
      },
    ]);
    expect(bill.vulnerabilities[0]?.cwes).toContain(502);
    expect(propertyOf(file ?? {}, "risk_score")).toBe("10.0");
    expect(propertyOf(bill.metadata, "risk_score")).toBe("10.0");
    expect(propertyOf(bill.metadata, "verdict")).toBe("critical");
  });

  it("keeps suppressed findings apart from the risk", async () => {
    const bill = billOf(await evil({ suppressed: "reviewed" }));
    expect(bill.vulnerabilities[0]?.analysis).toEqual({
      state: "in_triage",
      response: ["will_not_fix"],
      detail: "reviewed",
    });
    expect(propertyOf(bill.components[0] ?? {}, "risk_score")).toBe("0.0");
  });

  it("calls a file incomplete that was not read to its end", async () => {
    const bill = billOf(await evil({}, { state: "partial", reason: "cut off" }));
    expect(bill.compositions).toEqual([{ aggregate: "incomplete", assemblies: [bill.components[0]?.["bom-ref"]] }]);
  });

  it("differs by its time alone when the same files are scanned again", async () => {
    const result = await evil();
    const again = { ...result, startedAt: "2027-01-01T00:00:00.000Z", durationMs: 99 };
    const [first, second] = [billOf(result), billOf(again)];
    expect(second).toEqual({ ...first, metadata: { ...first.metadata, timestamp: again.startedAt } });
    const other = billOf(await evil({}, { sha256: "0".repeat(64) }));
    expect(other.serialNumber).not.toBe(first.serialNumber);
  });

  it("says the same wherever the files lie", async () => {
    const files = { "README.md": card("license: mit"), "a/model.safetensors": weights() };
    const [here, there] = [await scanned(files), await scanned(files)];
    expect(here.bill.serialNumber).toBe(there.bill.serialNumber);
    expect(here.bill.dependencies).toEqual(there.bill.dependencies);
    expect(component(here.bill, "model.safetensors")["bom-ref"]).toMatch(/^file:a\/model\.safetensors#[0-9a-f]{16}$/);
  });

  it("keeps the text of a licence as evidence beside what is declared", async () => {
    const LICENSE = "Apache License\n Version 2.0, January 2004\n";
    const { bill } = await scanned({ "README.md": card("license: mit"), LICENSE, "m.safetensors": weights() });
    expect(component(bill, "m.safetensors")).toMatchObject({
      licenses: [{ license: { id: "MIT" } }],
      evidence: { licenses: [{ license: { id: "Apache-2.0" } }] },
    });
    const undeclared = await scanned({ LICENSE, "m.safetensors": weights() });
    expect(component(undeclared.bill, "m.safetensors").licenses).toMatchObject([{ license: { id: "Apache-2.0" } }]);
  });

  it("stays valid whatever files are called and say", async () => {
    const hostile = 'a\0<b>"\u202E\ud800/../x';
    const bill = billOf(
      await evil(
        { message: hostile, why: hostile, references: [hostile] },
        { path: hostile, metadata: { license: hostile, datasets: [hostile], [hostile]: hostile } },
      ),
    );
    expect(JSON.stringify(bill)).not.toContain("\u202E");
  });

  it("may write every id of our SPDX list", () => {
    const { enum: allowed }: { enum: readonly string[] } = schemaOf("cyclonedx-spdx");
    expect([...current, ...deprecated].filter((id) => !allowed.includes(id))).toEqual([]);
  });

  it("is valid for nothing at all", () => {
    expect(billOf(resultOf([])).components).toEqual([]);
  });

  it("is valid for every fixture", async () => {
    for (const { path } of listFixtures()) billOf(await scanFixture(path));
  }, 60_000);
});
