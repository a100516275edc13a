// Protocol buffers by field, without a schema: what parses as a message is taken for one. Lengths of all messages around a change are right again.

import { concat } from "../../builders/bytes.js";
import type { Dice } from "../../builders/pickle-grammar.js";
import { field, integer, varint } from "../../builders/protobuf.js";
import { type Change, inserted, lieAbout, type Structure, shuffled } from "./structure.js";

interface Field {
  readonly number: number;
  readonly wire: number;
  /** What stands behind the tag: without the length, where there is one. */
  readonly content: Uint8Array;
}

const VARINT = 0;
const DELIMITED = 2;
const MOST_FIELDS = 4000;
/** Bytes behind the tag of numbers of fixed width. */
const FIXED = new Map([
  [1, 8],
  [5, 4],
]);

/** The fields of a message; undefined where the bytes are none. */
export function fieldsOf(bytes: Uint8Array): Field[] | undefined {
  const fields: Field[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = readVarint(bytes, at);
    const number = tag && Number(tag.value >> 3n);
    if (tag === undefined || !number || number > 1 << 20 || fields.length > MOST_FIELDS) return undefined;
    const wire = Number(tag.value & 7n);
    const extent = extentOf(bytes, tag.end, wire);
    if (extent === undefined || extent.end > bytes.length) return undefined;
    fields.push({ number, wire, content: bytes.subarray(extent.start, extent.end) });
    at = extent.end;
  }
  return fields;
}

function extentOf(bytes: Uint8Array, at: number, wire: number): { start: number; end: number } | undefined {
  const number = wire === VARINT || wire === DELIMITED ? readVarint(bytes, at) : undefined;
  if (wire === VARINT) return number && { start: at, end: number.end };
  if (wire === DELIMITED) return number && { start: number.end, end: number.end + Number(number.value) };
  const width = FIXED.get(wire);
  return width === undefined ? undefined : { start: at, end: at + width };
}

function readVarint(bytes: Uint8Array, at: number): { value: bigint; end: number } | undefined {
  let value = 0n;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return undefined;
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) return { value, end: at + i + 1 };
  }
  return undefined;
}

/** A number with more bytes than it needs: every parser takes up to ten. */
function longVarint(value: number | bigint, more: number): Uint8Array {
  const bytes = [...varint(value)];
  const last = bytes.pop() ?? 0;
  return Uint8Array.of(...bytes, ...(more > 0 ? [last | 0x80, ...Array(more - 1).fill(0x80), 0] : [last]));
}

function write({ number, wire, content }: Field, longer = () => 0): Uint8Array {
  const tag = longVarint(number * 8 + wire, longer());
  return wire === DELIMITED ? concat(tag, longVarint(content.length, longer()), content) : concat(tag, content);
}

/** What a message of the format certainly is, by the numbers from the outermost field on; `*` for any. */
type Path = readonly number[];

/** Rewrites the message at one place of the tree; what lies around it is written anew. */
function rewriteAt(
  bytes: Uint8Array,
  path: Path,
  way: readonly number[],
  rewrite: (fields: Field[]) => Uint8Array | undefined,
): Uint8Array | undefined {
  const fields = fieldsOf(bytes);
  if (fields === undefined) return undefined;
  const [index, ...further] = way;
  if (index === undefined) return rewrite(fields);
  const inner = fields[index];
  const content = inner && rewriteAt(inner.content, [...path, inner.number], further, rewrite);
  return inner && content && concat(...fields.toSpliced(index, 1, { ...inner, content }).map((one) => write(one)));
}

/** The known messages: of every schema, which fields hold a message, by path. */
export interface Schema {
  readonly name: string;
  readonly isOf: (fields: readonly Field[]) => boolean;
  /** Fields that hold messages, as `7.1`; a path may stand for itself at any depth. */
  readonly messages: ReadonlySet<string>;
  /** Of those, the ones that may stand but once: a parser merges the pieces of one that was split. */
  readonly singular: ReadonlySet<string>;
  /** Another field that changes nothing, by the path of its message. */
  readonly more: ReadonlyMap<string, readonly Uint8Array[]>;
}

