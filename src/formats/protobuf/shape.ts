import type { Message } from "./message.js";

/**
 * How a field is kept while a message is read.
 *
 * - `text`: decoded as UTF-8, cut after MAX_TEXT bytes
 * - `bytes`: copied, cut after MAX_BYTES
 * - `varint`: an integer, a boolean or an enum
 * - `varints`: a repeated one, packed or not. Of a field that is not repeated, parsers take no packed values.
 * - `extent`: where the value lies and how long it is; its bytes are never read. For tensor data.
 * - a function: a message inside, of the shape it returns (a function, so that shapes can refer to each other)
 */
export type FieldKind = "text" | "bytes" | "varint" | "varints" | "extent" | (() => AnyShape);

/**
 * A field's number on the wire and its kind. Fields that are not named are skipped. A message that is not repeated is marked `once`: where
 * it stands twice on the wire all the same, parsers merge the second into the first.
 */
export type FieldSpec = readonly [number: number, kind: FieldKind] | readonly [number, () => AnyShape, "once"];

export interface Field {
  readonly name: string;
  readonly number: number;
  readonly kind: FieldKind;
  readonly isOnce: boolean;
}

/** What one type of message is made of, and what is kept of it once it was read. */
export interface Shape<T> {
  /** As the .proto file names it. */
  readonly name: string;
  readonly byNumber: ReadonlyMap<number, Field>;
  readonly byName: ReadonlyMap<string, Field>;
  /** Called when the message ends, also for the messages left open by an error. */
  readonly build: (message: Message) => T;
}

export type AnyShape = Shape<unknown>;

/** Describes a message type; reads like its .proto file: `{ name: [1, "text"], graph: [7, () => graphShape] }`. */
export function shape<T, N extends string>(
  name: string,
  fields: Readonly<Record<N, FieldSpec>>,
  build: (message: Message<N>) => T,
): Shape<T> {
  const rows = Object.entries<FieldSpec>(fields).map(([field, [number, kind, once]]) => ({
    name: field,
    number,
    kind,
    isOnce: once !== undefined,
  }));
  return {
    name,
    byNumber: new Map(rows.map((row) => [row.number, row])),
    byName: new Map(rows.map((row) => [row.name, row])),
    build,
  };
}
