import {
  type MsgpackScalar,
  type MsgpackText,
  type MsgpackVisitor,
  openMsgpack,
  walkMsgpack,
} from "../../formats/msgpack/walk.js";
import type { ByteSource } from "../../io/byte-source.js";
import { judgeMetadata } from "../metadata-text.js";
import type { ScanContext, Scanner } from "../scanner.js";
import { inspectTail } from "../trailing.js";
import { type Leaf, LeafJudge } from "./leaves.js";

/** Leaves looked at: a checkpoint has some thousands. */
const MAX_LEAVES = 100_000;
/** Shorter texts are names of layers. */
const MIN_TEXT = 10;
const WINDOW = 1 << 16;

/** MessagePack as Flax and JAX write it: what is no array of plain numbers is told. */
export class MsgpackScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const reader = openMsgpack(source, WINDOW);
    const visitor = new CheckpointVisitor(context);
    const judge = new LeafJudge(source, context);
    try {
      await walkMsgpack(reader, visitor, context.budget);
    } finally {
      context.examined(reader.loaded);
      for (const leaf of visitor.leaves) await judge.judge(leaf);
      if (visitor.leaves.length === MAX_LEAVES)
        context.incomplete(`only the first ${MAX_LEAVES} leaves were looked at`);
    }
    context.describe(
      "arrays",
      [...judge.dtypes.values()].reduce((all, one) => all + one, 0),
    );
    context.describe("parameters", judge.elements.toString());
    await inspectTail(source, { start: reader.offset, after: "the MessagePack value" }, context);
  }
}

interface Open {
  readonly isMap: boolean;
  readonly keys: Set<string>;
  /** The key or index at hand. */
  name: string;
  /** Keys and values alternate in a map. */
  items: number;
}

class CheckpointVisitor implements MsgpackVisitor {
  readonly leaves: Leaf[] = [];
  private readonly stack: Open[] = [];

  constructor(private readonly context: ScanContext) {}

  open(isMap: boolean, _count: number, offset: number): void {
    if (this.item()) this.oddKey("a container", offset);
    this.stack.push({ isMap, keys: new Set(), name: "", items: 0 });
  }

  close(): void {
    this.stack.pop();
  }

  scalar(value: MsgpackScalar, offset: number): void {
    if (!this.item()) return;
    this.rename(String(value));
    this.context.report({
      rule: "msgpack/odd-key",
      message: "a map has a key that is no text",
      subject: "key",
      offset,
    });
  }

  text({ text, isUtf8, start, length }: MsgpackText): void {
    if (this.item()) this.key(text, start);
    if (!isUtf8) this.rawText(start, length);
    else if (text.length >= MIN_TEXT) judgeMetadata(text, { key: this.path(), offset: start }, this.context);
  }

  /** Old writers know no other bytes than texts, so what stands there is looked at as bytes. */
  private rawText(start: number, size: number): void {
    const message = `${this.path()} is a text of ${size} bytes that are none`;
    this.context.report({ rule: "msgpack/raw-text", message, subject: "text", offset: start });
    this.leaf({ path: this.path(), start, size, extension: undefined });
  }

  bytes(start: number, size: number): void {
    if (this.item()) this.oddKey("bytes", start);
    this.leaf({ path: this.path(), start, size, extension: undefined });
  }

  extension(type: number, start: number, size: number): void {
    if (this.item()) this.oddKey("an extension", start);
    this.leaf({ path: this.path(), start, size, extension: type });
  }

  private leaf(leaf: Leaf): void {
    if (this.leaves.length < MAX_LEAVES) this.leaves.push(leaf);
  }

  /** Counts an item of the innermost container; true when it is a map's key. */
  private item(): boolean {
    const top = this.stack.at(-1);
    if (top === undefined) return false;
    const isKey = top.isMap && top.items % 2 === 0;
    if (!top.isMap) top.name = String(top.items);
    top.items++;
    return isKey;
  }

  private oddKey(key: string, offset: number): void {
    this.rename(key);
    this.context.report({
      rule: "msgpack/odd-key",
      message: `a map has the key ${key}, which is no text`,
      subject: "key",
      offset,
    });
  }

  private rename(name: string): void {
    const top = this.stack.at(-1);
    if (top) top.name = name;
  }

  private key(text: string, offset: number): void {
    const top = this.stack.at(-1);
    if (top?.keys.has(text)) {
      const path = this.path();
      this.context.report({
        rule: "msgpack/duplicate-key",
        message: `${text} stands twice beside ${path}`,
        subject: text,
        offset,
      });
    }
    top?.keys.add(text);
    this.rename(text);
  }

  private path(): string {
    return (
      this.stack
        .map(({ name }) => name)
        .join("/")
        .slice(0, 300) || "the value"
    );
  }
}
