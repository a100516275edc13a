import type { Inspector } from "./inspector.js";
import type { OpcodeName } from "./opcodes.js";
import type { Value } from "./value.js";

/** A name that the stream makes the loader import: `GLOBAL`, `INST`, `STACK_GLOBAL`, or reached by folding. */
export interface ImportedName {
  /** As written in the stream. */
  readonly module: string;
  readonly name: string;
  /** Protocol in force: below 3 the old names are renamed, from 4 on a dotted name is walked. */
  readonly protocol: number;
  readonly offset: number;
  /** How the name came about when it was not written in one piece. */
  readonly via?: "computed" | "attribute" | "module";
}

export type Anomaly =
  | "bad-memo"
  | "stack-underflow"
  | "missing-mark"
  | "frame-nested"
  | "frame-too-long"
  | "frame-straddle"
  | "frame-overhang"
  | "protocol-unknown"
  | "bad-number"
  | "huge-memo-index"
  | "length-lie";

/** What a sink may ask of the machine that tells it. */
export interface RunningMachine {
  readonly inspect: Inspector;
  /** How often a call was made that was not told. */
  readonly repeats: ReadonlyMap<number, number>;
  /** Go on at `offset`, because the loader reads raw data in between. */
  jump(offset: number): void;
}

/**
 * What the machine tells about a stream, in the order in which a loader would do it. A call has happened when it is told, whatever
 * becomes of its result.
 */
export interface PickleSink {
  /** Before the first opcode. */
  begin?(machine: RunningMachine): void;
  /** A name is imported for the first time in this stream; `global` is its index. */
  imported?(global: number, name: ImportedName): void;
  /** STACK_GLOBAL with an operand that is no constant text. */
  computedName?(offset: number, module: Value, name: Value): void;
  /** A call. Return true when further calls of the same global need not be told. */
  called?(opcode: OpcodeName, offset: number, callee: Value, args: Value): boolean;
  /** `cls.__new__`. Return true when further ones of the same class need not be told. */
  constructed?(opcode: OpcodeName, offset: number, cls: Value, args: Value): boolean;
  /** BUILD: `__setstate__`, or the object's dictionary. */
  built?(offset: number, target: Value, state: Value): void;
  /** APPEND(S), SETITEM(S) or ADDITEMS on something that is not the container the opcode is meant for. Only APPENDS may add nothing. */
  mutated?(opcode: OpcodeName, offset: number, target: Value, count: number): void;
  persistentId?(offset: number, id: Value): void;
  extension?(offset: number, code: number): void;
  /** A bytes or text constant whose beginning looks like a pickle, an archive or an encoding of one. */
  nested?(offset: number, value: Value): void;
  /** A text constant that begins like an address or a credential. */
  telling?(offset: number, value: Value): void;
  anomaly?(kind: Anomaly, offset: number, detail: string): void;
  /** Every opcode, for trace alone: slows the machine down. */
  opcode?(code: number, offset: number): void;
  stopped?(offset: number, result: Value): void;
}

export type EndReason = "stop" | "truncated" | "unknown-opcode" | "anomalies" | "limit";

export interface StreamEnd {
  readonly reason: EndReason;
  /** Offset behind the last opcode that was executed. */
  readonly offset: number;
  readonly opcodes: number;
  readonly detail: string;
}
