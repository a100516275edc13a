/** Fields of protobuf messages, written by number. */

const VARINT = 0;
const DELIMITED = 2;

export function varint(value: number | bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Uint8Array.of(...bytes, Number(rest));
}

export function tag(number: number, wire: number): Uint8Array {
  return varint(number * 8 + wire);
}

export function message(...fields: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(fields));
}

/** A length-delimited field: a text, bytes, or a message of these fields. */
export function field(number: number, ...content: readonly (string | Uint8Array)[]): Uint8Array {
  const bytes = Buffer.concat(content.map((part) => (typeof part === "string" ? Buffer.from(part, "utf8") : part)));
  return message(tag(number, DELIMITED), varint(bytes.length), bytes);
}

export function integer(number: number, value: number | bigint): Uint8Array {
  return message(tag(number, VARINT), varint(value));
}

/** Tag and length of a field whose content is not there. */
export function announced(number: number, length: number): Uint8Array {
  return message(tag(number, DELIMITED), varint(length));
}
