import type { SafetensorsFault, SafetensorsTensor } from "./header.js";

/** Tensors follow each other without a gap or an overlap, in whatever order the JSON names them. Returns the end of the last one. */
export function checkLayout(tensors: readonly SafetensorsTensor[], fault: (fault: SafetensorsFault) => void): number {
  const sorted = [...tensors].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let end = 0;
  let last = "the header";
  for (const { name, begin, end: stop, offset } of sorted) {
    if (begin < end) {
      const message = `${name} begins at ${begin}, inside ${last}, which ends at ${end}`;
      fault({ kind: "tensor-overlap", subject: name, message, offset });
    } else if (begin > end) {
      const message = `${name} begins at ${begin}, ${begin - end} bytes after ${last}`;
      fault({ kind: "tensor-hole", subject: name, message, offset });
    }
    if (stop >= end) {
      end = stop;
      last = name;
    }
  }
  return end;
}
