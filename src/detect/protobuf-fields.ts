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

/** The fields that begin within `bytes`, up to the first that is none. */
export function headFields(bytes: Uint8Array): HeadField[] {
  const fields: HeadField[] = [];
  for (let at = 0; at < bytes.length && fields.length < MAX_FIELDS; ) {
    const tag = varintAt(bytes, at);
    if (tag === undefined) return fields;
    const number = Math.floor(tag.value / 8);
    const wire = tag.value % 8;
    if (number < 1) return fields;
    at = tag.end;
    if (wire === 0 || wire === LENGTH_DELIMITED) {
      const length = varintAt(bytes, at);
      if (length === undefined) return fields;
      const end = wire === LENGTH_DELIMITED ? length.end + length.value : length.end;
      const content = wire === LENGTH_DELIMITED ? bytes.subarray(length.end, end) : NOTHING;
      fields.push({ number, wire, value: length.value, content });
      at = end;
    } else {
      const width = FIXED_WIDTH[wire];
      if (width === undefined) return fields;
      fields.push({ number, wire, value: -1, content: NOTHING });
      at += width;
    }
  }
  return fields;
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
