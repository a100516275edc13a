import { ParseError } from "../errors.js";
import { openFile } from "../sources/open-file.js";
import { isSystemError } from "./failure.js";

const HEAD_BYTES = 16;
/** Longer headers take a worker's time to read. */
const MAX_SAFETENSORS_HEADER = 1 << 20;

/** True for a file of which only a head or a directory is read, however large it is: zip as torch writes it, safetensors, GGUF, HDF5. */
export function isReadByHead(file: string): boolean {
  try {
    const source = openFile(file);
    try {
      return startsAsHead(source.readSync(0, HEAD_BYTES));
    } finally {
      source.close();
    }
  } catch (error) {
    if (isSystemError(error) || error instanceof ParseError) return false; // told by the job itself
    throw error;
  }
}

function startsAsHead(head: Uint8Array): boolean {
  const text = Buffer.from(head).toString("latin1");
  if (text.startsWith("PK\x03\x04") || text.startsWith("GGUF") || text.startsWith("\x89HDF\r\n\x1a\n")) return true;
  if (head.length < HEAD_BYTES || text[8] !== "{") return false;
  return new DataView(head.buffer, head.byteOffset).getBigUint64(0, true) <= BigInt(MAX_SAFETENSORS_HEADER);
}
