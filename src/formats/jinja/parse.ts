// The tags of Jinja2 and its usual extensions (do, loopcontrols, i18n, generation of transformers).
import type { Expression, TemplateNode } from "./ast.js";
import { JinjaExpressions } from "./expressions.js";
import { lexTemplate, type Tag } from "./lexer.js";

const MAX_SNIPPET = 200;

/** Reads a template tag by tag. Never fails: a tag that does not read as Jinja comes out as `broken`. */
export function parseTemplate(template: string): TemplateNode[] {
  return lexTemplate(template).flatMap((tag) => parseTag(tag, template));
}

function parseTag(tag: Tag, template: string): TemplateNode[] {
  const parser = new JinjaExpressions(tag.tokens, tag.from);
  const nodes = tag.kind === "output" ? output(parser, tag) : statement(parser, tag);
  if (!parser.isBroken && parser.isDone && !tag.isOpen) return nodes;
  return [
    ...nodes,
    { kind: "broken", text: template.slice(tag.from, Math.min(tag.to, tag.from + MAX_SNIPPET)), at: tag.from },
  ];
}

function output(parser: JinjaExpressions, { from }: Tag): TemplateNode[] {
  return [{ kind: "output", value: parser.list(), at: from }];
}

type Reader = (parser: JinjaExpressions, at: number) => TemplateNode;

const evaluated: Reader = (parser, at) => ({ kind: "evaluate", values: [parser.list()], at });
const nothing: Reader = (_, at) => ({ kind: "evaluate", values: [], at });

const STATEMENTS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["if", evaluated],
  ["elif", evaluated],
  ["do", evaluated],
  ["autoescape", evaluated],
  ["for", forTag],
  ["set", setTag],
  ["with", withTag],
  ["macro", macroTag],
  ["call", callTag],
  ["filter", filterTag],
  ["block", blockTag],
  ...["include", "import", "extends"].map((word): [string, Reader] => [
    word,
    (parser, at) => loadTag(word, parser, at),
  ]),
  ["from", fromTag],
  ["trans", transTag],
  ...[
    "else",
    "endif",
    "endfor",
    "endset",
    "endmacro",
    "endcall",
    "endfilter",
    "endblock",
    "endwith",
    "endautoescape",
    "endraw",
  ].map((word): [string, Reader] => [word, rest]),
  ...["break", "continue", "generation", "endgeneration", "pluralize", "endtrans", "debug"].map(
    (word): [string, Reader] => [word, rest],
  ),
]);

function statement(parser: JinjaExpressions, { from }: Tag): TemplateNode[] {
  const word = parser.name();
  const read = STATEMENTS.get(word);
  if (read === undefined) {
    parser.isBroken = true;
    return [];
  }
  return [read(parser, from)];
}

/** Closing tags may repeat a name. */
function rest(parser: JinjaExpressions, at: number): TemplateNode {
  if (parser.token.kind === "name") parser.advance();
  return nothing(parser, at);
}

function names(parser: JinjaExpressions): string[] {
  const isBracketed = parser.takeOp("(");
  const found = [parser.name()];
  while (parser.takeOp(",")) if (parser.token.kind === "name") found.push(parser.name());
  if (isBracketed) parser.expectOp(")");
  return found;
}

function forTag(parser: JinjaExpressions, at: number): TemplateNode {
  const targets = names(parser);
  if (!parser.takeWord("in")) parser.isBroken = true;
  const source = parser.expression(false);
  const items: Expression[] = [source];
  while (parser.takeOp(",")) items.push(parser.expression(false));
  if (parser.takeWord("if")) items.push(parser.expression());
  parser.takeWord("recursive");
  const value: Expression = items.length === 1 ? source : { kind: "operation", operands: items, at };
  return { kind: "bind", names: targets, value, isLoop: true, at };
}

function setTag(parser: JinjaExpressions, at: number): TemplateNode {
  const first = parser.name();
  if (parser.takeOp(".")) {
    const name = parser.name();
    parser.expectOp("=");
    return { kind: "member", of: first, name, value: parser.list(), at };
  }
  const targets = [first];
  while (parser.takeOp(",")) targets.push(parser.name());
  if (parser.takeOp("=")) return { kind: "bind", names: targets, value: parser.list(), isLoop: false, at };
  // A block set: its value is the text up to endset, through filters.
  const filters = [];
  while (parser.isOp("|") && !parser.isBroken) filters.push(parser.filter());
  return { kind: "filtered", filters, at };
}

function withTag(parser: JinjaExpressions, at: number): TemplateNode {
  const targets: string[] = [];
  const values: Expression[] = [];
  while (!parser.isDone && !parser.isBroken) {
    targets.push(parser.name());
    parser.expectOp("=");
    values.push(parser.expression());
    if (!parser.takeOp(",")) break;
  }
  return { kind: "bind", names: targets, value: { kind: "list", items: values, at }, isLoop: false, at };
}

function macroTag(parser: JinjaExpressions, at: number): TemplateNode {
  const name = parser.name();
  return { kind: "macro", name, ...signature(parser), at };
}

function signature(parser: JinjaExpressions): { parameters: string[]; defaults: Expression[] } {
  const parameters: string[] = [];
  const defaults: Expression[] = [];
  parser.expectOp("(");
  while (!parser.isBroken && !parser.isOp(")")) {
    parameters.push(parser.name());
    if (parser.takeOp("=")) defaults.push(parser.expression());
    if (!parser.takeOp(",")) break;
  }
  parser.expectOp(")");
  return { parameters, defaults };
}

function callTag(parser: JinjaExpressions, at: number): TemplateNode {
  if (parser.isOp("(")) signature(parser);
  return evaluated(parser, at);
}

function filterTag(parser: JinjaExpressions, at: number): TemplateNode {
  const filters = [{ kind: "filter" as const, name: parser.dottedName(), ...parser.optionalGiven(), at }];
  while (parser.isOp("|") && !parser.isBroken) {
    const next = parser.filter();
    if (next.kind === "filter") filters.push(next);
  }
  return { kind: "filtered", filters, at };
}

function blockTag(parser: JinjaExpressions, at: number): TemplateNode {
  const name = parser.name();
  while (parser.takeWord("scoped") || parser.takeWord("required"));
  return { kind: "macro", name: `self.${name}`, parameters: [], defaults: [], at };
}

function loadTag(tag: string, parser: JinjaExpressions, at: number): TemplateNode {
  const target = parser.expression();
  const bound: string[] = [];
  while (!parser.isDone && !parser.isBroken) {
    if (parser.takeWord("as")) bound.push(parser.name());
    else if (!["ignore", "missing", "with", "without", "context"].some((word) => parser.takeWord(word))) break;
  }
  return { kind: "load", tag, target, names: bound, at };
}

function fromTag(parser: JinjaExpressions, at: number): TemplateNode {
  const target = parser.expression();
  if (!parser.takeWord("import")) parser.isBroken = true;
  const bound: string[] = [];
  while (!parser.isDone && !parser.isBroken) {
    if (parser.takeWord("with") || parser.takeWord("without")) {
      parser.takeWord("context");
      break;
    }
    const name = parser.name();
    bound.push(parser.takeWord("as") ? parser.name() : name);
    parser.takeOp(",");
  }
  return { kind: "load", tag: "from", target, names: bound, at };
}

function transTag(parser: JinjaExpressions, at: number): TemplateNode {
  const values: Expression[] = [];
  while (!parser.isDone && !parser.isBroken) {
    const value = parser.expression();
    values.push(parser.takeOp("=") ? parser.expression() : value);
    parser.takeOp(",");
  }
  return { kind: "evaluate", values, at };
}
