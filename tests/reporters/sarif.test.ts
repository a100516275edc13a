import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import type { Finding, ScanResult } from "../../src/engine/result.js";
import type { ReportOptions } from "../../src/reporters/reporter.js";
import { renderSarif } from "../../src/reporters/sarif/sarif.js";
import { artifactUri } from "../../src/reporters/sarif/uri.js";
import { rules } from "../../src/rules/index.js";
import { atlasName, cweName } from "../../src/rules/taxonomies.js";
import * as p from "../builders/pickle.js";
import { reportOf } from "../scanners/pickle/scan.js";

const schema = JSON.parse(readFileSync(new URL("../schemas/sarif-2.1.0.json", import.meta.url), "utf8"));
const validate = new Ajv2020({ strict: false, validateFormats: false, allErrors: true }).compile(schema);

const options: ReportOptions = {
  version: "1.2.3",
  delegated: false,
  verbose: false,
  quiet: false,
  width: 80,
  color: false,
  cwd: "/home/a/models",
};

async function resultOf(bytes: Uint8Array, path: string, changes: Partial<Finding> = {}): Promise<ScanResult> {
  const report = await reportOf(bytes, path);
  const files = [{ ...report, findings: report.findings.map((finding) => ({ ...finding, ...changes })) }];
  return {
    files,
    findings: [],
    errors: [],
    startedAt: "2026-01-02T03:04:05.000Z",
    durationMs: 12,
    interrupted: false,
    failOn: "medium",
    strict: false,
  };
}

function sarifOf(result: ScanResult) {
  const log = JSON.parse(renderSarif(result, options));
  expect(validate(log), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
  return log.runs[0];
}

describe("SARIF", () => {
  it("holds one result per finding, with its rule, level, grade and byte offset", async () => {
    const run = sarifOf(await resultOf(p.osSystem("id"), "/home/a/models/evil.pkl"));
    const [result] = run.results;
    expect(result).toMatchObject({
      ruleId: "pickle/unsafe-call",
      level: "error",
      properties: { "security-severity": "10.0" },
    });
    expect(run.tool.driver.rules[result.ruleIndex].id).toBe("pickle/unsafe-call");
    expect(result.locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: "evil.pkl", uriBaseId: "ROOT" },
      region: { byteOffset: expect.any(Number) },
    });
  });

  it("names a member as a logical location and keeps its offset out of the file's bytes", async () => {
    const run = sarifOf(
      await resultOf(p.pickle(p.proto(4), p.bytes(p.osSystem("id", 2)), p.stop), "/home/a/models/outer.pkl"),
    );
    const inner = run.results.find(({ ruleId }: { ruleId: string }) => ruleId === "pickle/unsafe-call");
    expect(inner.locations[0].logicalLocations[0]).toMatchObject({
      kind: "member",
      name: expect.stringContaining("bytes at"),
    });
    expect(inner.locations[0].physicalLocation.region).toBeUndefined();
  });

  it("says the same on every machine", async () => {
    const there = await resultOf(p.osSystem("id"), "/home/a/models/evil.pkl");
    expect(renderSarif(there, options)).toBe(
      renderSarif(there, { ...options, width: 200, color: true, verbose: true }),
    );
    const fingerprint = (run: { results: { partialFingerprints: object }[] }) => run.results[0]?.partialFingerprints;
    expect(fingerprint(sarifOf(there))).toEqual({ "modelaudit/v1": expect.stringMatching(/^[0-9a-f]{32}$/) });
  });

  it("tells what was not examined as notifications", async () => {
    const result = await resultOf(p.osSystem("id").subarray(0, 8), "/home/a/models/cut.pkl");
    const run = sarifOf({ ...result, errors: [{ path: "gone.pkl", message: "no such file", hints: [] }] });
    const ids = run.invocations[0].toolExecutionNotifications.map(
      (note: { descriptor: { id: string } }) => note.descriptor.id,
    );
    expect(ids).toEqual(["coverage/partial", "coverage/error"]);
    expect(run.invocations[0].executionSuccessful).toBe(false);
  });

  it("keeps suppressed findings as suppressed", async () => {
    const run = sarifOf(await resultOf(p.osSystem("id"), "/home/a/models/evil.pkl", { suppressed: "known test file" }));
    expect(run.results[0].suppressions).toEqual([{ kind: "external", justification: "known test file" }]);
  });

  it("is valid when nothing was found", async () => {
    const run = sarifOf(await resultOf(p.pickle(p.proto(4), p.none, p.stop), "/home/a/models/ok.pkl"));
    expect(run).toMatchObject({ results: [], taxonomies: [] });
  });
});

describe("artifact URIs", () => {
  it.each([
    ["/home/a/models/x y#1.pkl", "x%20y%231.pkl"],
    ["./sub/a.pkl", "sub/a.pkl"],
    ["/etc/a.pkl", "file:///etc/a.pkl"],
    ["C:\\models\\a.pkl", "file:///C%3A/models/a.pkl"],
    ["a\u202Eb\n.pkl", "a%E2%80%AEb%0A.pkl"],
    ["bad\ud800.pkl", "bad%EF%BF%BD.pkl"],
  ])("of %j is %s", (path, uri) => {
    expect(artifactUri(path, "/home/a/models")).toBe(uri);
  });
});

it("has a name for every weakness and technique that a rule refers to", () => {
  const unnamed = Object.values(rules).flatMap((rule) => {
    const { cwe, atlas = [] }: { cwe: readonly string[]; atlas?: readonly string[] } = rule;
    return [...cwe.filter((id) => cweName(id) === id), ...atlas.filter((id) => atlasName(id) === id)];
  });
  expect([...new Set(unnamed)]).toEqual([]);
});
