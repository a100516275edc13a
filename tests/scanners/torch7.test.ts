import { describe, expect, it } from "vitest";
import { concat, u32 } from "../builders/bytes.js";
import { scanBytes, told } from "../builders/scan.js";
import { bytecode, lua } from "../builders/torch7.js";

const scan = async (bytes: Uint8Array) => told(await scanBytes("net.t7", bytes));

describe("a Torch7 file", () => {
  it("is silent as a table of tensors and modules", async () => {
    const module = lua.instance(7, "nn.Linear", lua.table(8, lua.text("weight"), lua.tensor(9, 3)));
    expect(await scan(lua.table(1, lua.text("weight"), lua.tensor(2, 4), lua.text("module"), module))).toEqual([]);
  });

  it("is known by its content under any name", async () => {
    const report = await scanBytes("weights.dat", lua.table(1, lua.text("weight"), lua.tensor(2, 4)));
    expect(report.formats).toEqual(["torch7"]);
  });

  it.each([6, 7, 8] as const)("tells functions of type %i", async (type) => {
    const code = lua.function(type, 5, bytecode("print", "x"));
    expect(await scan(lua.table(1, lua.text("forward"), code))).toEqual(["high torch7/lua-function"]);
  });

  it("tells functions that reach the system as critical", async () => {
    const code = lua.function(8, 5, bytecode("os", "execute", "id"));
    expect(await scan(lua.table(1, lua.text("forward"), code))).toEqual(["critical torch7/lua-function"]);
  });

  it("grades classes by their package", async () => {
    expect(await scan(lua.instance(1, "nn.Sequential", lua.table(2)))).toEqual([]);
    expect(await scan(lua.instance(1, "mylab.Layer", lua.table(2)))).toEqual(["low torch7/class"]);
    expect(await scan(lua.instance(1, "io.popen.Foo", lua.table(2)))).toEqual(["medium torch7/class"]);
  });

  it("stays partial where a class stores itself in its own way, and looks for bytecode behind it", async () => {
    const report = await scanBytes("net.t7", lua.instance(1, "mylab.Blob", u32(77), u32(1)));
    expect(report.state).toBe("partial");
    expect(told(report)).toEqual(["low torch7/class", "low torch7/opaque-class"]);
    const hidden = lua.instance(1, "mylab.Blob", u32(77), concat(Buffer.from(bytecode("os", "execute"), "latin1")));
    expect(await scan(hidden)).toContain("critical torch7/lua-function");
  });

  it("does not lose a function behind an index that is taken", async () => {
    const taken = lua.table(1, lua.text("forward"), lua.function(8, 1, bytecode("x")));
    expect(await scan(taken)).toEqual(["high torch7/lua-function", "medium analysis/malformed"]);
    const again = lua.table(1, lua.text("self"), concat(u32(3), u32(1)));
    expect(await scan(again)).toEqual([]);
  });

  it("reads the text form", async () => {
    const code = "\x1bLJ io.popen('id')";
    expect(await scan(concat(`6\n${code.length}\n${code}\n3\n1\n0\n`))).toEqual(["critical torch7/lua-function"]);
    const storage = "4\n3\n3\nV 1\n18\ntorch.FloatStorage\n2\n0.5 1\n";
    const tensor = `4\n2\n3\nV 1\n17\ntorch.FloatTensor\n1\n2\n1\n1\n${storage}`;
    expect(await scan(concat(`3\n1\n1\n2\n6\nweight\n${tensor}`))).toEqual([]);
  });

  it("tells commands and leftovers", async () => {
    expect(await scan(lua.table(1, lua.text("note"), lua.text("os.execute: os.system('curl http://x.test')")))).toEqual(
      ["medium config/command-text"],
    );
    expect(await scan(concat(lua.table(1, lua.text("a"), lua.nil), "behind it all"))).toEqual([
      "medium analysis/trailing-data",
    ]);
  });

  it("ends on lengths and depths that cannot be", async () => {
    expect(await scan(concat(u32(3), u32(1), u32(0x7fffffff), lua.text("a")))).toEqual(["medium analysis/malformed"]);
    let deep = lua.nil;
    for (let i = 5000; i > 0; i--) deep = concat(u32(3), u32(i), u32(1), lua.text("k"), deep);
    expect(await scan(deep)).toEqual(["medium analysis/limit-exceeded"]);
  });
});
