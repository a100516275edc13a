import { ParseError } from "../../errors.js";
import type { ForwardReader } from "../../io/forward-reader.js";
import { readText } from "./metadata.js";
import type { GgufFault, GgufTensor } from "./value.js";

/** GGML_MAX_DIMS. */
const MAX_DIMENSIONS = 4;

/** One row of the tensor list: name, dimensions, type, offset of the data. */
export async function readTensor(
  reader: ForwardReader,
  version: number,
  visitor: { fault(fault: GgufFault): void },
): Promise<GgufTensor> {
  const { offset } = reader;
  const name = await readText(reader, { version, visitor }, "a tensor name");
  if (!reader.has(4)) await reader.load(4);
  const count = reader.u32();
  if (count > MAX_DIMENSIONS) {
    const message = `tensor ${name.text} has ${count} dimensions at ${offset}, at most ${MAX_DIMENSIONS} are possible`;
    visitor.fault({ kind: "dimension-count", subject: name.text, message, offset, references: ["CVE-2024-21802"] });
    throw new ParseError(message, offset);
  }
  const width = version === 1 ? 4 : 8;
  const needed = count * width + 12;
  if (!reader.has(needed)) await reader.load(needed);
  const dimensions: bigint[] = [];
  for (let i = 0; i < count; i++) dimensions.push(version === 1 ? BigInt(reader.u32()) : reader.u64());
  return { name, dimensions, type: reader.u32(), dataOffset: reader.u64(), offset };
}
