import { describe, expect, it } from "vitest";
import { memoryTree } from "../builders/memory-tree.js";
import { scanBytes, scanTree, told } from "../builders/scan.js";
import { tar } from "../builders/tar.js";

const digestOf = (letter: string): string => `sha256:${letter.repeat(64)}`;
const blobOf = (letter: string): string => `blobs/sha256/${letter.repeat(64)}`;

interface Descriptor {
  readonly digest: string;
  readonly size?: number;
  readonly mediaType?: string;
  readonly urls?: readonly string[];
}

/** An image layout with one manifest, its config `c` and these layers; `1` is there with four bytes. */
function image(layers: readonly Descriptor[], files: Readonly<Record<string, string>> = {}): Record<string, string> {
  const manifest = JSON.stringify({ schemaVersion: 2, config: { digest: digestOf("c"), size: 2 }, layers });
  return {
    "oci-layout": '{"imageLayoutVersion":"1.0.0"}',
    "index.json": JSON.stringify({ manifests: [{ digest: digestOf("a"), size: manifest.length }] }),
    [blobOf("a")]: manifest,
    [blobOf("c")]: "{}",
    [blobOf("1")]: "text",
    ...files,
  };
}

describe("an image layout", () => {
  it("is ordinary when every layer is there", async () => {
    expect(told(await scanTree(memoryTree(image([{ digest: digestOf("1"), size: 4 }]))))).toEqual([]);
  });

  it.each([
    ["low oci/missing-layer", { digest: digestOf("2") }],
    ["medium oci/size-mismatch", { digest: digestOf("1"), size: 5 }],
    ["medium oci/remote-layer", { digest: digestOf("2"), urls: ["https://example.com/layer"] }],
    [
      "medium oci/encrypted-layer",
      { digest: digestOf("1"), mediaType: "application/vnd.oci.image.layer.v1.tar+encrypted" },
    ],
    ["high oci/path-escape", { digest: "sha256:../../../etc/passwd" }],
  ])("tells: %s", async (line, layer) => {
    expect(told(await scanTree(memoryTree(image([layer]))))).toEqual([line]);
  });

  it("ends on an index that lists itself", async () => {
    const files = image([]);
    files[blobOf("a")] = JSON.stringify({ manifests: [{ digest: digestOf("a") }] });
    expect(told(await scanTree(memoryTree(files)))).toEqual(["medium oci/size-mismatch"]);
  });
});

describe("an archive of docker save", () => {
  it("names its layers by path", async () => {
    const manifest = JSON.stringify([{ Config: "c.json", Layers: ["1/layer.tar", "../../etc/passwd", "/etc/shadow"] }]);
    const files = { "manifest.json": manifest, "c.json": "{}", "1/layer.tar": "text" };
    expect(told(await scanTree(memoryTree(files)))).toEqual(["high oci/path-escape", "high oci/path-escape"]);
  });

  it("has layers that are scanned inside the archive", async () => {
    const layer = tar({ name: "app/model.pkl", data: Buffer.from("\x80\x02cposix\ngetpid\n)R.", "latin1") });
    const saved = tar(
      { name: "manifest.json", data: '[{"Config":"c.json","Layers":["1/layer.tar"]}]' },
      { name: "c.json", data: "{}" },
      { name: "1/layer.tar", data: layer },
    );
    const report = await scanBytes("image.tar", saved);
    expect(report.findings.map(({ rule, member }) => [rule, ...member])).toEqual([
      ["pickle/unsafe-call", "1/layer.tar", "app/model.pkl"],
    ]);
  });
});

describe("Ollama's store", () => {
  const manifest = JSON.stringify({
    config: { digest: digestOf("c") },
    layers: [{ digest: digestOf("1"), mediaType: "application/vnd.ollama.image.model" }],
  });
  const files = {
    "models/manifests/registry.ollama.ai/library/llama/latest": manifest,
    [`models/blobs/sha256-${"c".repeat(64)}`]: "{}",
  };

  it("is read by its folders", async () => {
    expect(told(await scanTree(memoryTree(files)))).toEqual(["low oci/missing-layer"]);
    const complete = { ...files, [`models/blobs/sha256-${"1".repeat(64)}`]: "weights" };
    expect(told(await scanTree(memoryTree(complete)))).toEqual([]);
  });

  it("is not any folder with a manifest", async () => {
    const other = {
      "manifest.json": '{"name":"a page","layers":["x"]}',
      "index.json": '{"manifests":[{"digest":"abc"}]}',
    };
    expect(told(await scanTree(memoryTree(other)))).toEqual([]);
  });
});
