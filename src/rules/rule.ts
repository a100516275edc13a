import type { Severity } from "./severity.js";

/** What a finding means, once for all findings of its kind. Prose is for the person who downloaded the file. */
export interface Rule {
  /** Unless the observation knows better or the policy overrides it. */
  readonly severity: Severity;
  /** No full stop. */
  readonly title: string;
  /** One or two sentences. */
  readonly why: string;
  /** One or two sentences. */
  readonly remediation: string;
  /** `CWE-502` ... */
  readonly cwe: readonly string[];
  /** MITRE ATLAS technique ids, `AML.T0011.000` ... */
  readonly atlas?: readonly string[];
  /** CVE and advisory ids, or addresses of a specification. */
  readonly references?: readonly string[];
}

/** The rules of one family: every id begins with the family's name. */
export type RuleTable<Family extends string> = { readonly [id in `${Family}/${string}`]: Rule };
