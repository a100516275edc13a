// Every small change to a source file that a test should notice, and the file with all of them inside, each behind a switch.

import { parseSync } from "rolldown/utils";

const BINARY = {
  "<": ["<="],
  "<=": ["<"],
  ">": [">="],
  ">=": [">"],
  "===": ["!=="],
  "!==": ["==="],
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "%": ["*"],
  "<<": [">>"],
  ">>": ["<<"],
  ">>>": ["<<"],
  "&": ["|"],
  "|": ["&"],
  "^": ["&"],
};
const ASSIGNMENT = { "+=": "-=", "-=": "+=", "|=": "&=", "&=": "|=", "??=": "=", "||=": "=", "<<=": ">>=", "*=": "/=" };
const SWAPPED = new Map(
  Object.entries({
    some: "every",
    every: "some",
    startsWith: "endsWith",
    endsWith: "startsWith",
    min: "max",
    max: "min",
    floor: "ceil",
    indexOf: "lastIndexOf",
    lastIndexOf: "indexOf",
  }),
);
const DROPPED = new Set(
  "filter slice subarray sort toSorted reverse toReversed trim toLowerCase toUpperCase normalize replace replaceAll".split(
    " ",
  ),
);
/** What these properties hold is prose. */
const PROSE = new Set(["message", "detail", "title", "reason"]);

