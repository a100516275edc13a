/** A field of a message, as far as the first bytes of a file show it. */
export interface HeadField {
  readonly number: number;
  /** 0 varint, 1 and 5 fixed, 2 length-delimited. */
  readonly wire: number;
  /** Of a varint; -1 where it does not fit a number. */
  readonly value: number;
  /** The content of a length-delimited field, cut where the head ends. */
  readonly content: Uint8Array;
}

const LENGTH_DELIMITED = 2;
const FIXED_WIDTH: Readonly<Record<number, number>> = { 1: 8, 5: 4 };
/** A head of 4 KiB holds no more that matter. */
const MAX_FIELDS = 64;
const NOTHING = new Uint8Array();

/** Groups of proto2, which parsers of proto3 pass over whole. */
const GROUP_START = 3;
const GROUP_END = 4;

/** The fields that begin within `bytes`, up to the first that is none; groups and what is in them are left out. */
export function headFields(bytes: Uint8Array): HeadField[] {
  return walk(bytes).fields;
}

/** False where the field is no message: its content is whole, and does not end with one of its fields. */
export function mayBeMessage({ wire, value, content }: HeadField): boolean {
  if (wire !== LENGTH_DELIMITED) return false;
  if (content.length < value) return true;
  const { fields, end } = walk(content);
  return end === content.length || fields.length === MAX_FIELDS;
}

interface Walked {
  readonly fields: HeadField[];
  /** Where the last field ends. */
  readonly end: number;
}

function walk(bytes: Uint8Array): Walked {
  const fields: HeadField[] = [];
  let at = 0;
  let depth = 0;
  while (at < bytes.length && fields.length < MAX_FIELDS) {
    const read = fieldAt(bytes, at);
    if (read === undefined) break;
    const { field, end } = read;
    if (field.wire === GROUP_START) depth++;
    else if (field.wire === GROUP_END) depth--;
    else if (depth === 0) fields.push(field);
    if (depth < 0) break;
    at = end;
  }
  return { fields, end: at };
}

function fieldAt(bytes: Uint8Array, at: number): { readonly field: HeadField; readonly end: number } | undefined {
  const tag = varintAt(bytes, at);
  if (tag === undefined) return undefined;
  const number = Math.floor(tag.value / 8);
  const wire = tag.value % 8;
  if (number < 1) return undefined;
  if (wire === 0 || wire === LENGTH_DELIMITED) {
    const length = varintAt(bytes, tag.end);
    if (length === undefined) return undefined;
    const end = wire === LENGTH_DELIMITED ? length.end + length.value : length.end;
    const content = wire === LENGTH_DELIMITED ? bytes.subarray(length.end, end) : NOTHING;
    return { field: { number, wire, value: length.value, content }, end };
  }
  const width = wire === GROUP_START || wire === GROUP_END ? 0 : FIXED_WIDTH[wire];
  if (width === undefined) return undefined;
  return { field: { number, wire, value: -1, content: NOTHING }, end: tag.end + width };
}

function varintAt(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[start + i];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value: Number.isSafeInteger(value) ? value : -1, end: start + i + 1 };
  }
  return undefined;
}
