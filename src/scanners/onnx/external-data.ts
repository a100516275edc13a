import type { OnnxTensor } from "../../formats/onnx/model.js";
import { announcedSize } from "../../formats/onnx/tensor-size.js";
import { describeReach, reachOf } from "../file-reference.js";
import type { Observation, ScanContext, Tree, TreeEntry } from "../scanner.js";
import { folderOf } from "../tree-entries.js";

/** The keys that onnx itself writes, and `basepath`, which older tools add. */
const KEYS = new Set(["location", "offset", "length", "checksum", "basepath"]);
/** Weights that onnxruntime packed beforehand. */
const PREPACKED = /^prepacked_\d{1,9}$/;
/** Python's own attributes, and those of the object that onnx keeps the settings in. */
const ATTRIBUTE = /^_|__$/;
/** onnxruntime's mark for data that lies in memory: the offset is then an address. */
const MEMORY_ADDRESS = /_ORT_MEM_ADDR_/;
const MAX_SHOWN = 300;
const DECIMAL = /^-?[0-9]{1,40}$/;
/** A link of a Hugging Face cache leads from a snapshot to a blob named by its hash. */
const CACHE_BLOB = /^(?:\.\.\/){1,6}blobs\/[0-9a-f]{4,64}$/;

/** Judges where tensors take their data from. One instance for one model: its folder is listed once. */
export class ExternalData {
  private tree: Promise<Tree | undefined> | undefined;

  constructor(private readonly context: ScanContext) {}

  async judge(tensor: OnnxTensor, place: string): Promise<void> {
    const { external, isExternal, offset } = tensor;
    if (external.length === 0 && !isExternal) return;
    const about = `tensor ${shown(tensor.name)}${place}`;
    const tell = (observation: Observation) =>
      this.context.report({ offset, ...observation, message: `${observation.message} (${about})` });
    for (const { key } of external) this.judgeKey(key, tell);
    // The last one counts for most readers, the first for some.
    const locations = new Set(external.filter(({ key }) => key === "location").map(({ value }) => value));
    for (const location of locations) await this.judgeLocation(location, tensor, tell);
    if (locations.size === 0)
      tell({ rule: "onnx/external-data-missing", message: "external data without a location", subject: "" });
  }

  private judgeKey(key: string, tell: (observation: Observation) => void): void {
    if (KEYS.has(key) || PREPACKED.test(key)) return;
    const isAttribute = ATTRIBUTE.test(key);
    tell({
      rule: "onnx/external-data-key",
      ...(isAttribute ? {} : { severity: "low" as const }),
      message: `external data with the key ${JSON.stringify(shown(key))}`,
      subject: shown(key),
    });
  }

  private async judgeLocation(
    location: string,
    tensor: OnnxTensor,
    tell: (observation: Observation) => void,
  ): Promise<void> {
    const problem = problemOf(location);
    if (problem !== undefined) {
      tell({
        rule: "onnx/external-data-path",
        message: `external data at ${JSON.stringify(shown(location))}, ${problem}`,
        subject: shown(location),
        evidence: { location: shown(location) },
      });
    }
    this.tree ??= this.context.tree();
    const tree = await this.tree;
    const entry =
      problem === undefined ? tree?.find(folderOf(this.context.name) + location.replace(/^(?:\.\/)+/, "")) : undefined;
    if (entry && (entry.kind === "symlink" || entry.kind === "hardlink")) judgeLink(location, entry, tell);
    for (const observation of judgeExtent(tensor, entry?.kind === "file" ? entry.size : undefined)) tell(observation);
    if (problem === undefined && entry === undefined && tree !== undefined) {
      const message = `external data at ${JSON.stringify(shown(location))}, which is not there`;
      tell({ rule: "onnx/external-data-missing", message, subject: shown(location) });
    }
  }
}

function problemOf(location: string): string | undefined {
  if (MEMORY_ADDRESS.test(location)) return "an address in the loader's memory";
  if (location.includes("\0")) return "a path with a NUL character";
  if (location.trim() === "" || location === ".") return "the folder itself";
  const reach = reachOf(location);
  return reach === "relative" ? undefined : describeReach(reach);
}

function judgeLink(location: string, { kind, link = "" }: TreeEntry, tell: (observation: Observation) => void): void {
  if (kind === "symlink" && CACHE_BLOB.test(link)) return;
  const isInside = kind === "symlink" && reachOf(link) === "relative";
  tell({
    rule: "onnx/external-data-link",
    ...(isInside ? { severity: "low" as const } : {}),
    message: `external data at ${JSON.stringify(shown(location))}, a ${kind === "symlink" ? "symbolic" : "hard"} link to ${JSON.stringify(shown(link))}`,
    subject: shown(location),
    evidence: { target: shown(link) },
  });
}

/** `fileSize` where the file is there and is a file. */
function* judgeExtent(tensor: OnnxTensor, fileSize: number | undefined): Generator<Observation> {
  const start = numberOf(tensor, "offset");
  const length = numberOf(tensor, "length");
  for (const [key, value] of [
    ["offset", start],
    ["length", length],
  ] as const) {
    if (value === "invalid" || (value !== undefined && (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)))) {
      yield extent(`external data with the ${key} ${value === "invalid" ? "that is no number" : value}`, key);
      return;
    }
  }
  if (start === "invalid" || length === "invalid") return;
  const size = announcedSize(tensor);
  const announced = size.kind === "elements" ? size.bytes : undefined;
  if (length !== undefined && announced !== undefined && length < announced) {
    yield extent(`external data of ${length} bytes for a tensor of ${announced}`, "length");
  }
  const wanted = (start ?? 0n) + (length ?? announced ?? 0n);
  if (fileSize !== undefined && wanted > BigInt(fileSize)) {
    yield extent(`external data up to byte ${wanted} of a file of ${fileSize}`, "end");
  }
}

function extent(message: string, subject: string): Observation {
  return { rule: "onnx/external-data-extent", message, subject };
}

function numberOf({ external }: OnnxTensor, key: string): bigint | "invalid" | undefined {
  const value = external.findLast((entry) => entry.key === key)?.value.trim();
  if (value === undefined || value === "") return undefined;
  return DECIMAL.test(value) ? BigInt(value) : "invalid";
}

function shown(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}
