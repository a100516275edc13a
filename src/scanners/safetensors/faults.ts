import type { SafetensorsFault, SafetensorsFaultKind } from "../../formats/safetensors/header.js";
import type { RuleId } from "../../rules/index.js";
import type { ScanContext } from "../scanner.js";

const RULE_OF: Readonly<Record<SafetensorsFaultKind, RuleId>> = {
  "bad-entry": "safetensors/bad-entry",
  "duplicate-key": "safetensors/duplicate-key",
  "unknown-dtype": "safetensors/unknown-dtype",
  "unknown-field": "safetensors/unknown-field",
  "tensor-size": "safetensors/tensor-size",
  "tensor-outside": "safetensors/tensor-outside",
  "tensor-overlap": "safetensors/tensor-overlap",
  "tensor-hole": "safetensors/tensor-hole",
};

/** Names listed in one finding. */
const MAX_LISTED = 10;
const MAX_SHOWN = 200;

interface Group {
  readonly first: SafetensorsFault;
  readonly subjects: string[];
  count: number;
}

/** Collects faults, so that a file cut short yields one finding and not one for every tensor behind the cut. */
export class FaultReport {
  private readonly groups = new Map<SafetensorsFaultKind, Group>();
  count = 0;

  constructor(private readonly context: ScanContext) {}

  get hasOutside(): boolean {
    return this.groups.has("tensor-outside");
  }

  add(fault: SafetensorsFault): void {
    this.count++;
    const group = this.groups.get(fault.kind) ?? { first: fault, subjects: [], count: 0 };
    group.count++;
    if (group.subjects.length < MAX_LISTED) group.subjects.push(fault.subject.slice(0, MAX_SHOWN));
    this.groups.set(fault.kind, group);
  }

  report(): void {
    for (const [kind, { first, subjects, count }] of this.groups) {
      this.context.report({
        rule: RULE_OF[kind],
        message: `${first.message.slice(0, MAX_SHOWN)}${count > 1 ? ` (and ${count - 1} more)` : ""}`,
        subject: kind,
        offset: first.offset,
        evidence: { subjects, count },
      });
    }
  }
}
