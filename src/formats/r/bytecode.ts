// R bytecode as it is stored: ReadBC, ReadBC1 and ReadBCLang of src/main/serialize.c (R 4.4)
import type { Budget } from "../../io/budget.js";
import { callCode, MAX_SHOWN_PARTS } from "./call-code.js";
import type { REncoding } from "./encoding.js";
import type { Scopes } from "./scopes.js";
import { type RValue, R_TYPES as T } from "./types.js";

/** What bytecode needs of the walk around it. */
export interface ItemReader {
  readonly from: REncoding;
  readonly budget: Budget;
  readonly scopes: Scopes;
  item(): RValue;
  nested(read: () => RValue): RValue;
  length(value: number): number;
}

/** Types of expressions that are stored in bytecode's own form. */
const SHARED: ReadonlySet<number> = new Set([
  T.language,
  T.pairlist,
  T.attributeLanguage,
  T.attributePairlist,
  T.bytecodeDefinition,
  T.bytecodeReference,
]);

/** Reads the constants of bytecode: the expression it was compiled from, and the names it uses. */
export class BytecodeReader {
  constructor(private readonly walk: ItemReader) {}

  read(offset: number): RValue {
    const { walk } = this;
    walk.scopes.bytecode(offset);
    // How many shared parts there are.
    walk.length(walk.from.int());
    return this.body();
  }

  private body(): RValue {
    const { walk } = this;
    // The instructions.
    walk.item();
    const count = walk.length(walk.from.int());
    let first: RValue | undefined;
    for (let i = 0; i < count; i++) {
      const value = this.constant(walk.from.int());
      // Instructions reach functions by their symbols, whatever the expression says.
      if (value.type === T.symbol) walk.scopes.named(value.code);
      first ??= value;
    }
    // The first constant is the expression that was compiled.
    return { type: T.bytecode, code: first?.code ?? "" };
  }

  private constant(type: number): RValue {
    return type === T.bytecode ? this.walk.nested(() => this.body()) : this.part(type);
  }

  private part(type: number): RValue {
    return SHARED.has(type) ? this.shared(type) : this.walk.item();
  }

  /** Parts that are the same are stored once. */
  private shared(type: number): RValue {
    const { from } = this.walk;
    return this.walk.nested(() => {
      if (type === T.bytecodeReference) {
        from.int();
        return { type, code: "..." };
      }
      if (type !== T.bytecodeDefinition) return this.pairs(type);
      from.int();
      const defined = from.int();
      return SHARED.has(defined) ? this.pairs(defined) : this.walk.item();
    });
  }

  /** Attributes, tag, car and cdr, as in the ordinary form; a call's arguments are a list that goes on in its cdr. */
  private pairs(kind: number): RValue {
    const { from, budget, scopes } = this.walk;
    const isCall = kind === T.language || kind === T.attributeLanguage;
    if (isCall) scopes.enter(T.language, from.offset);
    const parts: RValue[] = [];
    let next = kind;
    do {
      budget.spendSteps();
      if (next === T.attributeLanguage || next === T.attributePairlist) this.walk.item();
      this.walk.item();
      const car = this.part(from.int());
      if (parts.length <= MAX_SHOWN_PARTS) parts.push(car);
      if (isCall) scopes.part(car, parts);
      next = from.int();
    } while (next === T.pairlist || next === T.attributePairlist);
    const last = this.part(next);
    const code = callCode(parts);
    if (isCall) scopes.leave(T.language, { parts, environment: undefined, last, code });
    return { type: kind, code };
  }
}
