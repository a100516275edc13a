// What the tests use of vitest, without its runner: they are collected once and called again for every mutant.

import { readFileSync } from "node:fs";
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from "@vitest/expect";

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);
chai.use((_, { addMethod }) =>
  addMethod(chai.Assertion.prototype, "toMatchFileSnapshot", async function (path) {
    if (readFileSync(path, "utf8") !== this._obj) throw new Error("differs from the file");
  }),
);

export const expect = Object.assign(
  (value, message) => chai.expect(value, message),
  chai.expect,
  globalThis[ASYMMETRIC_MATCHERS_OBJECT],
);
globalThis[GLOBAL_EXPECT] ??= expect;
setState({ assertionCalls: 0 }, expect);

const path = [];
const { tests } = globalThis.mutation;

export function describe(name, ...rest) {
  path.push(name);
  bodyOf(rest)();
  path.pop();
}
describe.each = each((name, body) => describe(name, body));

export function it(name, ...rest) {
  tests.push({ name: [...path, name].join(" > "), body: bodyOf(rest) });
}
it.each = each(it);
it.skipIf = (isSkipped) => (isSkipped ? () => {} : it);
export const test = it;

function each(declare) {
  return (rows) =>
    (name, ...rest) => {
      const body = bodyOf(rest);
      rows.forEach((row, index) => {
        const named = Array.isArray(row) ? String(row[0]) : (row?.name ?? row?.hope ?? String(row));
        declare(`${name} [${index}] ${named}`, () => (Array.isArray(row) ? body(...row) : body(row)));
      });
    };
}

/** Options may stand before it, a limit of time behind it. */
function bodyOf(rest) {
  return rest.find((part) => typeof part === "function");
}

export function onTestFinished(clean) {
  globalThis.mutation.cleaners.push(clean);
}
