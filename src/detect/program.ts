import { sniffProgram } from "../formats/embedded/sniff.js";
import { type Probe, startsWith } from "./probe.js";

/** "Actually Portable Executable": one file that is a Windows, Linux and macOS program (and, as a llamafile, a zip). */
const APE_MAGIC = "MZqFpD='";

/** ELF, PE and Mach-O with a header that fits, and portable executables of all three. */
export function looksLikeProgram(probe: Probe): boolean {
  if (startsWith(probe.head, APE_MAGIC)) return true;
  return sniffProgram(probe.head) !== undefined || isUniversal(probe) || isFarPe(probe);
}

const CPU_TYPES = new Set([7, 12, 18, 0x01000007, 0x0100000c, 0x01000012]);
/** Machines that one Mach-O file may serve. */
const MAX_MACHINES = 8;

/** A Mach-O file for several machines: how many, and the first of them. */
function isUniversal({ head }: Probe): boolean {
  if (head.length < 28) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (![0xcafebabe, 0xcafebabf].includes(view.getUint32(0))) return false;
  const count = view.getUint32(4);
  return count > 0 && count <= MAX_MACHINES && CPU_TYPES.has(view.getUint32(8));
}

/** Windows follows `e_lfanew` anywhere in the file; where that is beyond the head, the fields of DOS's header must fit. */
function isFarPe({ head, size }: Probe): boolean {
  if (head.length < 64 || !startsWith(head, "MZ")) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const at = view.getUint32(0x3c, true);
  const hasDosHeader =
    view.getUint16(2, true) < 512 && view.getUint16(8, true) <= 64 && view.getUint16(0x18, true) >= 0x1c;
  return hasDosHeader && at % 4 === 0 && at >= head.length && at < size;
}
