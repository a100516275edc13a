// TensorFlow 2.21: Tensor::FromProto and DecodeStringList (tensorflow/core/framework/tensor.cc, tensorflow/core/platform/tensor_coding.cc)
import type { ByteSource } from "../../io/byte-source.js";
import { Tokens } from "../protobuf/text-tokens.js";
import type { Graph, GraphNode, TensorValue } from "./graph.js";

/** Texts longer than this in one piece are data, not paths. */
const MAX_CONTENT = 1 << 20;

/** The tensors whose texts lie in `tensor_content`: all lengths, then all bytes. Where it is set, loaders look at nothing else. */
export function* packedStringTensors({ nodes, functions }: Graph): Generator<TensorValue> {
  yield* packedIn(nodes);
  for (const { nodes: inside } of functions) yield* packedIn(inside);
}

function* packedIn(nodes: readonly GraphNode[]): Generator<TensorValue> {
  for (const { attributes } of nodes) {
    for (const { tensor } of attributes.values()) if (tensor?.isString && tensor.content) yield tensor;
  }
}

/** Reads the texts of such a tensor; one piece where it does not split into lengths and bytes. `isText` for a file in text format. */
export async function readPackedStrings(
  source: ByteSource,
  { content }: TensorValue,
  isText = false,
): Promise<string[]> {
  if (content === undefined) return [];
  const read = await source.read(content.offset, Math.min(content.length, MAX_CONTENT));
  const stored = Buffer.from(read.buffer, read.byteOffset, read.byteLength);
  const bytes = isText ? unquote(stored) : stored;
  return splitStrings(bytes) ?? [bytes.toString("utf8")];
}

function unquote(quoted: Buffer): Buffer {
  const tokens = new Tokens(quoted.toString("latin1"));
  const parts: string[] = [];
  for (let token = tokens.next(); token.kind === "string"; token = tokens.next()) parts.push(token.text);
  return Buffer.from(parts.join(""), "latin1");
}

/** The number of texts is not stored: there are as many lengths as make the sum come out. */
function splitStrings(bytes: Buffer): string[] | undefined {
  const lengths: number[] = [];
  let total = 0;
  for (let at = 0; at < bytes.length; ) {
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 28) return undefined;
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    lengths.push(length);
    total += length;
    if (at + total === bytes.length) return cut(bytes, at, lengths);
    if (at + total > bytes.length) return undefined;
  }
  return undefined;
}

function cut(bytes: Buffer, start: number, lengths: readonly number[]): string[] {
  let at = start;
  return lengths.map((length) => {
    at += length;
    return bytes.toString("utf8", at - length, at);
  });
}
