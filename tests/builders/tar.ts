// tar archives block by block, honest by default: every field of a header can be made to lie.

const BLOCK = 512;

export interface TarFields {
  readonly name: string;
  readonly data?: Uint8Array | string;
  /** One character. */
  readonly type?: string;
  readonly link?: string;
  readonly mode?: number;
  /** What the size field holds: a number in octal, or the field's bytes. */
  readonly size?: number | Uint8Array;
  readonly flavour?: "ustar" | "gnu" | "v7";
  /** Added to the right checksum. */
  readonly checksumError?: number;
  /** Adds the bytes up as signed, as old writers did. */
  readonly signedChecksum?: boolean;
}

const MAGIC = { ustar: "ustar\x0000", gnu: "ustar  \0", v7: "" } as const;

/** A header block and the data, padded. */
export function entry(fields: TarFields): Buffer {
  const data = Buffer.from(fields.data ?? "");
  const { size = data.length, flavour = "ustar" } = fields;
  const block = Buffer.alloc(BLOCK);
  block.write(fields.name, 0, 100, "utf8");
  block.write(octal(fields.mode ?? 0o644, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  if (typeof size === "number") block.write(octal(size, 11), 124);
  else block.set(size, 124);
  block.write(octal(0, 11), 136);
  block.write(fields.type ?? "0", 156, "latin1");
  block.write(fields.link ?? "", 157, 100, "utf8");
  block.write(MAGIC[flavour], 257, "latin1");
  block.write(`${octal(checksum(block, fields) + (fields.checksumError ?? 0), 6)}\0 `, 148);
  return Buffer.concat([block, padded(data)]);
}

function checksum(block: Buffer, { signedChecksum }: TarFields): number {
  block.fill(" ", 148, 156);
  let sum = 0;
  for (const byte of block) sum += signedChecksum && byte > 127 ? byte - 256 : byte;
  return sum;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}

function padded(data: Buffer): Buffer {
  return Buffer.concat([data, Buffer.alloc((BLOCK - (data.length % BLOCK)) % BLOCK)]);
}

/** A PAX header of these records in front of whatever follows. */
export function pax(records: Readonly<Record<string, string>>, type: "x" | "g" = "x"): Buffer {
  const data = Object.entries(records)
    .map(([key, value]) => paxRecord(key, value))
    .join("");
  return entry({ name: "PaxHeaders/entry", type, data });
}

/** The length in front counts itself. */
export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest);
  while (length !== Buffer.byteLength(`${length}${rest}`)) length = Buffer.byteLength(`${length}${rest}`);
  return `${length}${rest}`;
}

export const END = Buffer.alloc(2 * BLOCK);

/** Entries with the end-of-archive mark behind them. */
export function tar(...entries: readonly (TarFields | Uint8Array)[]): Buffer {
  return Buffer.concat([...entries.map((part) => (part instanceof Uint8Array ? part : entry(part))), END]);
}
