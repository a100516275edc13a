import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { detect } from "../../src/detect/detect.js";
import { BufferSource } from "../../src/io/byte-source.js";
import { type Entry, zip } from "../builders/zip.js";

const WEIGHTS = readFileSync(new URL("../../fixtures/hdf5/ok.old-groups.h5", import.meta.url));
const HEADER_BYTES = 30;

async function formats(bytes: Uint8Array): Promise<readonly string[]> {
  return (await detect(new BufferSource(bytes), "model.keras")).formats;
}

/** An archive of a text and of weights whose content begins at `at`. */
function archive(at: number, rest: Partial<Entry> = {}): Uint8Array {
  const [first, second] = ["config.json", "model.weights.h5"];
  const fill = at - 2 * HEADER_BYTES - first.length - second.length;
  return zip({
    entries: [
      { name: first, data: "x".repeat(fill) },
      { name: second, data: WEIGHTS, ...rest },
    ],
  });
}

it.each([512, 1024, 4096, 1 << 16, 1 << 18])(
  "takes weights that lie stored in a zip at %i for no second content",
  async (at) => {
    const bytes = archive(at);
    expect(bytes.subarray(at, at + 4)).toEqual(WEIGHTS.subarray(0, 4));
    expect(await formats(bytes)).toEqual(["zip"]);
  },
);

it("tells HDF5 in a zip that no entry accounts for", async () => {
  const both = ["zip", "hdf5"];
  const longer = { data: Buffer.concat([WEIGHTS, Buffer.alloc(8)]) };
  expect(await formats(archive(1024, longer))).toEqual(both);
  expect(await formats(archive(1024, { local: { method: 8 } }))).toEqual(both);
  const hidden = archive(1024, { local: { name: "model.weights.h4", size: 1 } });
  expect(await formats(hidden)).toEqual(both);
});
