import { type GgufLayout, layOut } from "../../formats/gguf/layout.js";
import { TENSOR_TYPES } from "../../formats/gguf/types.js";
import type { GgufFault, GgufFaultKind, GgufTensor } from "../../formats/gguf/value.js";
import type { RuleId } from "../../rules/index.js";
import { isPathLike } from "../metadata-text.js";
import type { ScanContext } from "../scanner.js";
import { shown } from "./metadata.js";

const RULE_OF: Readonly<Record<GgufFaultKind, RuleId>> = {
  count: "gguf/header-arithmetic",
  "string-length": "gguf/header-arithmetic",
  "array-count": "gguf/header-arithmetic",
  "dimension-count": "gguf/header-arithmetic",
  "no-dimensions": "gguf/tensor-size",
  "size-overflow": "gguf/tensor-size",
  "total-overflow": "gguf/tensor-size",
  "row-alignment": "gguf/tensor-size",
  "tensor-type": "gguf/unknown-tensor-type",
  "offset-alignment": "gguf/tensor-alignment",
  outside: "gguf/tensor-outside",
  overlap: "gguf/tensor-overlap",
  gap: "gguf/tensor-gap",
};

/** GGML_MAX_NAME with its final zero byte. */
const MAX_NAME = 63;
/** Tensors listed in one finding. */
const MAX_LISTED = 10;

/** One finding for each kind of fault: a file cut short would have one for every tensor behind the cut. */
export function reportFaults(faults: readonly GgufFault[], context: ScanContext): void {
  for (const [kind, group] of byKind(faults)) {
    const [first] = group;
    if (first === undefined) continue;
    const more = group.length > 1 ? ` (and ${group.length - 1} more)` : "";
    context.report({
      rule: RULE_OF[kind],
      message: `${shown(first.message)}${more}`,
      subject: kind,
      offset: first.offset,
      references: [...new Set(group.flatMap(({ references }) => references))],
      evidence: { subjects: group.slice(0, MAX_LISTED).map(({ subject }) => shown(subject)), count: group.length },
    });
  }
}

function byKind(faults: readonly GgufFault[]): Map<GgufFaultKind, GgufFault[]> {
  const groups = new Map<GgufFaultKind, GgufFault[]>();
  for (const fault of faults) {
    const group = groups.get(fault.kind);
    if (group) group.push(fault);
    else groups.set(fault.kind, [fault]);
  }
  return groups;
}

export function judgeNames(tensors: readonly GgufTensor[], context: ScanContext): void {
  const seen = new Set<string>();
  for (const { name, offset } of tensors) {
    const place = { subject: shown(name.text), offset };
    if (seen.has(name.text)) {
      context.report({ rule: "gguf/duplicate-key", message: `tensor ${shown(name.text)} stands twice`, ...place });
    }
    seen.add(name.text);
    if (isPathLike(name.text)) {
      context.report({
        rule: "weights/path-like-name",
        message: `tensor name ${shown(name.text)} is a path`,
        ...place,
      });
    }
    if (name.length > MAX_NAME || name.length === 0 || !name.isUtf8) {
      context.report({
        rule: "gguf/odd-name",
        message: `tensor name ${shown(name.text)} of ${name.length} bytes, loaders take 1 to ${MAX_NAME}`,
        ...place,
      });
    }
  }
}

export interface DataSection {
  readonly start: number;
  readonly fileSize: number;
  readonly alignment: bigint;
}

/** Checks where the tensors lie, and tells what is known of them. */
export function judgeLayout(tensors: readonly GgufTensor[], section: DataSection, context: ScanContext): GgufLayout {
  const { start, fileSize, alignment } = section;
  const layout = layOut(tensors, { dataStart: start, fileSize, alignment });
  reportFaults(layout.faults, context);
  for (const type of layout.newTypes) {
    context.report({
      rule: "gguf/new-tensor-type",
      message: `tensors of type ${type}, whose size is not known here`,
      subject: `type ${type}`,
    });
  }
  for (const type of layout.removedTypes) {
    context.report({
      rule: "gguf/removed-tensor-type",
      message: `tensors of type ${TENSOR_TYPES.get(type)?.name ?? type}, which loaders no longer read`,
      subject: `type ${type}`,
    });
  }
  if (layout.faults.length === 0) {
    context.passed("gguf-layout", `${tensors.length} tensors lie inside the file, aligned, without overlap`);
  }
  return layout;
}
