import { type ByteSource, slice } from "../io/byte-source.js";
import type { ScanContext, Scanner } from "./scanner.js";

const GGUF_MAGIC = Buffer.from("GGUF", "latin1");
const END_RECORD = Buffer.from("PK\x05\x06", "latin1");
const END_RECORD_WINDOW = 65_557;
const WINDOW = 4 << 20;
/** Behind the program of the largest llamafiles, which carry GPU libraries. */
const MAX_SEARCHED = 1 << 30;
const LAST_GGUF_VERSION = 3;

/** llamafile and other programs with a model inside. Their archive is scanned as the zip it is; a model appended bare is looked for here. */
export class LlamafileScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const hasArchive = await endsAsZip(source, context);
    context.report({
      rule: "llamafile/executable",
      message: `${context.name} is a native program, to be run and not loaded`,
      subject: "program",
      offset: 0,
    });
    if (hasArchive) return;
    const at = await findModel(source, context);
    if (at === undefined) context.incomplete("no model was found inside the program");
    else await context.descend({ name: `model at ${at}`, source: slice(source, at), formats: ["gguf"], offset: at });
  }
}

async function endsAsZip(source: ByteSource, context: ScanContext): Promise<boolean> {
  const start = Math.max(0, source.size - END_RECORD_WINDOW);
  const tail = Buffer.from(await source.read(start, END_RECORD_WINDOW));
  context.examined(tail.length);
  return tail.includes(END_RECORD);
}

/** The magic, and a version in either byte order: the program itself holds the magic as a constant. */
async function findModel(source: ByteSource, context: ScanContext): Promise<number | undefined> {
  const end = Math.min(source.size, MAX_SEARCHED);
  for (let start = 0; start < end; start += WINDOW) {
    context.budget.checkTime();
    const bytes = Buffer.from(await source.read(start, WINDOW + 8));
    context.examined(Math.min(WINDOW, bytes.length));
    for (
      let at = bytes.indexOf(GGUF_MAGIC);
      at >= 0 && at + 8 <= bytes.length;
      at = bytes.indexOf(GGUF_MAGIC, at + 1)
    ) {
      const version = Math.min(bytes.readUInt32LE(at + 4), bytes.readUInt32BE(at + 4));
      if (version >= 1 && version <= LAST_GGUF_VERSION) return start + at;
    }
  }
  return undefined;
}
