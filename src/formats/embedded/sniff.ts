/** What stands at the start of bytes that should be plain numbers. Every test asks for more than a magic, for numbers can be anything. */
export type EmbeddedKind = "ELF program" | "PE program" | "Mach-O program" | "Python pickle" | "zip archive" | "script";

/** As many bytes as the tests look at. */
export const SNIFF_BYTES = 1024;

const ELF_MACHINES = new Set([3, 8, 20, 21, 22, 40, 62, 183, 243, 258]);
const MACH_O_MAGICS = new Set([0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe]);
const MACH_O_CPU_TYPES = new Set([7, 12, 0x01000007, 0x0100000c]);
const PE_OFFSET_AT = 0x3c;
const SCRIPT = /^#! ?\/[\w./ -]{2,60}\n/;
const NAME = "[A-Za-z_][\\w.]{0,80}";
/** `c` module newline name newline: GLOBAL, and what protocols 0 and 1 begin with. */
const GLOBAL_OPCODE = new RegExp(`c${NAME}\\n${NAME}\\n`);
/** Two short texts, each perhaps memoised, and STACK_GLOBAL. */
const STACK_GLOBAL_OPCODE = new RegExp(`\\x8c[\\s\\S]${NAME}\\x94?\\x8c[\\s\\S]${NAME}\\x94?\\x93`);
const LOCAL_FILE_HEADER_BYTES = 30;
const ZIP_METHODS = new Set([0, 8, 9, 12, 14, 93, 95, 99]);

export function sniffEmbedded(head: Uint8Array): EmbeddedKind | undefined {
  const program = sniffProgram(head);
  if (program !== undefined) return program;
  if (isZip(head)) return "zip archive";
  const text = latin1(head.subarray(0, SNIFF_BYTES));
  if (isPickle(text)) return "Python pickle";
  return SCRIPT.test(text) ? "script" : undefined;
}

/** Programs alone. */
export function sniffProgram(head: Uint8Array): EmbeddedKind | undefined {
  if (head.length < 4) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (isElf(view)) return "ELF program";
  if (isPe(view)) return "PE program";
  return isMachO(view) ? "Mach-O program" : undefined;
}

export function isProgram(kind: EmbeddedKind): boolean {
  return kind === "ELF program" || kind === "PE program" || kind === "Mach-O program";
}

/** Magic, class, byte order, version, a known kind of file for a known machine. */
function isElf(view: DataView): boolean {
  if (view.byteLength < 24 || view.getUint32(0) !== 0x7f454c46) return false;
  const order = view.getUint8(5);
  const littleEndian = order === 1;
  const isHeader = view.getUint8(4) <= 2 && order <= 2 && view.getUint8(6) === 1;
  const type = view.getUint16(16, littleEndian);
  return isHeader && type >= 1 && type <= 4 && ELF_MACHINES.has(view.getUint16(18, littleEndian));
}

/** `MZ`, and `PE` where its header points. */
function isPe(view: DataView): boolean {
  if (view.byteLength < PE_OFFSET_AT + 4 || view.getUint16(0) !== 0x4d5a) return false;
  const at = view.getUint32(PE_OFFSET_AT, true);
  return at + 4 <= view.byteLength && view.getUint32(at) === 0x50450000;
}

function isMachO(view: DataView): boolean {
  if (view.byteLength < 16) return false;
  const magic = view.getUint32(0);
  if (!MACH_O_MAGICS.has(magic)) return false;
  const littleEndian = magic === 0xcefaedfe || magic === 0xcffaedfe;
  const fileType = view.getUint32(12, littleEndian);
  return MACH_O_CPU_TYPES.has(view.getUint32(4, littleEndian)) && fileType >= 1 && fileType <= 12;
}

/** A local file header whose method exists and whose name is there. */
function isZip(head: Uint8Array): boolean {
  if (head.length < LOCAL_FILE_HEADER_BYTES) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.getUint32(0) !== 0x504b0304) return false;
  const nameLength = view.getUint16(26, true);
  return ZIP_METHODS.has(view.getUint16(8, true)) && nameLength > 0 && nameLength < 4096;
}

/** A pickle that imports something; plain data in pickled form harms nobody. */
function isPickle(text: string): boolean {
  const isModern = /^\x80[\x02-\x05]/.test(text);
  if (isModern) return GLOBAL_OPCODE.test(text) || STACK_GLOBAL_OPCODE.test(text);
  return /^[(}\])]{0,3}c/.test(text) && text.search(GLOBAL_OPCODE) <= 3 && text.search(GLOBAL_OPCODE) >= 0;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
