import type { Policy } from "../../config/policy.js";
import { CallableIndex } from "../pickle/classify.js";
import type { Observation, ScanContext } from "../scanner.js";
import { ADVISORIES, type AdvisoryId } from "./advisories.js";
import type { KerasNode } from "./node.js";

export interface KerasOptions {
  /** What holds the config, for messages: an attribute, a member; empty when the artifact itself is the config. */
  readonly at?: string;
  readonly container?: "hdf5" | "savedmodel" | "json";
  /** As the file states it: what it was saved with, which says nothing about what loads it. */
  readonly kerasVersion?: string;
}

/** What the judges of single nodes need to know. */
export class KerasContext {
  readonly callables: CallableIndex;

  constructor(
    readonly scan: ScanContext,
    readonly options: KerasOptions,
  ) {
    this.callables = callablesOf(scan.policy);
  }

  get policy(): Policy {
    return this.scan.policy;
  }

  /** Adds to an observation where the node stands and which versions of Keras are affected. */
  report(node: KerasNode, observation: Observation, ...advisories: readonly AdvisoryId[]): void {
    const { at, kerasVersion } = this.options;
    const place = [at, node.at].filter((part) => part !== undefined && part !== "").join(": ");
    const affected = advisories.map((id) => `${id}: ${ADVISORIES[id].affected}`);
    this.scan.report({
      ...observation,
      references: [
        ...(observation.references ?? []),
        ...advisories,
        ...advisories.flatMap((id) => ADVISORIES[id].also),
      ],
      evidence: {
        ...(place === "" ? {} : { at: place.slice(0, 400) }),
        ...(affected.length === 0 ? {} : { affected }),
        ...(kerasVersion === undefined ? {} : { saved_with: kerasVersion.slice(0, 40) }),
        ...observation.evidence,
      },
    });
  }
}

const indices = new WeakMap<Policy, CallableIndex>();

function callablesOf(policy: Policy): CallableIndex {
  const known = indices.get(policy);
  if (known) return known;
  const index = new CallableIndex(policy);
  indices.set(policy, index);
  return index;
}
