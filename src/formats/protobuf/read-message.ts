// Protocol Buffers wire format: https://protobuf.dev/programming-guides/encoding/ (2024)
import { LimitError, ParseError } from "../../errors.js";
import type { Budget } from "../../io/budget.js";
import type { ByteSource } from "../../io/byte-source.js";
import { Message } from "./message.js";
import type { AnyShape, Field, Shape } from "./shape.js";
import { Window } from "./window.js";

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const GROUP_START = 3;
const GROUP_END = 4;
const FIXED32 = 5;

/** Parsers refuse messages nested deeper than this by default; deeper ones are read all the same, for some loaders raise it. */
export const PARSER_DEPTH = 100;
/** No writer comes near: the open messages of this depth still cost kilobytes. */
const MAX_DEPTH = 2000;
/** Longer texts are cut: no name, path or description needs more (CWE-770). */
export const MAX_TEXT = 1 << 20;
const MAX_BYTES = 64 << 10;
/** Two varints of ten bytes: tag and length. */
const FIELD_HEAD_BYTES = 20;
const MAX_TAG = 2 ** 32 - 1;
/** What the kept values of one file may weigh in memory, estimated (CWE-789: 4 MB of empty messages become 500 MB of objects). */
const MAX_KEPT_BYTES = 512 << 20;
const VALUE_WEIGHT = 64;
const MESSAGE_WEIGHT = 256;

export interface Reading<T> {
  /** What was read, up to the error if there is one. */
  readonly value: T;
  /** Why reading ended before the message did. Report what `value` shows, then throw it. */
  readonly error: ParseError | undefined;
  /** The deepest message inside a message; the outermost is 1. */
  readonly depth: number;
  /** Bytes taken from the source. */
  readonly loaded: number;
  /** Where bytes begin that the outermost message does not account for: an unknown field, or what stopped the reading between fields. */
  readonly tail: number | undefined;
}

export interface ReadOptions {
  readonly budget: Budget;
  /** Where the message begins and ends inside the source; all of it when absent. */
  readonly start?: number;
  readonly end?: number;
}

interface Frame {
  readonly shape: AnyShape | undefined;
  readonly message: Message;
  /** The field of the frame below that this message is a value of. */
  readonly field: Field | undefined;
  /** Groups end by their end tag, so this is the end of the message around them. */
  readonly end: number;
  /** The field number of a group, which its end tag repeats; 0 for messages. */
  readonly group: number;
}

/**
 * Reads a message of any size through a window: values that the shape does not keep are stepped over by offset, never read. An error
 * ends the reading and is returned beside what was read until then.
 */
export async function readMessage<T>(source: ByteSource, shape: Shape<T>, options: ReadOptions): Promise<Reading<T>> {
  const { budget, start = 0, end = source.size } = options;
  const walk = new Walk(new Window(source, start), budget);
  const message = new Message(start, end);
  const error = await walk.run({ shape, message, field: undefined, end, group: 0 });
  const { depth, window } = walk;
  return { value: shape.build(message), error, depth, loaded: window.loaded, tail: walk.tailOf(message, error) };
}

class Walk {
  private readonly frames: Frame[] = [];
  private kept = 0;
  depth = 0;
  /** Start of the field of the outermost message that is being read, and whether its number is one that the shape has. */
  private outer = { start: 0, number: 0, isKnown: false };
  /** Writers put fields in the order of their numbers; the first that is out of order may begin something else. */
  private outOfOrder: number | undefined;
  /** A message whose length leads beyond what is around it; thrown where that ends. */
  private cutOff: ParseError | undefined;
  private cutEnd = 0;

  constructor(
    readonly window: Window,
    private readonly budget: Budget,
  ) {}

  async run(root: Frame): Promise<ParseError | undefined> {
    this.open(root);
    try {
      await this.readFields();
      return undefined;
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      // What the open messages held so far is kept, innermost first.
      while (this.frames.length > 1) this.close();
      return error instanceof LimitError ? error : (this.cutOff ?? error);
    }
  }

  /** Without an error only unknown fields are a tail: fields out of order are valid. */
  tailOf({ firstUnknown }: Message, error: ParseError | undefined): number | undefined {
    if (error === undefined) return firstUnknown;
    const candidates = [firstUnknown, this.outOfOrder, this.outer.isKnown ? undefined : this.outer.start];
    const starts = candidates.filter((start) => start !== undefined);
    return starts.length > 0 ? Math.min(...starts) : undefined;
  }

  private noteOuter(start: number, number: number, isKnown: boolean): void {
    if (number < this.outer.number) this.outOfOrder ??= start;
    this.outer = { start, number, isKnown };
  }

  private async readFields(): Promise<void> {
    for (;;) {
      const frame = this.frames[this.frames.length - 1];
      if (frame === undefined) return;
      if (this.window.position >= frame.end) {
        if (this.cutOff && frame.end >= this.cutEnd) throw this.cutOff;
        if (frame.group > 0) throw new ParseError(`group ${frame.group} has no end`, frame.message.offset);
        if (this.frames.length === 1) return;
        this.close();
        continue;
      }
      this.budget.spendSteps();
      const waiting = this.window.need(FIELD_HEAD_BYTES);
      if (waiting) await waiting;
      const value = this.readField(frame);
      if (value) await value;
    }
  }

  private open(frame: Frame): void {
    if (this.frames.length >= MAX_DEPTH) {
      throw new ParseError(`messages nested deeper than ${MAX_DEPTH}`, frame.message.offset);
    }
    this.frames.push(frame);
    this.depth = Math.max(this.depth, this.frames.length);
  }

