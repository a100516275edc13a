// marshal data byte by byte, as Python 3.8 to 3.10 write it.

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};

export const none = Buffer.from("N");
export const integer = (value: number): Buffer => Buffer.concat([Buffer.from("i"), int32(value)]);
export const text = (value: string): Buffer =>
  Buffer.concat([Buffer.from("u"), int32(value.length), Buffer.from(value)]);
export const bytes = (value: Uint8Array): Buffer => Buffer.concat([Buffer.from("s"), int32(value.length), value]);
export const tuple = (...items: readonly Uint8Array[]): Buffer =>
  Buffer.concat([Buffer.from("("), int32(items.length), ...items]);
export const reference = (index: number): Buffer => Buffer.concat([Buffer.from("r"), int32(index)]);

/** The same object, to be referred to later. */
export const flagged = (object: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([(object[0] ?? 0) | 0x80]), object.subarray(1)]);

export interface CodeFields {
  readonly code: readonly number[];
  readonly constants?: readonly Uint8Array[];
  readonly names?: readonly string[];
  readonly variables?: readonly string[];
}

/** A code object with the field order of 3.8. */
export function code({ code, constants = [], names = [], variables = [] }: CodeFields): Buffer {
  const texts = (values: readonly string[]) => tuple(...values.map(text));
  return Buffer.concat([
    Buffer.from("c"),
    ...[0, 0, 0, variables.length, 10, 0x43].map(int32),
    bytes(Uint8Array.from(code)),
    tuple(...constants),
    texts(names),
    texts(variables),
    texts([]),
    texts([]),
    text("<made>"),
    text("made"),
    int32(1),
    bytes(new Uint8Array()),
  ]);
}