/** onnx.proto: ModelProto { producer_name 2, graph 7 { node 1 { attribute 5 { g 6 } }, initializer 5, input 11, output 12 }, metadata_props 14, functions 25 }. */
const onnx: Schema = {
  name: "onnx",
  isOf: (fields) => {
    const graph = fields.find(({ number, wire }) => number === 7 && wire === DELIMITED);
    const isModel = fields.some(({ number, wire }) => number === 1 && wire === VARINT);
    return (
      isModel &&
      graph !== undefined &&
      fieldsOf(graph.content) !== undefined &&
      fields.every(({ number }) => number < 30)
    );
  },
  messages: new Set(["7", "8", "14", "25", "7.1", "7.5", "7.11", "7.12", "7.1.5", "7.1.5.5", "7.1.5.6"]),
  singular: new Set(["7", "7.1.5.5", "7.1.5.6"]),
  more: new Map([
    ["", [field(14, field(1, "author"), field(2, "someone")), field(6, "a model")]],
    ["7", [field(1, field(4, "Identity"), field(1, "x"), field(2, "y")), field(10, "a graph")]],
    ["7.1", [field(6, "a node")]],
  ]),
};

/** saved_model.proto: SavedModel { schema_version 1, meta_graphs 2 { meta_info 1, graph_def 2 { node 1 { attr 5 }, library 2 { function 1 }, versions 4 }, saver 3 } }. */
const savedModel: Schema = {
  name: "saved-model",
  isOf: (fields) => {
    const isSaved = fields.every(({ number }) => number === 1 || number === 2) && fields[0]?.wire === VARINT;
    const graphs = fields.filter(({ number, wire }) => number === 2 && wire === DELIMITED);
    return isSaved && graphs.length > 0 && graphs.every(({ content }) => fieldsOf(content) !== undefined);
  },
  messages: new Set(["2", "2.1", "2.2", "2.2.1", "2.2.2", "2.2.4", "2.2.1.5", "2.2.2.1", "2.2.2.1.3", "2.3"]),
  singular: new Set(["2.1", "2.2", "2.2.2", "2.2.4", "2.3"]),
  more: new Map([
    ["2", [field(5)]],
    ["2.1", [field(4, "serve")]],
    ["2.2", [field(1, field(1, "idle"), field(2, "NoOp"))]],
    ["2.2.1", [field(3, "^idle").subarray(0, 0)]],
  ]),
};

/** CoreML's Model.proto: Model { specificationVersion 1, description 2, ... neuralNetwork 500 }; only what is around is known. */
const coreml: Schema = {
  name: "coreml",
  isOf: (fields) =>
    fields[0]?.number === 1 && fields[0].wire === VARINT && fields.some(({ number }) => number >= 200 && number < 3100),
  messages: new Set(["2", "2.100"]),
  singular: new Set(["2", "2.100"]),
  more: new Map([["2.100", [field(1, "a model"), field(3, "someone")]]]),
};

const SCHEMAS = [onnx, savedModel, coreml];

function schemaOf(bytes: Uint8Array): { schema: Schema; fields: Field[] } | undefined {
  const fields = bytes.length > 4 ? fieldsOf(bytes) : undefined;
  const schema = fields && SCHEMAS.find(({ isOf }) => isOf(fields));
  return fields && schema && { schema, fields };
}

interface Place {
  readonly path: string;
  /** Index of the field in each message on the way. */
  readonly way: readonly number[];
}

/** The messages in a file that its schema knows as such, the file itself first. */
function placesOf(fields: readonly Field[], schema: Schema, at: Place = { path: "", way: [] }): Place[] {
  const below = fields.flatMap(({ number, wire, content }, index) => {
    const path = at.path === "" ? `${number}` : `${at.path}.${number}`;
    const inner = wire === DELIMITED && schema.messages.has(path) ? fieldsOf(content) : undefined;
    return inner ? placesOf(inner, schema, { path, way: [...at.way, index] }) : [];
  });
  return [at, ...below];
}

function rewriting(
  rewrite: (fields: Field[], dice: Dice, at: Place & { schema: Schema }) => Uint8Array | undefined,
): Change {
  return (bytes, dice) => {
    const known = schemaOf(bytes);
    if (known === undefined) return undefined;
    const place = dice.pick(placesOf(known.fields, known.schema));
    return rewriteAt(bytes, [], place.way, (fields) => rewrite(fields, dice, { ...place, schema: known.schema }));
  };
}

function all(fields: readonly Field[]): Uint8Array {
  return concat(...fields.map((one) => write(one)));
}

/** Fields of one number keep their order: it is theirs. */
const reordered = rewriting((fields, dice) => {
  const numbers = shuffled([...new Set(fields.map(({ number }) => number))], dice);
  return all(numbers.flatMap((wanted) => fields.filter(({ number }) => number === wanted)));
});

const longNumbers = rewriting((fields, dice) => concat(...fields.map((one) => write(one, () => dice.below(4)))));

