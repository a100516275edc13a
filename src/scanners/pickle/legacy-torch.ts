// Files that torch.save wrote before 1.6: five pickles, then the storages (torch/serialization.py, _legacy_save).

import type { SyncByteSource } from "../../io/byte-source.js";

/** PROTO 2, LONG1 of 0x1950a86a20f9469cfc6c, STOP. */
const MAGIC = Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e);

/** Magic number, protocol version, system information, the object, the storages' keys. */
export const LEGACY_PICKLES = 5;

export function isLegacyTorch(source: SyncByteSource): boolean {
  return Buffer.compare(source.readSync(0, MAGIC.length), MAGIC) === 0;
}
