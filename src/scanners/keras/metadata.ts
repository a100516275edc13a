import { LimitError, ParseError } from "../../errors.js";
import type { Extent } from "../../formats/protobuf/message.js";
import { readMessage } from "../../formats/protobuf/read-message.js";
import { shape } from "../../formats/protobuf/shape.js";
import { type ByteSource, readExactly } from "../../io/byte-source.js";
import type { ScanContext, Scanner } from "../scanner.js";
import { inspectKerasText } from "./inspect.js";

/** The config of one layer; a whole model's is a few megabytes. */
const MAX_METADATA_BYTES = 128 << 20;

interface SavedObject {
  readonly path: string;
  readonly metadata: readonly Extent[];
}

/** tensorflow/core/protobuf/keras: saved_metadata.proto. The JSON stays where it is until its turn comes. */
const SAVED_OBJECT = shape(
  "SavedObject",
  { node_path: [3, "text"], metadata: [5, "extent"] },
  (message): SavedObject => ({ path: message.text("node_path") ?? "", metadata: message.extents("metadata") }),
);
const SAVED_METADATA = shape("SavedMetadata", { nodes: [1, () => SAVED_OBJECT] }, (message) =>
  message.children("nodes", SAVED_OBJECT),
);

/** `keras_metadata.pb` of a SavedModel: one JSON config for every Keras object, read when the model is loaded through Keras. */
export class KerasMetadataScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const { value: objects, error, loaded } = await readMessage(source, SAVED_METADATA, { budget: context.budget });
    let failure: ParseError | undefined = error;
    for (const { path, metadata } of objects) {
      for (const extent of metadata) {
        const problem = await this.inspect(source, extent, { path, context });
        failure ??= problem;
      }
    }
    context.examined(loaded);
    if (failure !== undefined) throw failure;
  }

  /** Returns what is wrong with one object, so that the others are judged as well. */
  private async inspect(
    source: ByteSource,
    { offset, length }: Extent,
    { path, context }: { readonly path: string; readonly context: ScanContext },
  ): Promise<ParseError | undefined> {
    if (length > MAX_METADATA_BYTES) {
      return new LimitError(
        "max_steps",
        `metadata of ${path} has ${length} bytes, limit ${MAX_METADATA_BYTES}`,
        offset,
      );
    }
    const bytes = await readExactly(source, offset, length);
    context.examined(length);
    try {
      await inspectKerasText(bytes, context, { at: path, container: "savedmodel" });
    } catch (error) {
      if (error instanceof ParseError && !(error instanceof LimitError)) return error;
      throw error;
    }
    return undefined;
  }
}
