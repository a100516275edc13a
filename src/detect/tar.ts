import { BLOCK, checksumHolds } from "../formats/tar/header.js";
import type { Probe } from "./probe.js";
import type { Recognition, Signature } from "./table.js";

export const TAR_SIGNATURE: Signature = { format: "tar", offset: 257, magic: "ustar" };

/** Names of the first form of tar, before it had a magic: only the checksum tells it. */
function isOldTar({ head }: Probe): boolean {
  return head.length >= BLOCK && (head[0] ?? 0) !== 0 && checksumHolds(head.subarray(0, BLOCK));
}

export const TAR_RECOGNITION: Recognition = { format: "tar", test: isOldTar };
