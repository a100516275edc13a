// The syntax tree, as far as what code reaches depends on it. Chains (`a.b(c)[d]`, `a + b + c`) are flat, so that their length is no depth.
import type { Constant } from "../code/value.js";

export interface At {
  readonly line: number;
}

export type Trailer =
  | ({ readonly kind: "attribute"; readonly name: string } & At)
  | ({ readonly kind: "subscript"; readonly keys: readonly Expression[] } & At)
  | ({ readonly kind: "call" } & Arguments & At);

export interface Arguments {
  readonly args: readonly Expression[];
  /** `**rest` has the name "". */
  readonly keywords: readonly { readonly name: string; readonly value: Expression }[];
}

export interface Parameter {
  readonly name: string;
  readonly default?: Expression | undefined;
  readonly annotation?: Expression | undefined;
}

export interface ForClause {
  readonly target: Expression;
  readonly iterable: Expression;
  readonly conditions: readonly Expression[];
}

export type Expression = At &
  (
    | { readonly kind: "name"; readonly name: string }
    | { readonly kind: "constant"; readonly value: Constant }
    | { readonly kind: "chain"; readonly base: Expression; readonly trailers: readonly Trailer[] }
    | {
        readonly kind: "binary";
        readonly first: Expression;
        readonly rest: readonly { readonly operator: string; readonly operand: Expression }[];
      }
    /** Values that only come into a new one: comparisons, `and`, `not`, `yield`, `await`. */
    | {
        readonly kind: "operation";
        readonly operands: readonly Expression[];
        /** The operator of a single comparison. */
        readonly comparison?: string;
      }
    | {
        readonly kind: "conditional";
        readonly test: Expression;
        readonly then: Expression;
        readonly otherwise: Expression;
      }
    | { readonly kind: "lambda"; readonly parameters: readonly Parameter[]; readonly body: Expression }
    | { readonly kind: "sequence"; readonly type: "tuple" | "list" | "set"; readonly items: readonly Expression[] }
    | { readonly kind: "dict"; readonly entries: readonly (readonly [Expression | undefined, Expression])[] }
    | {
        readonly kind: "comprehension";
        readonly type: "generator" | "list" | "set" | "dict";
        readonly elements: readonly Expression[];
        readonly clauses: readonly ForClause[];
      }
    | { readonly kind: "joined"; readonly parts: readonly Expression[] }
    | {
        readonly kind: "slice";
        readonly start: Expression | undefined;
        readonly stop: Expression | undefined;
        readonly step: Expression | undefined;
      }
    | { readonly kind: "starred"; readonly value: Expression }
    | { readonly kind: "walrus"; readonly name: string; readonly value: Expression }
    /** What could not be parsed. */
    | { readonly kind: "missing" }
  );

export interface Alias {
  readonly path: string;
  readonly as: string | undefined;
}

export type Statement = At &
  (
    | { readonly kind: "expression"; readonly value: Expression }
    | {
        readonly kind: "assign";
        readonly targets: readonly Expression[];
        readonly annotation?: Expression;
        readonly value: Expression;
      }
    | { readonly kind: "update"; readonly target: Expression; readonly operator: string; readonly value: Expression }
    | { readonly kind: "import"; readonly names: readonly Alias[] }
    | { readonly kind: "from"; readonly module: string; readonly names: readonly Alias[] }
    | {
        readonly kind: "function";
        readonly name: string;
        readonly decorators: readonly Expression[];
        readonly parameters: readonly Parameter[];
        readonly returns: Expression | undefined;
        readonly body: Block;
      }
    | ({
        readonly kind: "class";
        readonly name: string;
        readonly decorators: readonly Expression[];
        readonly body: Block;
      } & Arguments)
    | {
        readonly kind: "if";
        readonly branches: readonly { readonly test: Expression | undefined; readonly body: Block }[];
      }
    | {
        readonly kind: "for";
        readonly target: Expression;
        readonly iterable: Expression;
        readonly bodies: readonly Block[];
      }
    | {
        readonly kind: "with";
        readonly items: readonly { readonly context: Expression; readonly target: Expression | undefined }[];
        readonly body: Block;
      }
    /** `while`, `try`, `match`: expressions that are evaluated, and blocks that may run. */
    | {
        readonly kind: "blocks";
        readonly expressions: readonly Expression[];
        readonly binds: readonly string[];
        readonly bodies: readonly Block[];
      }
    | { readonly kind: "global"; readonly names: readonly string[] }
    /** `target: annotation` without a value. */
    | { readonly kind: "annotate"; readonly target: Expression; readonly annotation: Expression }
    /** `return`, `raise`, `assert`, `del`. */
    | { readonly kind: "evaluate"; readonly values: readonly Expression[] }
  );

export type Block = readonly Statement[];

export interface Module {
  readonly body: Block;
  /** Lines at which the source did not read as Python; reading went on behind them. */
  readonly errors: readonly number[];
  /** The source has more tokens than are read. */
  readonly cut: boolean;
}
