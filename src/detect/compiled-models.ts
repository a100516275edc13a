import { type Probe, startsWith } from "./probe.js";
import { type HeadField, headFields } from "./protobuf-fields.js";
import type { Recognition, Signature } from "./table.js";
import { TORCH7_RECOGNITION } from "./torch7.js";

/** "BVersion", as the first section of CNTK's older format is called, in two bytes a letter. */
const CNTK_MAGIC = "B\0C\0N\0";

/** The version, and what is reserved. */
const BLOB_HEADER = `\x02${"\0".repeat(59)}`;

/** Model formats of single frameworks and devices, by their first bytes. */
export const MODEL_SIGNATURES: readonly Signature[] = [
  { format: "mxnet-params", offset: 0, magic: "\x12\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0" },
  { format: "java-serialized", offset: 0, magic: "\xac\xed\0\x05" },
  { format: "tensorrt", offset: 0, magic: "ptrt" },
  { format: "tensorrt", offset: 0, magic: "ftrt" },
  { format: "rknn", offset: 0, magic: "RKNN" },
  { format: "cntk", offset: 0, magic: CNTK_MAGIC },
  // Tensors beside a program of ExecuTorch: a flatbuffer that names them, and their bytes (extension/flat_tensor).
  { format: "data", offset: 4, magic: "FT01" },
  // Weights of a Core ML program: a header of 64 bytes with version 2, then the first blob's sentinel (MILBlob/Blob/StorageFormat.hpp).
  { format: "data", offset: 64, magic: "\xef\xbe\xad\xde", confirm: ({ head }) => startsWith(head, BLOB_HEADER, 4) },
  ...["RDX2\n", "RDX3\n", "RDA2\n", "RDA3\n", "RDB2\n", "RDB3\n"].map((magic) => ({
    format: "r" as const,
    offset: 0,
    magic,
  })),
];

export const MODEL_RECOGNITIONS: readonly Recognition[] = [
  TORCH7_RECOGNITION,
  { format: "r", test: isRObject },
  { format: "coreml", test: isCoreml },
  { format: "paddle-program", test: isPaddleProgram },
  { format: "cntk", test: isCntkDictionary },
  { format: "caffe", test: isCaffeText },
];

export const MODEL_HINTS = [
  { suffix: ".t7", formats: ["torch7"] },
  { suffix: ".mlmodel", formats: ["coreml"] },
  { suffix: ".pdmodel", formats: ["paddle-program"] },
  { suffix: ".rds", formats: ["r"] },
  { suffix: ".rda", formats: ["r"] },
  { suffix: ".rdata", formats: ["r"] },
  { suffix: ".engine", formats: ["tensorrt"] },
  { suffix: ".plan", formats: ["tensorrt"] },
  { suffix: ".trt", formats: ["tensorrt"] },
  { suffix: ".rknn", formats: ["rknn"] },
  { suffix: ".caffemodel", formats: ["caffe"] },
  { suffix: ".prototxt", formats: ["caffe"] },
  // Raw numbers beside a Paddle program, and those of Darknet.
  { suffix: ".pdiparams", formats: ["data"] },
  { suffix: ".weights", formats: ["data"] },
] as const;

/** A net in text: its name, its inputs, then layers with what goes in and comes out. */
const CAFFE_START =
  /^(?:\s|#[^\n]{0,200}\n|(?:name|input|input_dim|force_backward|debug_info)\s{0,8}:[^\n]{0,200}\n|input_shape\s{0,8}\{[^}]{0,400}\}){0,400}layers?\s{0,8}\{/;

function isCaffeText({ text }: Probe): boolean {
  return CAFFE_START.test(text) && /\btype\s{0,8}:/.test(text);
}

/** One letter for the encoding, the version of the format (2 or 3), the version of R. */
const R_START =
  /^(?:X\n\0\0\0[\x02\x03]\0[\0-\x09]|B\n(?:[\x02\x03]\0\0\0[\s\S]{2}[\0-\x09]\0|\0\0\0[\x02\x03]\0[\0-\x09])|A\r?\n[23]\r?\n\d{6}\r?\n\d{6}\r?\n)/;

function isRObject({ text }: Probe): boolean {
  return R_START.test(text);
}

/** Version 9 is of 2025. */
const MAX_COREML_VERSION = 40;
const COREML_MODELS = new Set([
  200, 201, 202, 300, 301, 302, 303, 304, 400, 401, 402, 403, 404, 500, 501, 502, 555, 556, 560, 600, 601, 602, 603,
  604, 606, 607, 609, 610, 900, 2000, 2001, 2002, 2003, 2004, 2005, 2006, 3000,
]);

/** The version, perhaps a description, and the one field that holds the model. */
function isCoreml({ fields }: Probe): boolean {
  const [version] = fields;
  if (version?.number !== 1 || version.wire !== 0 || version.value < 1 || version.value > MAX_COREML_VERSION)
    return false;
  return fields.slice(1, 4).some((field) => COREML_MODELS.has(field.number) && field.wire === 2);
}

/** BlockDesc: its number 0, that of its parent, variables and operators. */
function isPaddleProgram({ fields }: Probe): boolean {
  const [block] = fields;
  if (block?.number !== 1 || block.wire !== 2) return false;
  const [index, ...rest] = headFields(block.content);
  if (index?.number !== 1 || index.wire !== 0 || index.value !== 0) return false;
  return rest.some(isVariableOrOp) && rest.every(isBlockField);
}

function isBlockField({ number, wire }: HeadField): boolean {
  return number === 2 || number === 5 ? wire === 0 : (number === 3 || number === 4) && wire === 2;
}

/** VarDesc begins with its name; OpDesc has the name of its operator as field 3. */
function isVariableOrOp({ number, content }: HeadField): boolean {
  const fields = headFields(content);
  const name = fields.find((field) => field.number === (number === 3 ? 1 : 3));
  return name?.wire === 2 && name.content.length > 0 && name.content.every((byte) => byte >= 0x20 && byte < 0x7f);
}

/** CNTK 2: a dictionary whose first entries are among these. */
const CNTK_KEYS = ["\x0a\x07version", "\x0a\x03uid", "\x0a\x04type", "\x0a\x04name", "\x0a\x04root", "\x0a\x06inputs"];
const CNTK_MARKS = ["CompositeFunction", "primitive_functions", "PrimitiveFunction"];

function isCntkDictionary({ text }: Probe): boolean {
  return CNTK_KEYS.some((key) => text.slice(0, 64).includes(key)) && CNTK_MARKS.some((mark) => text.includes(mark));
}
