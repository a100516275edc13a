import { describe, expect, it } from "vitest";
import { concat, u32, u64, zeros } from "../builders/bytes.js";
import { bytesVector, type FlatNode, flatbuffer, i8, i32, i64, list, table } from "../builders/flatbuffer.js";
import { scanBytes, told } from "../builders/scan.js";

const elf = concat([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0], zeros(8), [2, 0, 0x3e, 0, 1, 0, 0, 0], zeros(40));

interface Program {
  readonly operators?: readonly string[];
  readonly delegate?: string;
  readonly blob?: Uint8Array;
  readonly segments?: readonly FlatNode[];
}

function program({ operators = ["aten::add"], delegate, blob, segments }: Program = {}): Uint8Array {
  const plan = table({
    0: "forward",
    6: list(operators.map((name) => table({ 0: name, 1: "out" }))),
    7: delegate === undefined ? undefined : list([table({ 0: delegate, 1: table({ 0: i8(0), 1: i32(0) }) })]),
  });
  const root = table({
    0: i32(0),
    1: list([plan]),
    3: blob && list([table({ 0: bytesVector(blob) })]),
    4: segments && list(segments),
  });
  return flatbuffer(root, "ET12");
}

async function scan(bytes: Uint8Array): Promise<string[]> {
  return told(await scanBytes("model.pte", bytes));
}

/** The header of files with segments stands before the flatbuffer's first table. */
function withHeader(bytes: Uint8Array, programSize: number, segmentBase: number): Uint8Array {
  const header = concat("eh00", u32(24), u64(programSize), u64(segmentBase));
  const root = new DataView(bytes.buffer).getUint32(0, true);
  return concat(u32(root + header.length), bytes.subarray(4, 8), header, bytes.subarray(8));
}

describe("the ExecuTorch scanner", () => {
  it("is silent on a program of PyTorch's own operators", async () => {
    expect(await scan(program())).toEqual([]);
    expect(await scan(withHeader(program(), 100, 0))).toEqual([]);
  });

  it("notes delegates and foreign operators", async () => {
    expect(await scan(program({ delegate: "XnnpackBackend", blob: zeros(32) }))).toEqual(["info executorch/delegate"]);
    expect(await scan(program({ operators: ["evil::load"] }))).toEqual(["low executorch/custom-operator"]);
  });

  it("tells a native program, in a delegate's blob or in a file that is nothing else", async () => {
    expect(await scan(program({ delegate: "X", blob: elf }))).toContain("high executorch/embedded-program");
    const wrapper = concat(u32(8), "ET12", zeros(8), elf);
    expect((await scan(wrapper)).sort()).toEqual(["high executorch/embedded-program", "medium analysis/malformed"]);
  });

  it("tells segments and headers that point outside the file", async () => {
    expect(await scan(program({ segments: [table({ 0: i64(0), 1: i64(16) })] }))).toEqual([]);
    expect(await scan(program({ segments: [table({ 0: i64(1n << 40n), 1: i64(16) })] }))).toEqual([
      "medium executorch/bad-range",
    ]);
    expect(await scan(withHeader(program(), 1 << 30, 0))).toEqual(["medium analysis/malformed"]);
  });
});
