import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "vitest";

const path = new URL("../../docs/schema/report.json", import.meta.url);
const validate = new Ajv2020({ allErrors: true }).compile(JSON.parse(readFileSync(path, "utf8")));

/** The parts of a report that tests look at. */
export interface JsonReport {
  readonly issues: readonly {
    readonly severity: string;
    readonly level?: string;
    readonly rule: string;
    readonly location: string;
    readonly message: string;
  }[];
  readonly checks: readonly { readonly status: string; readonly severity?: string }[];
  readonly assets: readonly { readonly path: string }[];
  readonly file_metadata: Readonly<Record<string, { readonly state: string }>>;
  readonly coverage: {
    readonly interrupted: boolean;
    readonly errors: readonly { readonly path: string; readonly message: string }[];
    readonly suppressed: readonly unknown[];
  };
  readonly [key: string]: unknown;
}

/** Parses a JSON report and checks it against the published schema. */
export async function expectValidReport(text: string): Promise<JsonReport> {
  const report: JsonReport = JSON.parse(text);
  validate(report);
  expect(validate.errors ?? []).toEqual([]);
  return report;
}
