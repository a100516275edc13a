import { concat, u32, u64, zeros } from "./bytes.js";

/** A part of a flatbuffer that others point to. */
export type FlatNode =
  | { readonly kind: "table"; readonly fields: ReadonlyMap<number, FlatValue> }
  | { readonly kind: "nodes"; readonly items: readonly FlatNode[] }
  | { readonly kind: "bytes"; readonly count: number; readonly bytes: Uint8Array };

type FlatValue = { readonly scalar: Uint8Array } | { readonly node: FlatNode };

export const i8 = (value: number): FlatValue => ({ scalar: Uint8Array.of(value) });
export const i32 = (value: number): FlatValue => ({ scalar: u32(value >>> 0) });
export const i64 = (value: number | bigint): FlatValue => ({ scalar: u64(value) });
export const ref = (node: FlatNode): FlatValue => ({ node });

export function table(fields: Readonly<Record<number, FlatValue | FlatNode | string | undefined>>): FlatNode {
  const known = new Map<number, FlatValue>();
  for (const [id, field] of Object.entries(fields)) {
    if (field === undefined) continue;
    const value = typeof field === "string" ? text(field) : field;
    known.set(Number(id), "kind" in value ? { node: value } : value);
  }
  return { kind: "table", fields: known };
}

export function text(value: string): FlatNode {
  const bytes = Buffer.from(value, "utf8");
  return { kind: "bytes", count: bytes.length, bytes: concat(bytes, [0]) };
}

export function list(items: readonly FlatNode[]): FlatNode {
  return { kind: "nodes", items };
}

export function ints(values: readonly number[]): FlatNode {
  return { kind: "bytes", count: values.length, bytes: concat(...values.map((value) => u32(value >>> 0))) };
}

export function bytesVector(bytes: Uint8Array): FlatNode {
  return { kind: "bytes", count: bytes.length, bytes };
}

/** A flatbuffer with this root and file identifier; parents stand before their children, as offsets count forward. */
export function flatbuffer(root: FlatNode, identifier: string): Uint8Array {
  const writer = new Writer();
  writer.append(concat(zeros(4), identifier));
  writer.place(root, 0);
  writer.run();
  return writer.bytes();
}

class Writer {
  private parts: number[] = [];
  private readonly queue: { node: FlatNode; from: number }[] = [];

  append(bytes: Uint8Array): void {
    for (const byte of bytes) this.parts.push(byte);
  }

  place(node: FlatNode, from: number): void {
    this.queue.push({ node, from });
  }

  run(): void {
    for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) this.write(next.node, next.from);
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.parts);
  }

  private write(node: FlatNode, from: number): void {
    while (this.parts.length % 8 !== 0) this.parts.push(0);
    if (node.kind === "table") this.writeTable(node.fields, from);
    else this.writeVector(node, from);
  }

  private writeVector(node: Exclude<FlatNode, { kind: "table" }>, from: number): void {
    this.point(from, this.parts.length);
    this.append(u32(node.kind === "nodes" ? node.items.length : node.count));
    if (node.kind === "bytes") this.append(node.bytes);
    else {
      for (const item of node.items) {
        this.place(item, this.parts.length);
        this.append(zeros(4));
      }
    }
  }

  private writeTable(fields: ReadonlyMap<number, FlatValue>, from: number): void {
    const slots = Math.max(-1, ...fields.keys()) + 1;
    const vtable = this.parts.length;
    const vtableBytes = 4 + slots * 2;
    const start = Math.ceil((vtable + vtableBytes) / 8) * 8;
    const offsets = new Map<number, number>();
    let end = 8;
    for (const id of fields.keys()) {
      offsets.set(id, end);
      end += 8;
    }
    const shorts = [vtableBytes, end, ...Array.from({ length: slots }, (_, id) => offsets.get(id) ?? 0)];
    this.append(Uint8Array.from(shorts.flatMap((value) => [value & 0xff, value >> 8])));
    while (this.parts.length < start) this.parts.push(0);
    this.point(from, start);
    this.append(concat(u32(start - vtable), zeros(4)));
    for (const [id, value] of fields) {
      const at = start + (offsets.get(id) ?? 0);
      this.append(zeros(8));
      if ("node" in value) this.place(value.node, at);
      else this.overwrite(at, value.scalar);
    }
  }

  private overwrite(at: number, bytes: Uint8Array): void {
    for (const [i, byte] of bytes.entries()) this.parts[at + i] = byte;
  }

  private point(from: number, to: number): void {
    this.overwrite(from, u32(to - from));
  }
}
