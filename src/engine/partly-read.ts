import { ParseError } from "../errors.js";
import { openFile } from "../sources/open-file.js";
import { isSystemError } from "./failure.js";

const HEAD_BYTES = 16;
/** Longer headers take a worker's time to read. */
const MAX_SAFETENSORS_HEADER = 1 << 20;

/**
 * True for a file of which a part is read, however large it is: the head or directory of zip as torch writes it, safetensors, GGUF and HDF5, and the
 * opcodes of a pickle, whose bulk is constants as a rule.
 */
export function isReadInPart(file: string): boolean {
  try {
    const source = openFile(file);
    try {
      return isPartlyRead(source.readSync(0, HEAD_BYTES));
    } finally {
      source.close();
    }
  } catch (error) {
    if (isSystemError(error) || error instanceof ParseError) return false; // told by the job itself
    throw error;
  }
}

function isPartlyRead(head: Uint8Array): boolean {
  const text = Buffer.from(head).toString("latin1");
  if (text.startsWith("PK\x03\x04") || text.startsWith("GGUF") || text.startsWith("\x89HDF\r\n\x1a\n")) return true;
  if (/^\x80[\x02-\x05]/.test(text)) return true;
  if (head.length < HEAD_BYTES || text[8] !== "{") return false;
  return new DataView(head.buffer, head.byteOffset).getBigUint64(0, true) <= BigInt(MAX_SAFETENSORS_HEADER);
}
