import type { FormatId } from "./format.js";
import { type Probe, startsWith } from "./probe.js";
import { headFields } from "./protobuf-fields.js";
import type { Recognition, Signature } from "./table.js";

function rows(format: FormatId, magics: readonly string[], offset = 0): Signature[] {
  return magics.map((magic) => ({ format, offset, magic }));
}

/** Files that lie beside models and hold no code that a loader of theirs would run. */
export const DATA_SIGNATURES: readonly Signature[] = [
  ...rows("image", ["\x89PNG\r\n\x1a\n", "\xff\xd8\xff", "GIF87a", "GIF89a", "II*\0", "MM\0*", "8BPS\0\x01", "qoif"]),
  ...rows("image", ["\0\0\0\x0cjP  \r\n\x87\n"]),
  { format: "image", offset: 0, magic: "RIFF", confirm: ({ head }) => startsWith(head, "WEBP", 8) },
  { format: "image", offset: 0, magic: "BM", confirm: isBitmap },
  { format: "image", offset: 0, magic: "\0\0\x01\0", confirm: isIcon },
  {
    format: "image",
    offset: 4,
    magic: "ftyp",
    confirm: ({ head }) => IMAGE_BRANDS.some((brand) => startsWith(head, brand, 8)),
  },
  {
    format: "media",
    offset: 4,
    magic: "ftyp",
    confirm: ({ head }) => !IMAGE_BRANDS.some((brand) => startsWith(head, brand, 8)),
  },
  { format: "media", offset: 0, magic: "RIFF", confirm: ({ head }) => !startsWith(head, "WEBP", 8) },
  ...rows("media", ["fLaC", "OggS\0", "ID3\x02", "ID3\x03", "ID3\x04", "\x1a\x45\xdf\xa3", ".snd\0\0\0", "FLV\x01"]),
  { format: "media", offset: 0, magic: "FORM", confirm: ({ head }) => startsWith(head, "AIF", 8) },
  ...rows("pdf", ["%PDF-"]),
  // tables and records
  ...rows("arrow", ["PAR1", "ARROW1\0\0", "FEA1"]),
  // a stream of Arrow: the mark in front of a message, and a length that a schema can have
  {
    format: "arrow",
    offset: 0,
    magic: "\xff\xff\xff\xff",
    confirm: ({ head, text }) => head[7] === 0 && head[4] !== undefined && head[4] % 8 === 0 && text.includes("ARROW:"),
  },
  ...rows("data", ["SQLite format 3\0", "Obj\x01", "GRIB"]),
  // arrays of science
  ...rows("data", ["MATLAB 5.0 MAT-file", "CDF\x01", "CDF\x02", "CDF\x05", "SIMPLE  ="]),
  ...rows("data", ["DICM"], 128),
  // LMDB: the number behind a page's header
  ...rows("data", ["\xde\xc0\xef\xbe\x01\0\0\0"], 16),
  // models that are nothing but numbers: fastText, CRFsuite, Faiss
  ...rows("data", ["\xba\x16\x4f\x2f", "lCRF"]),
  { format: "data", offset: 0, magic: "I", confirm: isFaissIndex },
  // fonts
  ...rows("data", ["wOFF\0", "wOF2\0", "OTTO\0", "ttcf\0", "\0\x01\0\0\0"]),
];

export const DATA_RECOGNITIONS: readonly Recognition[] = [
  { format: "data", test: (probe) => isWordVectors(probe) || isSentencePiece(probe) },
];

const IMAGE_BRANDS = ["avif", "avis", "heic", "heix", "mif1", "msf1"];

/** The file's own size, and a header of a known size behind it. */
function isBitmap({ head, size }: Probe): boolean {
  if (head.length < 26) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return [12, 40, 52, 56, 108, 124].includes(view.getUint32(14, true)) && view.getUint32(10, true) < size;
}

function isIcon({ head, size }: Probe): boolean {
  if (head.length < 22) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const images = view.getUint16(4, true);
  return images > 0 && images < 64 && head[9] === 0 && view.getUint32(18, true) === 6 + 16 * images && size > 22;
}

const FAISS_KINDS =
  /^I(?:x(?:FI|F2|Fl|PQ|SQ|Pq|Sq|He|LS|MP|PT|RM|M2|Mp|Tr|RA|CA)|w(?:Fl|Pq|PQ|QR|Sq|SH|FS|Pf|FP|Li)|H(?:Nf|Np|Ns|N2|Nc)|v(?:Li|PQ|T)|B(?:xF|wF|HN|hf|xM)|N(?:Sf|Nd)|l|D)/;

/** A kind of four letters, then dimension and count, and a constant that every index repeats. */
function isFaissIndex({ head }: Probe): boolean {
  if (head.length < 34) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (!FAISS_KINDS.test(Buffer.from(head.subarray(0, 4)).toString("latin1"))) return false;
  return view.getUint32(4, true) < 1 << 20 && view.getBigUint64(16, true) === view.getBigUint64(24, true);
}

const WORD_VECTORS = /^\d{1,9} \d{1,5}\n[^\s\0]{1,200} /;

/** word2vec in binary form: how many words, how many numbers each, then a word and its numbers. */
function isWordVectors({ head, text }: Probe): boolean {
  return WORD_VECTORS.test(text) && head.subarray(0, 256).some((byte) => byte < 9);
}

/** A tokenizer of SentencePiece: pieces, each a text with a score. */
function isSentencePiece({ fields }: Probe): boolean {
  const pieces = fields.slice(0, 3);
  return (
    pieces.length === 3 &&
    pieces.every(({ number, wire, content }) => {
      if (number !== 1 || wire !== 2) return false;
      const [piece, score] = headFields(content);
      return piece?.number === 1 && piece.wire === 2 && score?.number === 2 && score.wire === 5;
    })
  );
}
