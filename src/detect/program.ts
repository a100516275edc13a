import { isProgram, sniffEmbedded } from "../formats/embedded/sniff.js";
import { type Probe, startsWith } from "./probe.js";

/** "Actually Portable Executable": one file that is a Windows, Linux and macOS program (and, as a llamafile, a zip). */
const APE_MAGIC = "MZqFpD='";

/** ELF, PE and Mach-O with a header that fits, and portable executables of all three. */
export function looksLikeProgram(probe: Probe): boolean {
  if (startsWith(probe.head, APE_MAGIC)) return true;
  const kind = sniffEmbedded(probe.head);
  return kind !== undefined && isProgram(kind);
}
