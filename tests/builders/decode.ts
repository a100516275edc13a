import { STREAM_DECODERS, type StreamFormat } from "../../src/formats/streams/decode.js";
import { Budget, type BudgetLimits } from "../../src/io/budget.js";
import { BufferSource } from "../../src/io/byte-source.js";
import { LIMITS } from "./limits.js";

export interface Decoded {
  readonly text: string;
  readonly size: number;
  readonly consumed: number;
  /** Kind of damage. */
  readonly damage?: string;
  /** Name of the limit that ended it. */
  readonly limit?: string;
}

/** Decompresses bytes and tells the outcome in short. */
export async function decoded(
  format: StreamFormat,
  bytes: Uint8Array,
  limits: Partial<BudgetLimits> = {},
): Promise<Decoded> {
  const { source, consumed, damage, limit } = await STREAM_DECODERS[format](
    new BufferSource(bytes),
    new Budget({ ...LIMITS, ...limits }),
  );
  const text = Buffer.from(source.readSync(0, 4096)).toString("latin1");
  const { size } = source;
  source.close?.();
  return {
    text,
    size,
    consumed,
    ...(damage === undefined ? {} : { damage: damage.kind }),
    ...(limit === undefined ? {} : { limit: limit.limit }),
  };
}