const unknownFields = rewriting((fields, dice) => {
  const more = dice.pick<Field>([
    { number: 90_001, wire: VARINT, content: varint(dice.next()) },
    { number: 90_002, wire: DELIMITED, content: Buffer.from("later") },
    { number: 90_003, wire: 5, content: new Uint8Array(4) },
  ]);
  return all(inserted(fields, dice.below(fields.length + 1), more));
});

/** A group, which proto2 parsers pass over whole. */
const unknownGroup = rewriting((fields, dice) => {
  const inner = dice.below(2) === 0 ? integer(1, 7) : field(2, "later");
  const group = concat(varint(90_004 * 8 + 3), inner, varint(90_004 * 8 + 4));
  const at = dice.below(fields.length + 1);
  return concat(all(fields.slice(0, at)), group, all(fields.slice(at)));
});

const moreFields = rewriting((fields, dice, { path, schema }) => {
  const more = schema.more.get(path);
  return more && concat(all(fields), dice.pick(more));
});

/** A message that may stand but once stands in two pieces: https://protobuf.dev/programming-guides/encoding/#last-one-wins */
const split = rewriting((fields, dice, { path, schema }) => {
  const at = fields.findIndex(({ number, wire, content }) => {
    const inner = path === "" ? `${number}` : `${path}.${number}`;
    return wire === DELIMITED && schema.singular.has(inner) && (fieldsOf(content)?.length ?? 0) > 1;
  });
  const whole = fields[at];
  const inner = whole && fieldsOf(whole.content);
  if (whole === undefined || inner === undefined) return undefined;
  const middle = 1 + dice.below(inner.length - 1);
  const [first, second] = [inner.slice(0, middle), inner.slice(middle)].map((part) => ({
    ...whole,
    content: all(part),
  }));
  return first && second && all([...fields.slice(0, at), first, ...fields.slice(at + 1), second]);
});

/** An older value stands before a scalar; the last one wins. */
const outvoted = rewriting((fields, dice) => {
  const scalars = fields.filter(
    ({ number, wire }) => wire === VARINT && fields.filter((one) => one.number === number).length === 1,
  );
  if (scalars.length === 0) return undefined;
  const { number } = dice.pick(scalars);
  return all([{ number, wire: VARINT, content: varint(dice.below(100)) }, ...fields]);
});

const lyingTag = rewriting((fields, dice) => {
  const at = dice.below(Math.max(1, fields.length));
  const one = fields[at];
  if (one === undefined) return undefined;
  const change = dice.pick<Partial<Field>>([{ wire: dice.below(8) }, { number: 1 + dice.below(30) }, { number: 0 }]);
  return all(fields.toSpliced(at, 1, { ...one, ...change }));
});

/** The length of one field lies; those around it are right. */
const lyingLength = rewriting((fields, dice) => {
  const at = fields.findIndex(({ wire }) => wire === DELIMITED);
  const one = fields[at];
  if (one === undefined) return undefined;
  const lie = concat(varint(one.number * 8 + DELIMITED), varint(lieAbout(one.content.length, dice)), one.content);
  return concat(all(fields.slice(0, at)), lie, all(fields.slice(at + 1)));
});

const lyingNumber = rewriting((fields, dice) => {
  const at = fields.findIndex(({ wire }) => wire === VARINT);
  const one = fields[at];
  return one && all(fields.toSpliced(at, 1, { ...one, content: varint(lieAbout(1, dice)) }));
});

/** Messages in messages, as deep as a field of the file can be. */
const nested = rewriting((fields, dice) => {
  const at = dice.below(Math.max(1, fields.length));
  const one = fields[at];
  if (one?.wire !== DELIMITED) return undefined;
  let content = one.content;
  for (let left = dice.pick([1, 2, 90, 110, 1000]); left > 0; left--) content = write({ ...one, content });
  return all(fields.toSpliced(at, 1, { ...one, content }));
});

const groups = rewriting((fields, dice) => {
  const number = dice.pick([1, 2, 7, 90_000]);
  const [open, close] = [varint(number * 8 + 3), varint((number + dice.below(2)) * 8 + 4)];
  const deep = dice.pick([1, 2, 101, 5000]);
  return concat(
    all(fields),
    ...Array<Uint8Array>(deep).fill(open),
    ...Array<Uint8Array>(dice.pick([deep, deep - 1])).fill(close),
  );
});

export const protobufStructure: Structure = {
  name: "protobuf",
  harmless: { reordered, moreFields },
  odd: { unknownFields, longNumbers, unknownGroup, split },
  lies: { outvoted, tag: lyingTag, length: lyingLength, number: lyingNumber, nested, groups },
};