  private close(): void {
    const { shape, message, field } = this.frames.pop() ?? {};
    const below = this.frames[this.frames.length - 1];
    if (shape && message && field && below) below.message.addChild(field, shape, shape.build(message), message);
  }

  private readField(frame: Frame): Promise<void> | undefined {
    const start = this.window.position;
    if (this.frames.length === 1) this.outer = { ...this.outer, start, isKnown: false };
    const tag = Number(this.window.varint(frame.end));
    const number = Math.floor(tag / 8);
    if (number === 0 || tag > MAX_TAG) throw new ParseError(`field tag ${tag} at ${start} is not valid`, start);
    const field = frame.shape?.byNumber.get(number);
    if (this.frames.length === 1) this.noteOuter(start, number, field !== undefined && tag % 8 <= FIXED32);
    switch (tag % 8) {
      case LENGTH_DELIMITED:
        return this.readDelimited(frame, field, start);
      case VARINT:
        return this.readScalar(frame, field, start, undefined);
      case FIXED64:
        return this.readScalar(frame, field, start, 8);
      case FIXED32:
        return this.readScalar(frame, field, start, 4);
      case GROUP_START:
        frame.message.markUnknown(start);
        this.open({
          shape: undefined,
          message: new Message(start, frame.end),
          field: undefined,
          end: frame.end,
          group: number,
        });
        return undefined;
      case GROUP_END:
        if (frame.group !== number) throw new ParseError(`group ${number} ends at ${start} without a start`, start);
        this.frames.pop();
        return undefined;
      default:
        throw new ParseError(`field ${number} at ${start} has the unknown wire type ${tag % 8}`, start);
    }
  }

  private readScalar(frame: Frame, field: Field | undefined, start: number, width: number | undefined): undefined {
    const at = this.window.position;
    const value = width === undefined ? this.window.varint(frame.end) : undefined;
    if (width !== undefined) this.skip(frame, width, start);
    if (field?.kind === "extent") frame.message.addExtent(field, at, this.window.position - at, true);
    else if ((field?.kind === "varint" || field?.kind === "varints") && value !== undefined) {
      frame.message.addVarint(field, value);
      this.keep();
    } else frame.message.markUnknown(start);
    return undefined;
  }

  private readDelimited(frame: Frame, field: Field | undefined, start: number): Promise<void> | undefined {
    const length = Number(this.window.varint(frame.end));
    const at = this.window.position;
    const end = Math.min(at + length, frame.end);
    if (end < at + length) this.overrun(frame, field, { start, length, have: frame.end - at });
    if (field === undefined || field.kind === "varint") {
      frame.message.markUnknown(start);
    } else if (typeof field.kind === "function") {
      this.keep(MESSAGE_WEIGHT - VALUE_WEIGHT);
      const message = frame.message.earlier(field) ?? new Message(at, end);
      this.open({ shape: field.kind(), message, field, end, group: 0 });
      return undefined;
    } else if (field.kind === "extent") {
      frame.message.addExtent(field, at, length, false);
      this.keep();
    } else {
      return this.readValue(frame, field, length);
    }
    this.window.position = at + length;
    return undefined;
  }

  /** A message that is cut off is read as far as it goes; a value is not. */
  private overrun(
    frame: Frame,
    field: Field | undefined,
    { start, length, have }: { readonly start: number; readonly length: number; readonly have: number },
  ): void {
    const error = new ParseError(`${describe(frame, field)} at ${start} needs ${length} bytes, have ${have}`, start);
    if (typeof field?.kind !== "function") throw error;
    if (this.cutOff) return;
    this.cutOff = error;
    this.cutEnd = frame.end;
  }

  /** A value whose bytes are wanted: text, bytes or packed integers. */
  private readValue(frame: Frame, field: Field, length: number): Promise<void> | undefined {
    if (field.kind === "varints") return this.readPacked(frame, field, this.window.position + length);
    const wanted = Math.min(length, field.kind === "bytes" ? MAX_BYTES : MAX_TEXT);
    const waiting = this.window.need(wanted);
    const take = () => {
      this.keep(wanted);
      frame.message.add(field, field.kind === "bytes" ? this.window.copy(wanted) : this.window.text(wanted));
      this.window.position += length;
    };
    if (waiting) return waiting.then(take);
    take();
    return undefined;
  }

  private async readPacked(frame: Frame, field: Field, end: number): Promise<void> {
    while (this.window.position < end) {
      this.budget.spendSteps();
      const waiting = this.window.need(FIELD_HEAD_BYTES);
      if (waiting) await waiting;
      const value = this.window.varint(end);
      if (!frame.message.addVarint(field, value)) this.window.position = end;
      this.keep();
    }
  }

  private skip(frame: Frame, length: number, start: number): void {
    const left = frame.end - this.window.position;
    if (length > left) throw new ParseError(`field at ${start} needs ${length} bytes, have ${left}`, start);
    this.window.position += length;
  }

  private keep(length = 0): void {
    this.kept += VALUE_WEIGHT + length;
    if (this.kept > MAX_KEPT_BYTES) {
      const problem = `the message's values need more than ${MAX_KEPT_BYTES} bytes of memory`;
      throw new LimitError("kept_values", problem, this.window.position);
    }
  }
}

function describe(frame: Frame, field: Field | undefined): string {
  const owner = frame.shape?.name ?? "group";
  return field ? `${owner}.${field.name}` : `an unknown field of ${owner}`;
}
