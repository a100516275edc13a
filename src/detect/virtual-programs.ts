// Programs for machines that are none of metal, and shortcuts that start one. Each by its magic and a version that exists.

import type { Probe } from "./probe.js";
import type { Signature } from "./table.js";

const row = (magic: string, confirm?: Signature["confirm"]): Signature => ({
  format: "virtual-program",
  offset: 0,
  magic,
  ...(confirm && { confirm }),
});

export const VIRTUAL_PROGRAM_SIGNATURES: readonly Signature[] = [
  row("\0asm", ({ head }) => (head[4] ?? 0) > 0 && head[5] === 0), // WebAssembly: module and component
  row("\xca\xfe\xba\xbe", isJavaClass),
  row("dex\n0"), // Android
  row("BC\xc0\xde"), // LLVM
  row("\x1bLua", ({ head }) => [0x51, 0x52, 0x53, 0x54].includes(head[4] ?? 0)),
  row("\x1bLJ", ({ head }) => [1, 2].includes(head[3] ?? 0)),
  row("L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46"), // Windows shortcut: size and class id of its header
];

/** Versions of Java begin at 45; a Mach-O file for several machines holds fewer of them. */
function isJavaClass({ head }: Probe): boolean {
  return head.length >= 10 && head[6] === 0 && (head[7] ?? 0) >= 45 && (head[7] ?? 0) < 128;
}
