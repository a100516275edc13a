import { readTextMessage } from "../../formats/protobuf/read-text.js";
import { type Shape, shape } from "../../formats/protobuf/shape.js";
import type { ByteSource } from "../../io/byte-source.js";
import { describeReach, reachOf } from "../file-reference.js";
import type { ScanContext, Scanner } from "../scanner.js";
import { baseName, entriesOf, folderOf } from "../tree-entries.js";

interface CheckpointState {
  readonly latest: string | undefined;
  readonly all: readonly string[];
}

/** tensorflow/python/training/checkpoint_state.proto, always as text. */
const checkpointStateShape: Shape<CheckpointState> = shape(
  "CheckpointState",
  { model_checkpoint_path: [1, "text"], all_model_checkpoint_paths: [2, "text"] },
  (m) => ({ latest: m.text("model_checkpoint_path"), all: m.texts("all_model_checkpoint_paths") }),
);

/** The file `checkpoint` beside the checkpoints of a training run: which of them is the latest. */
export class CheckpointStateScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const { value, error, loaded } = await readTextMessage(source, checkpointStateShape, context.budget);
    context.examined(loaded);
    const { latest, all } = value;
    const tree = await context.tree();
    const beside = tree ? entriesOf(tree, folderOf(context.name)).map(({ name }) => baseName(name)) : [];
    for (const path of new Set([...(latest === undefined ? [] : [latest]), ...all])) judge(path, beside, context);
    if (error !== undefined) throw error;
  }
}

/** TensorFlow writes absolute paths when it is told one, so a checkpoint that lies here under its own name has only been moved. */
function judge(path: string, beside: readonly string[], context: ScanContext): void {
  const reach = reachOf(path);
  if (reach === "relative") return;
  // A checkpoint is a group of files that begin with its name.
  const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  const isHere = reach === "absolute" && name !== "" && beside.some((file) => file.startsWith(`${name}.`));
  context.report({
    rule: "tensorflow/checkpoint-path",
    ...(isHere ? { severity: "low" as const } : {}),
    message: `the checkpoint ${JSON.stringify(path.slice(0, 300))} is ${describeReach(reach)}`,
    subject: path.slice(0, 300),
    evidence: { path: path.slice(0, 300), besideTheFile: isHere },
  });
}
