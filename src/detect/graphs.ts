import type { FormatId } from "./format.js";
import { type Probe, startsWith } from "./probe.js";
import { type HeadField, headFields, mayBeMessage } from "./protobuf-fields.js";
import type { Recognition, Signature } from "./table.js";

/** onnxruntime's own format: a flatbuffer. */
export const ORT_SIGNATURE: Signature = { format: "data", offset: 4, magic: "ORTM" };

/**
 * Protobuf has no magic: a graph is told by what its first fields are. Parsers take them in any order and pass over those that they do not
 * know, so the order that writers keep proves nothing, and a file may be several of these to several loaders.
 */
export const GRAPH_RECOGNITIONS: readonly Recognition[] = [
  { format: "onnx", test: ({ fields }) => isOnnxModel(fields) },
  { format: "tf-savedmodel", test: ({ fields }) => isSavedModel(fields) },
  { format: "tf-metagraph", test: ({ fields }) => isMetaGraph(fields) },
  { format: "tf-graphdef", test: ({ fields }) => isGraph(fields) },
  { format: "mlir", test: isModule },
  { format: "tf-text", test: isGraphText },
  { format: "tf-checkpoint", test: isCheckpointState },
  { format: "data", test: (probe) => isOnnxTensor(probe) || isCheckpointIndex(probe) || isRecordFile(probe) },
];

const MODULE_TEXT =
  /^(?:#loc\d{0,6}[^\n]{0,500}\n\s{0,40}){0,20}module\s{1,4}(?:@[\w.$-]{1,200}\s{1,4})?(?:attributes\s{1,4}\{|\{)/;

/** MLIR: bytecode by its magic, text by the operation that every module begins with. */
function isModule({ head, text }: Probe): boolean {
  if (startsWith(head, "ML\xefR")) return true;
  return MODULE_TEXT.test(text) && /\b(?:func\.func|stablehlo\.|mhlo\.)/.test(text);
}

/** Names under which loaders look for a graph whatever its first bytes are. */
export const GRAPH_HINTS: readonly { readonly suffix: string; readonly formats: readonly FormatId[] }[] = [
  { suffix: "saved_model.pbtxt", formats: ["tf-text"] },
  { suffix: "saved_model.pb", formats: ["tf-savedmodel"] },
  { suffix: "fingerprint.pb", formats: ["data"] },
  // The values of a TensorFlow checkpoint: raw numbers.
  ...["00000-of-00001", "00000-of-00002", "00001-of-00002"].map((shard) => ({
    suffix: `.data-${shard}`,
    formats: ["data"] as const,
  })),
  { suffix: ".pbtxt", formats: ["tf-text"] },
  { suffix: ".onnx", formats: ["onnx"] },
  // Where ONNX exporters put the weights of large models.
  { suffix: ".onnx_data", formats: ["data"] },
  { suffix: ".onnx.data", formats: ["data"] },
  { suffix: ".meta", formats: ["tf-metagraph"] },
  { suffix: ".pb", formats: ["tf-graphdef"] },
];

/** ModelProto: which fields are length-delimited and which are integers. */
const ONNX_DELIMITED = new Set([2, 3, 4, 6, 7, 8, 14, 20, 25, 26]);
const ONNX_INTEGERS = new Set([1, 5]);
/** Version 14 is of 2026. */
const MAX_IR_VERSION = 100;

/** A model's IR version, then the producer, the graph or the operator sets; or a graph of nodes anywhere. What is appended behind the model is no reason to miss it. */
function isOnnxModel(fields: readonly HeadField[]): boolean {
  if (fields.some((field) => field.number === 7 && field.wire === 2 && hasOnnxNode(field.content))) {
    return fields.every(({ number, wire }) => number !== 1 || wire === 0);
  }
  const [version, next] = fields;
  if (version?.number !== 1 || version.wire !== 0 || version.value < 1 || version.value > MAX_IR_VERSION) return false;
  if (next?.wire !== 2 || !ONNX_DELIMITED.has(next.number)) return false;
  if (next.number === 7) return isOnnxGraph(next.content);
  if (next.number === 8) return fields.some(({ number }) => number === 7);
  return next.number < 7 && isPrintable(next.content) && fields.slice(0, 3).every(isOnnxField);
}

/** GraphProto with a NodeProto whose op_type is a name; inputs, outputs and the node's own name are texts as well. */
function hasOnnxNode(graph: Uint8Array): boolean {
  return headFields(graph).some(({ number, wire, content }) => {
    if (number !== 1 || wire !== 2) return false;
    const fields = headFields(content);
    const areTexts = fields.every((field) => field.number > 4 || (field.wire === 2 && isPrintable(field.content)));
    return areTexts && fields.some((field) => field.number === 4 && OP_NAME.test(textOf(field.content)));
  });
}

function isOnnxField({ number, wire }: HeadField): boolean {
  return wire === 2 ? ONNX_DELIMITED.has(number) : wire === 0 && ONNX_INTEGERS.has(number);
}

const ONNX_GRAPH_FIELDS = new Set([1, 2, 5, 10, 11, 12, 13, 14, 15, 16]);

function isOnnxGraph(content: Uint8Array): boolean {
  const fields = headFields(content);
  return fields.length > 0 && fields.every(({ number, wire }) => wire === 2 && ONNX_GRAPH_FIELDS.has(number));
}

/** SavedModel: a version, and meta graphs. */
function isSavedModel(fields: readonly HeadField[]): boolean {
  if (fields.some(({ number, wire }) => number === 1 && wire !== 0)) return false;
  return fields.some(({ number, wire, content }) => number === 2 && wire === 2 && isMetaGraph(headFields(content)));
}

/** MetaGraphDef: what it was made with, or a graph. A node on a device looks like the former, so a graph of nodes is none by that alone. */
function isMetaGraph(fields: readonly HeadField[]): boolean {
  if (fields.some(({ number, wire }) => number <= META_GRAPH_FIELDS && wire !== 2)) return false;
  const infos = fields.filter(({ number }) => number === 1);
  if (infos.some(({ content }) => isRefused(headFields(content)))) return false;
  if (fields.some(({ number, content }) => number === 2 && isGraph(headFields(content)))) return true;
  return !isGraph(fields) && infos.length > 0 && infos.every(({ content }) => isMetaInfo(content));
}

/** meta_info_def 1, graph_def 2, saver_def 3, collection_def 4, signature_def 5, asset_file_def 6, object_graph_def 7. */
const META_GRAPH_FIELDS = 7;

/** GraphDef: nodes 1, library 2, version 3, versions 4, debug info 5. */
function isGraph(fields: readonly HeadField[]): boolean {
  if (fields.some(({ number, wire }) => number <= 5 && wire !== (number === 3 ? 0 : 2))) return false;
  return fields.some(({ number, content }) => number === 1 && isNode(content));
}

/**
 * MetaInfoDef: texts, and a list of ops whose first one begins within it. The nodes of Keras's metadata have texts under the same numbers, but
 * theirs as field 3 is a path, where a MetaInfoDef has a message: protobuf refuses that.
 */
function isMetaInfo(content: Uint8Array): boolean {
  const fields = headFields(content);
  if (fields.some(({ number, wire }) => number > 8 || (number === 2 && wire !== 2))) return false;
  if (isRefused(fields)) return false;
  return fields.some(({ number, wire, content: inner }) => {
    if (wire !== 2) return false;
    if (number === 2) return inner[0] === 0x0a;
    return number >= 4 && number <= 6 && isPrintable(inner);
  });
}

const ANY_INFO = 3;

function isRefused(fields: readonly HeadField[]): boolean {
  return fields.some((field) => field.number === ANY_INFO && !mayBeMessage(field));
}

const OP_NAME = /^[A-Za-z_][A-Za-z0-9_>./-]{0,200}$/;

/** NodeDef: a printable name 1, and the name of an op 2. */
function isNode(content: Uint8Array): boolean {
  const fields = headFields(content);
  const name = fields.find(({ number }) => number === 1);
  const op = fields.find(({ number }) => number === 2);
  if (name?.wire !== 2 || !isPrintable(name.content)) return false;
  return op?.wire === 2 && OP_NAME.test(textOf(op.content));
}

function isPrintable(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 0x20 && byte !== 0x7f);
}

