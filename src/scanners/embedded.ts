import { SNIFF_BYTES, sniffEmbedded } from "../formats/embedded/sniff.js";
import type { ByteSource } from "../io/byte-source.js";
import type { ScanContext } from "./scanner.js";

export interface TensorStart {
  readonly name: string;
  readonly start: number;
  readonly size: number;
}

export interface TensorData {
  readonly context: ScanContext;
  /** Offset of the data inside the artifact. */
  readonly base: number;
}

/** Tensors looked at: each costs a read. */
const MAX_LOOKS = 1024;

/** Looks at the first bytes of tensors for what is no numbers. No loader runs it, so it is told and not followed. */
export async function inspectTensorStarts(
  data: ByteSource,
  starts: Iterable<TensorStart>,
  { context, base }: TensorData,
): Promise<void> {
  let looks = 0;
  for (const { name, start, size } of starts) {
    if (looks++ >= MAX_LOOKS) return;
    context.budget.spendSteps();
    const head = await data.read(start, Math.min(size, SNIFF_BYTES));
    context.examined(head.length);
    const kind = sniffEmbedded(head);
    if (kind === undefined) continue;
    context.report({
      rule: "weights/embedded-content",
      message: `tensor ${name.slice(0, 200)} begins with a ${kind}`,
      subject: name.slice(0, 200),
      offset: base + start,
      evidence: { kind },
    });
  }
}
