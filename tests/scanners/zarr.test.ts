import { describe, expect, it } from "vitest";
import { scanBytes, told } from "../builders/scan.js";

const scan = async (name: string, metadata: object) => told(await scanBytes(name, JSON.stringify(metadata)));
const array = { zarr_format: 2, shape: [2], chunks: [2], dtype: "<f4", compressor: { id: "blosc" }, filters: null };

describe("the judgement of Zarr metadata", () => {
  it("is silent on arrays of numbers", async () => {
    expect(await scan(".zarray", array)).toEqual([]);
    expect(await scan("zarr.json", { zarr_format: 3, node_type: "array", codecs: [{ name: "bytes" }] })).toEqual([]);
  });

  it("tells elements that are pickled, in every version of the format", async () => {
    const pickled = { ...array, dtype: "|O", filters: [{ id: "pickle", protocol: 5 }] };
    expect(await scan(".zarray", pickled)).toEqual(["high zarr/pickle-codec"]);
    expect(await scan("zarr.json", { zarr_format: 3, codecs: [{ name: "numcodecs.pickle" }] })).toEqual([
      "high zarr/pickle-codec",
    ]);
    expect(await scan(".zmetadata", { zarr_consolidated_format: 1, metadata: { "w/.zarray": pickled } })).toEqual([
      "high zarr/pickle-codec",
    ]);
  });
});
