import { ParseError } from "../../errors.js";
import { SNIFF_BYTES, sniffEmbedded } from "../../formats/embedded/sniff.js";
import {
  ARRAY_EXTENSION,
  COMPLEX_EXTENSION,
  type FlaxArray,
  isComplex,
  itemBytes,
  readFlaxArray,
  SCALAR_EXTENSION,
  TIMESTAMP_EXTENSION,
} from "../../formats/msgpack/flax.js";
import { type ByteSource, slice } from "../../io/byte-source.js";
import type { ScanContext } from "../scanner.js";

/** Bytes of the file that a key leads to. */
export interface Leaf {
  /** Keys from the root. */
  readonly path: string;
  readonly start: number;
  readonly size: number;
  /** Undefined for plain bytes. */
  readonly extension: number | undefined;
}

const PICKLE_PROTO = 0x80;
const PICKLE_STOP = 0x2e;
const LAST_PROTOCOL = 5;
const FLAX_EXTENSIONS = new Set([ARRAY_EXTENSION, COMPLEX_EXTENSION, SCALAR_EXTENSION, TIMESTAMP_EXTENSION]);

/** Judges what lies behind the keys of a checkpoint. Leaves are looked at, never read in full. */
export class LeafJudge {
  readonly dtypes = new Map<string, number>();
  elements = 0n;

  constructor(
    private readonly source: ByteSource,
    private readonly context: ScanContext,
  ) {}

  async judge(leaf: Leaf): Promise<void> {
    if (leaf.extension === ARRAY_EXTENSION || leaf.extension === SCALAR_EXTENSION) await this.judgeArray(leaf);
    else if (leaf.extension === COMPLEX_EXTENSION) await this.judgeComplex(leaf);
    else if (leaf.extension === undefined || !FLAX_EXTENSIONS.has(leaf.extension)) await this.judgeBytes(leaf);
  }

  private async judgeComplex(leaf: Leaf): Promise<void> {
    const payload = await this.source.read(leaf.start, Math.min(leaf.size, SNIFF_BYTES));
    if (isComplex(payload)) return;
    const { path, start } = leaf;
    this.context.report({
      rule: "msgpack/bad-array",
      message: `${path} is no complex number`,
      subject: path,
      offset: start,
    });
    await this.judgeBytes({ ...leaf, extension: undefined });
  }

  private async judgeArray(leaf: Leaf): Promise<void> {
    const { path, start } = leaf;
    const payload = slice(this.source, start, leaf.size);
    try {
      const array = await readFlaxArray(payload, this.context.budget);
      this.judgeType(leaf, array);
      const head = await payload.read(array.start, Math.min(array.size, SNIFF_BYTES));
      this.context.examined(head.length);
      this.reportEmbedded(leaf, sniffEmbedded(head), start + array.start);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      this.context.report({
        rule: "msgpack/bad-array",
        message: `${path}: ${error.message}`,
        subject: path,
        offset: start,
      });
      await this.judgeBytes({ ...leaf, extension: undefined });
    }
  }

  private judgeType({ path, start }: Leaf, { shape, dtype, size }: FlaxArray): void {
    const place = { subject: path, offset: start };
    const width = itemBytes(dtype);
    if (width === undefined) {
      const isObject = dtype === "object" || dtype === "O" || dtype === "|O";
      const rule = isObject ? "msgpack/object-array" : "msgpack/bad-array";
      this.context.report({ rule, message: `${path} is of dtype ${dtype.slice(0, 100)}`, ...place });
      return;
    }
    const elements = shape.reduce((all, one) => all * one, 1n);
    this.elements += elements;
    this.dtypes.set(dtype, (this.dtypes.get(dtype) ?? 0) + 1);
    if (elements * BigInt(width) !== BigInt(size)) {
      const message = `${path} (${dtype} ${shape.join(" x ") || "scalar"}) takes ${elements * BigInt(width)} bytes, it has ${size}`;
      this.context.report({ rule: "msgpack/bad-array", message, ...place });
    }
  }

  private async judgeBytes(leaf: Leaf): Promise<void> {
    const { path, start, size, extension } = leaf;
    if (extension !== undefined) {
      this.context.report({
        rule: "msgpack/unknown-extension",
        message: `${path} is of extension type ${extension}`,
        subject: `extension ${extension}`,
        offset: start,
      });
    }
    const head = await this.source.read(start, Math.min(size, SNIFF_BYTES));
    this.context.examined(head.length);
    const kind = sniffEmbedded(head) ?? ((await this.isWholePickle(leaf, head)) ? "Python pickle" : undefined);
    if (!this.reportEmbedded(leaf, kind, start)) return;
    await this.context.descend({ name: path, source: slice(this.source, start, size), offset: start });
  }

  /** Begins as every modern pickle and ends as every pickle: one in four million values of other bytes does so. */
  private async isWholePickle({ start, size }: Leaf, head: Uint8Array): Promise<boolean> {
    const protocol = head[1] ?? 0;
    if (head[0] !== PICKLE_PROTO || protocol < 2 || protocol > LAST_PROTOCOL || size < 4) return false;
    const [last] = await this.source.read(start + size - 1, 1);
    return last === PICKLE_STOP;
  }

  private reportEmbedded({ path }: Leaf, kind: string | undefined, offset: number): boolean {
    if (kind === undefined) return false;
    this.context.report({
      rule: "msgpack/embedded-content",
      message: `${path} begins with a ${kind}`,
      subject: path,
      offset,
      evidence: { kind },
    });
    return true;
  }
}
