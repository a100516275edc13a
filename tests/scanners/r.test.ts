import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { concat } from "../builders/bytes.js";
import { ascii, type Item, native, r, workspace, xdr } from "../builders/r.js";
import { scanBytes, told } from "../builders/scan.js";

const scan = async (bytes: Uint8Array, name = "model.rds") => told(await scanBytes(name, bytes));
const system = r.call(r.symbol("system"), r.text("id"));
const harmless = r.call(r.symbol("mean"), r.symbol("x"));

describe.each([
  ["XDR", (item: Item) => xdr(item)],
  ["XDR of version 3", (item: Item) => xdr(item, 3)],
  ["native", (item: Item) => native(item)],
  ["ASCII", (item: Item) => ascii(item)],
  ["gzip", (item: Item) => gzipSync(xdr(item))],
])("an R object in %s form", (_form, write) => {
  it("is silent as data with the call that made it", async () => {
    const model = r.list(r.integers(1, 2, 3), r.text("y ~ x"), r.call(r.symbol("lm"), r.symbol("y")), r.symbol("x"));
    expect(await scan(write(model))).toEqual([]);
  });

  it("tells a promise that waits", async () => {
    expect(await scan(write(r.promise(r.unbound, system)))).toEqual(["critical r/promise"]);
    expect(await scan(write(r.promise(r.unbound, harmless)))).toEqual(["high r/promise"]);
  });

  it("tells calls that reach the system", async () => {
    expect(await scan(write(system))).toEqual(["medium r/dangerous-call"]);
    expect(await scan(write(harmless))).toEqual([]);
  });
});

describe("an R object", () => {
  it("may hold promises that were evaluated, and arguments that nobody used", async () => {
    expect(await scan(xdr(r.promise(r.integers(1), harmless)))).toEqual([]);
    const frame = r.pairs(["x", r.promise(r.unbound, harmless)]);
    expect(await scan(xdr(r.environment(frame)))).toEqual(["low r/promise"]);
    const hostile = r.pairs(["x", r.promise(r.unbound, system)]);
    expect(await scan(xdr(r.environment(hostile)))).toEqual(["critical r/promise"]);
  });

  it("tells functions of its own, not those of packages", async () => {
    expect(await scan(xdr(r.closure(r.globalEnvironment, harmless)))).toEqual(["low r/function"]);
    expect(await scan(xdr(r.closure(r.namespace("stats"), harmless)))).toEqual([]);
    expect(await scan(xdr(r.closure(r.namespace("stats"), system)))).toEqual(["medium r/dangerous-call"]);
  });

  it("sees through other ways to name a function", async () => {
    const qualified = r.call(r.symbol("::"), r.symbol("base"), r.symbol("system"));
    expect(await scan(xdr(r.call(qualified, r.text("id"))))).toEqual(["medium r/dangerous-call"]);
    expect(await scan(xdr(r.call(r.symbol("do.call"), r.text("system"), r.text("id"))))).toEqual([
      "medium r/dangerous-call",
    ]);
    expect(await scan(xdr(r.call(r.symbol("get"), r.text("system"))))).toEqual(["medium r/dangerous-call"]);
    expect(await scan(xdr(r.call(r.symbol("paste"), r.text("system"))))).toEqual([]);
    expect(await scan(xdr(r.call(r.symbol("get"), r.symbol("system"))))).toEqual([]);
    expect(await scan(xdr(r.call(r.symbol("@"), r.symbol("object"), r.symbol("source"))))).toEqual([]);
  });

  it("reads what bytecode was compiled from", async () => {
    const closure = r.closure(r.globalEnvironment, r.bytecode("system", "id"));
    expect(await scan(xdr(closure))).toEqual(["medium r/dangerous-call"]);
    expect(await scan(xdr(r.closure(r.globalEnvironment, r.bytecode("mean", "x"))))).toEqual(["low r/function"]);
    expect(await scan(xdr(r.bytecode("mean", "x")))).toEqual(["medium r/loose-bytecode"]);
    const naming = (name: string) => xdr(r.closure(r.globalEnvironment, r.bytecodeNaming("x", name)));
    expect(await scan(naming("system"))).toEqual(["medium r/dangerous-call"]);
    expect(await scan(naming("mean"))).toEqual(["low r/function"]);
  });

  it("tells active bindings", async () => {
    const closure = r.closure(r.namespace("stats"), harmless);
    expect(await scan(xdr(r.environment(r.activeBinding("value", closure))))).toEqual(["low r/active-binding"]);
    expect(await scan(xdr(r.environment(r.pairs(["value", closure]))))).toEqual([]);
  });

  it("tells what follows it", async () => {
    expect(await scan(concat(xdr(r.integers(1)), "something else"))).toEqual(["medium analysis/trailing-data"]);
  });

  it("ends on lengths, references and depths that cannot be", async () => {
    expect(await scan(xdr([13, 0x7fffffff]))).toEqual(["medium analysis/malformed"]);
    expect(await scan(xdr([(9 << 8) | 255]))).toEqual(["medium analysis/malformed"]);
    const deep = [...Array.from({ length: 5000 }, () => [19, 1]).flat(), 254];
    expect(await scan(xdr(deep))).toEqual(["medium analysis/limit-exceeded"]);
  });
});

describe("an R workspace", () => {
  it("is silent as named data and told by its promises", async () => {
    expect(await scan(workspace(r.pairs(["m", r.integers(1)], ["n", r.text("a")])), "x.RData")).toEqual([]);
    expect(await scan(workspace(r.pairs(["m", r.promise(r.unbound, system)])), "x.RData")).toEqual([
      "critical r/promise",
    ]);
  });

  it("holds named objects and nothing else", async () => {
    expect(await scan(workspace(r.integers(1)), "x.RData")).toEqual(["medium analysis/malformed"]);
  });
});
