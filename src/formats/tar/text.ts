const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const BEYOND_ASCII = /[\u0080-\u00ff]/;

/** Names are UTF-8 today and anything in old archives; no byte may be lost, or two names would look the same. */
export function decodeText(bytes: Uint8Array): string {
  const plain = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  if (!BEYOND_ASCII.test(plain)) return plain;
  try {
    return strict.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return plain;
    throw error;
  }
}
