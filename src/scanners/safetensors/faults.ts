import type { SafetensorsFault, SafetensorsFaultKind } from "../../formats/safetensors/header.js";
import type { ScanContext } from "../scanner.js";

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
        rule: `safetensors/${kind}`,
        message: `${first.message.slice(0, MAX_SHOWN)}${count > 1 ? ` (and ${count - 1} more)` : ""}`,
        subject: kind,
        offset: first.offset,
        evidence: { subjects, count },
      });
    }
  }
}
