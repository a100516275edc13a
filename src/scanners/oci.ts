// OCI image layout 1.1 (https://github.com/opencontainers/image-spec/blob/main/image-layout.md), the archive of `docker save`, and Ollama's
// model store. Layers are scanned as the files they are; this is about what the manifests say of them.

import { parseJson } from "../formats/json/parse.js";
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../formats/json/value.js";
import { describeReach, reachOf } from "./file-reference.js";
import type { Layout, Observation, ScanContext, Tree } from "./scanner.js";
import { baseName, entriesOf, readEntry, treeIndex } from "./tree-entries.js";

const INDEX = "index.json";
const DOCKER_MANIFEST = "manifest.json";
/** `algorithm:encoded`, part "Digests" of the specification, with the lengths of the two registered algorithms. */
const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

export class OciLayout implements Layout {
  private readonly seen = new Set<string>();

  async inspect(tree: Tree, root: string, context: ScanContext): Promise<void> {
    const image: Image = { tree, root, context };
    for (const item of listOf(await readJson(image, DOCKER_MANIFEST))) this.inspectDockerImage(item, image);
    await this.inspectManifest(await readJson(image, INDEX), image);
    for (const name of ollamaManifests(tree, root)) await this.inspectManifest(await readJson(image, name), image);
  }

  /** `[{ "Config": "<hex>.json", "Layers": ["<hex>/layer.tar", ...] }]` */
  private inspectDockerImage(item: JsonValue, image: Image): void {
    if (!isJsonObject(item) || !isJsonArray(item.get("Layers"))) return;
    for (const path of [item.get("Config"), ...listOf(item.get("Layers"))]) {
      if (typeof path !== "string") continue;
      const reach = reachOf(path);
      if (reach !== "relative") image.context.report(escaping(path, describeReach(reach)));
      else if (!image.tree.find(image.root + path)) image.context.report(missing(path));
    }
  }

  /** An index lists manifests, a manifest lists a config and layers; all are descriptors. */
  private async inspectManifest(manifest: JsonValue | undefined, image: Image): Promise<void> {
    if (!isJsonObject(manifest)) return;
    for (const key of ["manifests", "layers", "blobs"]) {
      for (const item of listOf(manifest.get(key))) await this.inspectDescriptor(item, image, key === "manifests");
    }
    await this.inspectDescriptor(manifest.get("config"), image, false);
  }

  private async inspectDescriptor(item: JsonValue | undefined, image: Image, isManifest: boolean): Promise<void> {
    if (!isJsonObject(item)) return;
    const digest = item.get("digest");
    if (typeof digest !== "string" || this.seen.has(digest)) return;
    this.seen.add(digest);
    image.context.budget.spendSteps();
    const { context } = image;
    if (!DIGEST.test(digest)) {
      if (/[\\/]/.test(digest)) context.report(escaping(digest, "a path in place of a digest"));
      return;
    }
    const blob = findBlob(image, digest);
    for (const observation of judgeDescriptor(item, digest, blob)) context.report(observation);
    if (isManifest && blob !== undefined) await this.inspectManifest(await readJson(image, blob.path), image);
  }
}

interface Image {
  readonly tree: Tree;
  readonly root: string;
  readonly context: ScanContext;
}

interface Blob {
  /** Below the image's root. */
  readonly path: string;
  readonly size: number;
}

/** OCI keeps `blobs/sha256/<hex>`, Ollama `blobs/sha256-<hex>`. */
function findBlob({ tree, root }: Image, digest: string): Blob | undefined {
  for (const separator of ["/", "-"]) {
    const path = `blobs/${digest.replace(":", separator)}`;
    const entry = tree.find(root + path);
    if (entry?.kind === "file") return { path, size: entry.size };
  }
  return undefined;
}

function* judgeDescriptor(item: JsonObject, digest: string, blob: Blob | undefined): Generator<Observation> {
  const urls = listOf(item.get("urls")).filter((url) => typeof url === "string");
  const mediaType = item.get("mediaType");
  const size = item.get("size");
  const short = digest.slice(0, 19);
  if (urls[0] !== undefined) {
    yield { rule: "oci/remote-layer", message: `${short} is fetched from ${urls[0].slice(0, 200)}`, subject: digest };
  }
  if (typeof mediaType === "string" && mediaType.endsWith("+encrypted")) {
    yield {
      rule: "oci/encrypted-layer",
      message: `${short} is encrypted (${mediaType.slice(0, 100)})`,
      subject: digest,
    };
  }
  if (blob === undefined) {
    if (urls.length === 0) yield missing(digest);
  } else if (typeof size === "number" && size !== blob.size) {
    const message = `${short} has ${blob.size} bytes, the manifest says ${size}`;
    yield { rule: "oci/size-mismatch", message, subject: digest, member: blob.path };
  }
}

function escaping(path: string, what: string): Observation {
  return {
    rule: "oci/path-escape",
    message: `the manifest names ${path.slice(0, 200)}, which is ${what}`,
    subject: path,
  };
}

function missing(name: string): Observation {
  return { rule: "oci/missing-layer", message: `${name.slice(0, 200)} is listed and is not here`, subject: name };
}

async function readJson({ tree, root }: Image, path: string): Promise<JsonValue | undefined> {
  const bytes = await readEntry(tree, root + path);
  return bytes === undefined ? undefined : parseJson(bytes, { tolerant: true, allowTrailing: true }).value;
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return isJsonArray(value) ? value : [];
}

/** `manifests/<registry>/<namespace>/<model>/<tag>`, below the root. */
function ollamaManifests(tree: Tree, root: string): string[] {
  const found: string[] = [];
  for (const folder of treeIndex(tree).entries.keys()) {
    if (!folder.startsWith(`${root}manifests/`)) continue;
    for (const { name, kind } of entriesOf(tree, folder)) {
      if (kind === "file" && !baseName(name).startsWith(".")) found.push(name.slice(root.length));
    }
  }
  return found;
}