const COMMENTS = "^(?:\\s{0,200}#[^\\n]{0,500}\\n){0,20}\\s{0,200}";
const GRAPH_TEXT = new RegExp(
  `${COMMENTS}(?:saved_model_schema_version\\s{0,8}:|(?:node|library|versions|meta_graphs|meta_info_def|graph_def|saver_def)\\s{0,8}:?\\s{0,40}[{<])`,
);
const CHECKPOINT_STATE = new RegExp(`${COMMENTS}(?:all_model_checkpoint_paths|model_checkpoint_path)\\s{0,8}:`);

function isGraphText({ text }: Probe): boolean {
  return GRAPH_TEXT.test(text);
}

function isCheckpointState({ text }: Probe): boolean {
  return CHECKPOINT_STATE.test(text);
}

function textOf(head: Uint8Array): string {
  return Buffer.from(head).toString("latin1");
}

/** TensorProto of ONNX, as test data sets hold it: dimensions, an element type, numbers. */
function isOnnxTensor({ name, fields }: Probe): boolean {
  if (!/\.(?:pb|tensorproto)$/i.test(name)) return false;
  const isTensorField = ({ number, wire }: HeadField) =>
    number === 2 || number === 14 ? wire === 0 : number === 1 || (number <= 16 && number !== 3 && wire === 2);
  return fields.every(isTensorField) && fields.some(({ number, wire }) => number === 2 && wire === 0);
}

/** The last eight bytes of a LevelDB table, which the index of a checkpoint is. */
const TABLE_MAGIC = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];

function isCheckpointIndex({ tail }: Probe): boolean {
  const end = tail.subarray(-TABLE_MAGIC.length);
  return TABLE_MAGIC.every((byte, i) => end[i] === byte);
}

/** A TFRecord file, event files included: a length, and its masked CRC-32C. */
function isRecordFile({ head, size }: Probe): boolean {
  if (size < 16) return false;
  const view = new DataView(head.buffer, head.byteOffset, 12);
  return view.getUint32(8, true) === maskedCrc32c(head.subarray(0, 8));
}

const CASTAGNOLI = 0x82f63b78;
const MASK_DELTA = 0xa282ead8;

function maskedCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? CASTAGNOLI : 0);
  }
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}
