import { describe, expect, it } from "vitest";
import { scanBytes, told } from "../builders/scan.js";

async function scan(metadata: object): Promise<string[]> {
  return told(await scanBytes("_METADATA", JSON.stringify({ tree_metadata: {}, ...metadata })));
}

describe("the judgement of Orbax metadata", () => {
  it("is silent on what Orbax writes", async () => {
    const handler = "orbax.checkpoint._src.handlers.standard_checkpoint_handler.StandardCheckpointHandler";
    expect(await scan({ item_handlers: { default: handler }, use_ocdbt: true })).toEqual([]);
    expect(await scan({ store: { driver: "ocdbt", kvstore: { driver: "file", path: "d/" } } })).toEqual([]);
  });

  it("tells a store on the network", async () => {
    for (const kvstore of [
      { driver: "http", base_url: "https://example.org/" },
      { driver: "gcs", bucket: "somebody" },
      { driver: "s3", bucket: "somebody", path: "x" },
    ]) {
      expect(await scan({ store: { driver: "zarr", kvstore } })).toEqual(["medium orbax/remote-store"]);
    }
    expect(await scan({ store: { driver: "zarr", kvstore: "gs://somebody/x" } })).toEqual([
      "medium orbax/remote-store",
    ]);
  });

  it("tells a store outside the checkpoint's folder", async () => {
    for (const path of ["/etc/", "../../x", "C:\\x"]) {
      expect(await scan({ store: { driver: "zarr", kvstore: { driver: "file", path } } })).toEqual([
        "high orbax/store-outside",
      ]);
    }
    expect(await scan({ store: { driver: "zarr", kvstore: "file:///etc/" } })).toEqual(["high orbax/store-outside"]);
  });

  it("notes a handler of another package, and tells a callable that is none", async () => {
    expect(await scan({ item_handlers: { state: "mypackage.handlers.MyHandler" } })).toEqual([
      "low orbax/foreign-handler",
    ]);
    expect(await scan({ item_handlers: { state: "os.system" } })).toContain("medium orbax/callable-name");
    expect(await scan({ restore_fn: "os.system" })).toEqual(["medium orbax/callable-name"]);
  });

  it("leaves other documents alone", async () => {
    expect(told(await scanBytes("config.json", '{"driver": "http", "base_url": "https://example.org/"}'))).toEqual([]);
  });
});
