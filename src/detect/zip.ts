import { endsInArchive } from "../formats/zip/end-records.js";
import { type Probe, startsWith } from "./probe.js";
import type { Recognition, Signature } from "./table.js";

/** A local header, an empty archive, and the two markers of archives that were split or were to be split (4.4.1.4, 8.5.3). */
export const ZIP_SIGNATURES: readonly Signature[] = [
  { format: "zip", offset: 0, magic: "PK\x03\x04" },
  { format: "zip", offset: 0, magic: "PK\x05\x06" },
  { format: "zip", offset: 0, magic: "PK\x07\x08PK\x03\x04" },
  { format: "zip", offset: 0, magic: "PK00PK\x03\x04" },
];

/** An archive behind other bytes: its end record must lead to a directory, for chance puts four bytes anywhere. */
export const ZIP_RECOGNITION: Recognition = {
  format: "zip",
  test: (probe) => endsInArchive(probe) && !isInsideHost(probe),
};

/** A zip that is the last member of a tar, or a constant near the end of a pickle, is found by the scanner of that format. */
function isInsideHost({ head, tail }: Probe): boolean {
  const isTar = startsWith(head, "ustar", 257) && tail.subarray(-512).every((byte) => byte === 0);
  const isPickle = head[0] === 0x80 && tail.at(-1) === 0x2e; // from PROTO to STOP
  return isTar || isPickle;
}
