// What instructions do that call and make functions.
import { named, textOf, UNKNOWN, type Value } from "../code/value.js";
import type { Machine } from "./machine.js";
import { elements, type Operation, V311, V313, V314 } from "./operation.js";
import { NULL } from "./stack.js";

export const CALL_OPERATIONS: { readonly [op: string]: Operation } = {
  PUSH_NULL: (m) => m.push(NULL),
  KW_NAMES: (m, arg) => {
    m.keywordNames = m.constantAt(arg);
  },
  CALL: (m, arg) => {
    const { args, keywords } = m.splitKeywords(m.popMany(arg), m.keywordNames);
    m.keywordNames = undefined;
    m.callWithSelf(args, keywords);
  },
  CALL_KW: (m, arg) => {
    const names = m.pop();
    const { args, keywords } = m.splitKeywords(m.popMany(arg), names);
    m.callWithSelf(args, keywords);
  },
  CALL_METHOD: (m, arg) => {
    const args = m.popMany(arg);
    m.callWithSelf(args);
  },
  CALL_FUNCTION: (m, arg) => {
    const isPython2 = m.table.order < 300;
    const keywords = isPython2 ? keywordPairs(m, (arg >> 8) & 0xff) : [];
    const args = m.popMany(isPython2 ? arg & 0xff : arg);
    m.call(m.pop(), args, keywords);
  },
  CALL_FUNCTION_KW: (m, arg) => {
    const last = m.pop();
    if (m.table.order < 300) {
      callPython2(m, arg, [{ name: "", value: last }]);
      return;
    }
    const { args, keywords } = m.splitKeywords(m.popMany(arg), last);
    m.call(m.pop(), args, keywords);
  },
  CALL_FUNCTION_VAR: (m, arg) => {
    const rest = m.pop();
    callPython2(m, arg, [], rest);
  },
  CALL_FUNCTION_VAR_KW: (m, arg) => {
    const keywords = m.pop();
    const rest = m.pop();
    callPython2(m, arg, [{ name: "", value: keywords }], rest);
  },
  CALL_FUNCTION_EX: (m, arg) => {
    const hasKeywords = m.table.order >= V314 || (arg & 1) === 1;
    const keywords = hasKeywords ? mappingKeywords(m.pop()) : [];
    const args = elements(m.pop());
    if (m.table.order >= V311) m.callWithSelf(args, keywords);
    else m.call(m.pop(), args, keywords);
  },
  EXEC_STMT: (m) => {
    const [code = UNKNOWN] = m.popMany(3);
    m.call(named("builtins.exec", "builtin"), [code]);
    m.pop();
  },
  MAKE_FUNCTION: (m, arg) => makeFunction(m, arg),
  MAKE_CLOSURE: (m, arg) => {
    const code = m.pop();
    m.popMany(arg + 1);
    m.push(code);
  },
  SET_FUNCTION_ATTRIBUTE: (m) => {
    const [attribute = UNKNOWN, made = UNKNOWN] = m.popMany(2);
    m.evaluator.mention(attribute, m.at);
    m.push(made);
  },
};

function makeFunction(m: Machine, flags: number): void {
  if (m.table.order < 300) {
    const code = m.pop();
    m.drop(flags);
    m.push(code);
    return;
  }
  if (m.table.order < V311) m.pop(); // qualified name
  const code = m.pop();
  if (m.table.order < V313) {
    // Closure, annotations, keyword defaults and defaults: one value for each flag.
    for (const flag of [8, 4, 2, 1]) if ((flags & flag) !== 0) m.drop(1);
  }
  m.push(code);
}

function callPython2(m: Machine, arg: number, keywords: { name: string; value: Value }[], rest?: Value): void {
  const own = keywordPairs(m, (arg >> 8) & 0xff);
  const args = m.popMany(arg & 0xff);
  m.call(m.pop(), rest === undefined ? args : [...args, ...elements(rest)], [...own, ...keywords]);
}

function keywordPairs(m: Machine, count: number): { name: string; value: Value }[] {
  const flat = m.popMany(count * 2);
  return Array.from({ length: count }, (_, i) => ({
    name: textOf(flat[2 * i]) ?? "",
    value: flat[2 * i + 1] ?? UNKNOWN,
  }));
}

function mappingKeywords(value: Value): { name: string; value: Value }[] {
  if (value.kind === "mapping") return value.entries.map(([key, item]) => ({ name: textOf(key) ?? "", value: item }));
  return value === NULL ? [] : [{ name: "", value }];
}
