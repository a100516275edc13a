import type { Probe } from "./probe.js";
import type { Recognition } from "./table.js";

/**
 * SavedMetadata of a SavedModel: `nodes` (tag 0x0a) whose `identifier` (tag 0x22) is the name of a Keras object: `_tf_keras_layer`,
 * `_tf_keras_model` ... The first one follows within the first bytes.
 */
export const KERAS_METADATA_RECOGNITION: Recognition = { format: "keras-metadata", test: looksLikeKerasMetadata };

const NODE_TAG = 0x0a;
const IDENTIFIER = "_tf_keras_";

/** Node number, path and version stand before it. */
const SEARCHED_BYTES = 256;

function looksLikeKerasMetadata({ head }: Probe): boolean {
  return head[0] === NODE_TAG && new TextDecoder("latin1").decode(head.subarray(0, SEARCHED_BYTES)).includes(IDENTIFIER);
}
