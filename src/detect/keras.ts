import type { Probe } from "./probe.js";
import { headFields } from "./protobuf-fields.js";
import type { Recognition } from "./table.js";

/** SavedMetadata of a SavedModel: nodes whose identifier is `_tf_keras_layer`, `_tf_keras_model` ... */
export const KERAS_METADATA_RECOGNITION: Recognition = { format: "keras-metadata", test: looksLikeKerasMetadata };

const LENGTH_DELIMITED = 2;
const NODES = 1;
/** The fields of a node: its number as 2, its path as 3, identifier as 4, its JSON as 5. */
const IDENTIFIER = 4;
const KERAS_OBJECT = /^_tf_keras_/;

function looksLikeKerasMetadata({ fields }: Probe): boolean {
  const [node] = fields;
  if (node?.number !== NODES || node.wire !== LENGTH_DELIMITED) return false;
  const identifier = headFields(node.content).find(
    ({ number, wire }) => number === IDENTIFIER && wire === LENGTH_DELIMITED,
  );
  return identifier !== undefined && KERAS_OBJECT.test(new TextDecoder("latin1").decode(identifier.content));
}
