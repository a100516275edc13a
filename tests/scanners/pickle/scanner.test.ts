import { describe, expect, it } from "vitest";
import { made, whole } from "../../attacks/pickle-calls.js";
import { memoryTree } from "../../builders/memory-tree.js";
import * as p from "../../builders/pickle.js";
import { scanBytes, told } from "../../builders/scan.js";

const REFERENCE = whole(p.text("0"), p.binpersid);
const SCRIPT_OBJECT = whole(made("__torch__.model", "Net"));

async function toldOf(name: string, bytes: Uint8Array, ...beside: readonly string[]): Promise<string[]> {
  const tree = memoryTree(Object.fromEntries([name, ...beside].map((each) => [each, "3"])), "zip");
  return told(await scanBytes(name, bytes, { tree }));
}

describe("a record of a torch archive", () => {
  it.each([["version"], ["data/0"], [".data/version"], ["storages"], ["0.storage"]])(
    "refers to the storages beside it where there is %s",
    async (beside) => {
      expect(await toldOf("data.pkl", REFERENCE, beside)).toEqual([]);
    },
  );

  it("refers to something outside where nothing of torch is beside it, or it is no record", async () => {
    const outside = ["low pickle/persistent-id"];
    expect(await toldOf("data.pkl", REFERENCE)).toEqual(outside);
    expect(await toldOf("data.pkl", REFERENCE, "version.txt")).toEqual(outside);
    expect(await toldOf("model.pkl", REFERENCE, "version")).toEqual(outside);
  });

  it("has objects of a program where the program is beside it", async () => {
    const code = ["code/__torch__/model.py", "constants.pkl", "version"];
    expect(await toldOf("data.pkl", SCRIPT_OBJECT, ...code)).toEqual([]);
    expect(await toldOf("data.pkl", SCRIPT_OBJECT, "version")).toEqual(["low pickle/unknown-class"]);
    expect(await toldOf("model.pkl", SCRIPT_OBJECT, ...code)).toEqual(["low pickle/unknown-class"]);
  });
});

it("passes over what is no pickle, whatever its name", async () => {
  const { state, reason } = await scanBytes("model.pkl", "some words, and no pickle at all\n");
  expect([state, reason]).toEqual(["skipped", "the content is no pickle"]);
});
