import type { Constant } from "../code/value.js";

export interface Place {
  /** Offset in the template. */
  readonly at: number;
}

export interface Given {
  readonly args: readonly Expression[];
  readonly keywords: readonly { readonly name: string; readonly value: Expression }[];
}

/** What follows a value, in a flat list, so that a long chain is no depth. */
export type Trailer = Place &
  (
    | { readonly kind: "attribute"; readonly name: string }
    | { readonly kind: "item"; readonly key: Expression }
    | {
        readonly kind: "slice";
        readonly start: Expression | undefined;
        readonly stop: Expression | undefined;
        readonly step: Expression | undefined;
      }
    | ({ readonly kind: "call" } & Given)
    | ({ readonly kind: "filter"; readonly name: string } & Given)
    | ({ readonly kind: "test"; readonly name: string } & Given)
  );

export type Expression = Place &
  (
    | { readonly kind: "name"; readonly name: string }
    | { readonly kind: "constant"; readonly value: Constant }
    | { readonly kind: "chain"; readonly base: Expression; readonly trailers: readonly Trailer[] }
    | {
        readonly kind: "binary";
        readonly first: Expression;
        readonly rest: readonly { readonly operator: string; readonly operand: Expression }[];
      }
    | { readonly kind: "operation"; readonly operands: readonly Expression[] }
    | { readonly kind: "list"; readonly items: readonly Expression[] }
    | { readonly kind: "dict"; readonly entries: readonly (readonly [Expression, Expression])[] }
    | { readonly kind: "missing" }
  );

/** One tag of a template, in the order of the text: what it evaluates, and which names it binds. */
export type TemplateNode = Place &
  (
    | { readonly kind: "output"; readonly value: Expression }
    /** `{% set a, b = value %}`, `{% for a in values %}`, `{% with a = value %}`. */
    | { readonly kind: "bind"; readonly names: readonly string[]; readonly value: Expression; readonly isLoop: boolean }
    /** `{% set a.b = value %}` of a namespace. */
    | { readonly kind: "member"; readonly of: string; readonly name: string; readonly value: Expression }
    | {
        readonly kind: "macro";
        readonly name: string;
        readonly parameters: readonly string[];
        readonly defaults: readonly Expression[];
      }
    | { readonly kind: "evaluate"; readonly values: readonly Expression[] }
    /** `include`, `import`, `from ... import`, `extends`. */
    | { readonly kind: "load"; readonly tag: string; readonly target: Expression; readonly names: readonly string[] }
    /** A filter applied to a block of text. */
    | { readonly kind: "filtered"; readonly filters: readonly Trailer[] }
    | { readonly kind: "broken"; readonly text: string }
  );