/** Mutants of one file, in its order: what is written instead of which part, and the node that the switch is put around. */
export function mutantsOf(file, source) {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0].message}`);
  const mutants = [];
  const add = (host, kind, part, text, asStatement = false) =>
    mutants.push({ file, kind, host, start: part.start, end: part.end, text, asStatement });
  walk(program, [], (node, parents) => mutate({ node, parents, source, add }));
  return mutants.filter(({ text, start, end }) => text !== source.slice(start, end));
}

function mutate({ node, parents, source, add }) {
  const text = (part) => source.slice(part.start, part.end);
  const parent = parents.at(-1);
  const host = hostOf(node, parents);
  switch (node.type) {
    case "IfStatement":
    case "ConditionalExpression":
      add(node.test, "condition", node.test, "true");
      add(node.test, "condition", node.test, "false");
      break;
    case "WhileStatement":
    case "DoWhileStatement":
    case "ForStatement":
      if (node.test) add(node.test, "condition", node.test, "false");
      break;
    case "LogicalExpression":
      add(host, "operand", node, `(${text(node.left)})`);
      add(host, "operand", node, `(${text(node.right)})`);
      break;
    case "BinaryExpression": {
      if (node.operator === "+" && [node.left, node.right].some(isText)) break;
      const isTest = parent.test === node && node.operator.endsWith("==");
      for (const operator of isTest ? [] : (BINARY[node.operator] ?? []))
        add(host, "operator", node, `(${text(node.left)}) ${operator} (${text(node.right)})`);
      break;
    }
    case "UnaryExpression":
      if (["!", "-", "~"].includes(node.operator) && parent.test !== node)
        add(host, "operator", node, `(${text(node.argument)})`);
      break;
    case "UpdateExpression": {
      const operator = node.operator === "++" ? "--" : "++";
      add(host, "operator", node, node.prefix ? operator + text(node.argument) : text(node.argument) + operator);
      break;
    }
    case "AssignmentExpression":
      if (ASSIGNMENT[node.operator])
        add(host, "operator", node, `${text(node.left)} ${ASSIGNMENT[node.operator]} ${text(node.right)}`);
      break;
    case "Literal":
      mutateLiteral({ node, parent, host, add });
      break;
    case "ArrayExpression":
      if (node.elements.length > 0) add(host, node.elements.every(isText) ? "text" : "list", node, "[]");
      break;
    case "CallExpression":
      if (node.callee.type === "MemberExpression" && !node.callee.computed) mutateCall({ node, host, add, text });
      break;
    case "ExpressionStatement":
      if (node.expression.callee?.type !== "Super") add(node, "statement", node, "", true);
      break;
    case "BreakStatement":
    case "ContinueStatement":
    case "ThrowStatement":
      add(node, "statement", node, "", true);
      break;
    case "ReturnStatement":
      if (node.argument === null) add(node, "statement", node, "", true);
      break;
  }
}

function mutateLiteral({ node, parent, host, add }) {
  const { value } = node;
  if (typeof value === "boolean") add(host, "constant", node, String(!value));
  else if (typeof value === "number") add(host, "constant", node, String(value + 1));
  else if (typeof value === "bigint") add(host, "constant", node, `${value + 1n}n`);
  else if (node.regex) add(host, "constant", node, "/(?!)/");
  else if (typeof value === "string" && !value.includes(" ") && !PROSE.has(parent.key?.name))
    add(host, "text", node, value === "" ? '"\\u0001"' : '""');
}

function mutateCall({ node, host, add, text }) {
  const { object, property } = node.callee;
  const swapped = SWAPPED.get(property.name);
  if (swapped !== undefined) add(host, "method", property, swapped);
  if (DROPPED.has(property.name)) add(host, "method", node, text(object));
}

function isText(node) {
  return node?.type === "TemplateLiteral" || typeof node?.value === "string";
}

/** A switch must not stand inside a chain of `?.`, which it would cut in two. */
function hostOf(node, parents) {
  let host = node;
  for (const parent of parents.toReversed()) {
    const isLink = ["MemberExpression", "CallExpression", "TSNonNullExpression"].includes(parent.type);
    const isHead = parent.object === host || parent.callee === host || parent.expression === host;
    if (parent.type === "ChainExpression") return parent;
    if (!isLink || !isHead) break;
    host = parent;
  }
  return node;
}

function walk(node, parents, visit) {
  if (node.type.startsWith("TS") && !/^TS(?:As|Satisfies|NonNull)Expression$/.test(node.type)) return;
  if (/^(?:Import|ExportAll)/.test(node.type) && node.type !== "ImportExpression") return;
  visit(node, parents);
  const within = [...parents, node];
  for (const [key, value] of Object.entries(node)) {
    if (key === "typeAnnotation" || key === "parent" || (key === "key" && !node.computed)) continue;
    if (node.type === "ImportExpression" || (node.type === "MemberExpression" && key === "property" && !node.computed))
      continue;
    for (const child of Array.isArray(value) ? value : [value])
      if (typeof child?.type === "string") walk(child, within, visit);
  }
}

/** The source with a switch around each host; the mutants' numbers are `first` and following. */
export function instrument(source, mutants, first, switchModule) {
  const hosts = new Map();
  mutants.forEach((mutant, index) => {
    const { start, end } = mutant.host;
    const key = `${start} ${end} ${mutant.asStatement}`;
    const host = hosts.get(key) ?? { start, end, asStatement: mutant.asStatement, mutants: [] };
    hosts.set(key, host);
    host.mutants.push({ ...mutant, id: first + index });
  });
  // Outermost first, a statement before the expression of the same place.
  const ordered = [...hosts.values()].sort(
    (a, b) => a.start - b.start || b.end - a.end || Number(b.asStatement) - Number(a.asStatement),
  );
  let next = 0;
  const render = (start, end) => {
    let out = "";
    let at = start;
    while (next < ordered.length && ordered[next].start < end) {
      const host = ordered[next++];
      out += source.slice(at, host.start) + switched(host, render(host.start, host.end));
      at = host.end;
    }
    return out + source.slice(at, end);
  };
  const switched = (host, original) => {
    if (host.asStatement) return `{if(!$m(${host.mutants[0].id})){${original}}}`;
    const changed = ({ start, end, text }) => source.slice(host.start, start) + text + source.slice(end, host.end);
    return `(${host.mutants.map((mutant) => `$m(${mutant.id})?(${changed(mutant)}):`).join("")}(${original}))`;
  };
  return `import { $m } from ${JSON.stringify(switchModule)};\n${render(0, source.length)}`;
}

/** How a person finds it: place, and the line as it was and as it became. */
export function describe({ file, kind, start, end, text }, source) {
  const lineStart = source.lastIndexOf("\n", start - 1) + 1;
  const line = source.slice(0, start).split("\n").length;
  const was = source.slice(start, end).replace(/\s+/g, " ");
  const whole = source.slice(lineStart, source.indexOf("\n", start)).trim();
  return { file, line, column: start - lineStart + 1, kind, was, becomes: text.replace(/\s+/g, " "), whole };
}
