import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { defaultPolicy } from "../../../src/config/load.js";
import { IsolationNeeded, scanArtifact } from "../../../src/engine/scan-artifact.js";
import { ParseError } from "../../../src/errors.js";
import { openLibrary } from "../../../src/formats/hdf5/library.js";
import { attributeBytes, kindOf, namesIn, openDataset } from "../../../src/formats/hdf5/library-objects.js";
import { Budget } from "../../../src/io/budget.js";
import { BufferSource } from "../../../src/io/byte-source.js";
import { endlessInLibrary, externalLink, group, hdf5 } from "../../builders/hdf5.js";

const fixture = (path: string) => readFileSync(`fixtures/${path}`);
const open = (path: string) => openLibrary(new BufferSource(fixture(path)));
const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();

async function scanInMainThread(bytes: Uint8Array) {
  const policy = await defaultPolicy();
  const artifact = { path: "m.h5", name: "m.h5", source: new BufferSource(bytes) };
  return scanArtifact(artifact, { policy, budget: new Budget(policy.limits), isolated: false });
}

describe("the HDF5 library", () => {
  it("is not asked about files that our own reader reads", async () => {
    for (const path of ["keras/ok.dense.h5", "hdf5/ok.old-groups.h5", "hdf5/bad.virtual.h5"]) {
      expect((await scanInMainThread(fixture(path))).state).toBe("scanned");
    }
  });

  it("runs only where its thread can be ended", async () => {
    await expect(scanInMainThread(fixture("hdf5/bad.pickles.h5"))).rejects.toThrow(IsolationNeeded);
    await expect(scanInMainThread(endlessInLibrary(fixture("keras/ok.dense.h5")))).rejects.toThrow(IsolationNeeded);
  });

  it("sees what our own reader sees", async () => {
    const library = await open("hdf5/ok.dense-groups.h5");
    expect([...namesIn(library, "/")].sort()).toEqual(["alias", "chunked", "layers", "names", "texts"]);
    expect(text(attributeBytes(library, "/", "about")[0])).toBe("a file of h5py");
    expect([...(openDataset(library, "/texts").values ?? [])].map(text)).toEqual(["some text", "more."]);
    expect(openDataset(library, "/chunked").values).toBeUndefined();
    expect(openDataset(library, "/chunked").filters.map(({ id }) => id)).toEqual([2, 1, 3]);
  });

  it("finds nothing behind external links", async () => {
    const library = await open("hdf5/bad.external-link.h5");
    expect(kindOf(library, "/weights")).toBe("external");
    expect(() => namesIn(library, "/weights")).toThrow(ParseError);
  });

  it("says what it cannot open", async () => {
    const broken = hdf5(group({ a: externalLink("x", "/y") })).subarray(0, 60);
    await expect(openLibrary(new BufferSource(broken))).rejects.toThrow(ParseError);
  });
});
