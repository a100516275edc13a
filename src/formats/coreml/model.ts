// Core ML: mlmodel/format/Model.proto (coremltools 6 and later)
import { type Shape, shape } from "../protobuf/shape.js";
import { type Custom, customShape, type Network, networkShape, type Parameter } from "./neural-network.js";
import { type Operation, programShape } from "./program.js";

export interface CoremlModel {
  readonly version: number | undefined;
  /** Author, licence, description, and what the author added. */
  readonly metadata: readonly Parameter[];
  readonly networks: readonly Network[];
  readonly operations: readonly Operation[];
  readonly customModels: readonly Custom[];
  readonly links: readonly Link[];
  /** Of a pipeline. */
  readonly models: readonly CoremlModel[];
  /** The kind of an opaque model that a framework of the system reads. */
  readonly serialized: readonly string[];
  /** True when nothing stands behind the description: no kind of model, known or not. */
  readonly isEmpty: boolean;
}

/** A model in another file. */
export interface Link {
  readonly fileName: string;
  readonly searchPath: string;
  readonly offset: number;
}

const entryShape: Shape<Parameter> = shape("UserDefinedEntry", { key: [1, "text"], value: [2, "text"] }, (message) => ({
  key: message.text("key") ?? "",
  text: message.text("value") ?? "",
}));

const metadataShape: Shape<readonly Parameter[]> = shape(
  "Metadata",
  {
    description: [1, "text"],
    version: [2, "text"],
    author: [3, "text"],
    license: [4, "text"],
    userDefined: [100, () => entryShape],
  },
  (message) => [
    ...(["description", "version", "author", "license"] as const).map((key) => ({
      key,
      text: message.text(key) ?? "",
    })),
    ...message.children("userDefined", entryShape),
  ],
);

const descriptionShape: Shape<readonly Parameter[]> = shape(
  "ModelDescription",
  { metadata: [100, () => metadataShape] },
  (message) => message.children("metadata", metadataShape).flat(),
);

/** `defaultValue` is field 1; a text anywhere else in it is a path as well. */
const textParameterShape: Shape<string> = shape(
  "StringParameter",
  { defaultValue: [1, "text"], other: [2, "text"] },
  (message) => message.text("defaultValue") ?? message.text("other") ?? "",
);

const linkedFileShape: Shape<Link> = shape(
  "LinkedModelFile",
  { name: [1, () => textParameterShape, "once"], path: [2, () => textParameterShape, "once"] },
  (message) => ({
    fileName: message.child("name", textParameterShape) ?? "",
    searchPath: message.child("path", textParameterShape) ?? "",
    offset: message.offset,
  }),
);

const linkShape: Shape<readonly Link[]> = shape("LinkedModel", { file: [1, () => linkedFileShape] }, (message) =>
  message.children("file", linkedFileShape),
);

const pipelineShape: Shape<readonly CoremlModel[]> = shape("Pipeline", { models: [1, () => modelShape] }, (message) =>
  message.children("models", modelShape),
);

/** A pipeline that ends in a classifier or a regressor. */
const namedPipelineShape: Shape<readonly CoremlModel[]> = shape(
  "PipelineClassifier",
  { pipeline: [1, () => pipelineShape] },
  (message) => message.children("pipeline", pipelineShape).flat(),
);

const serializedShape: Shape<string> = shape(
  "SerializedModel",
  { identifier: [1, "text"], model: [2, "extent"] },
  (message) => message.text("identifier") ?? "",
);

/** Fields of which a model has one; those of models that hold only numbers are left unread. */
const KINDS = [
  "pipelineClassifier",
  "pipelineRegressor",
  "pipeline",
  "neuralNetworkRegressor",
  "neuralNetworkClassifier",
  "neuralNetwork",
  "mlProgram",
  "customModel",
  "linkedModel",
  "serializedModel",
] as const;

export const modelShape: Shape<CoremlModel> = shape(
  "Model",
  {
    specificationVersion: [1, "varint"],
    description: [2, () => descriptionShape],
    pipelineClassifier: [200, () => namedPipelineShape],
    pipelineRegressor: [201, () => namedPipelineShape],
    pipeline: [202, () => pipelineShape],
    neuralNetworkRegressor: [303, () => networkShape],
    neuralNetworkClassifier: [403, () => networkShape],
    neuralNetwork: [500, () => networkShape],
    mlProgram: [502, () => programShape],
    customModel: [555, () => customShape],
    linkedModel: [556, () => linkShape],
    serializedModel: [3000, () => serializedShape],
  },
  (message) => ({
    version: message.number("specificationVersion"),
    metadata: message.children("description", descriptionShape).flat(),
    networks: (["neuralNetworkRegressor", "neuralNetworkClassifier", "neuralNetwork"] as const).flatMap((name) =>
      message.children(name, networkShape),
    ),
    operations: message.children("mlProgram", programShape).flat(),
    customModels: message.children("customModel", customShape),
    links: message.children("linkedModel", linkShape).flat(),
    models: [
      ...message.children("pipelineClassifier", namedPipelineShape),
      ...message.children("pipelineRegressor", namedPipelineShape),
      ...message.children("pipeline", pipelineShape),
    ].flat(),
    serialized: message.children("serializedModel", serializedShape),
    isEmpty: message.firstUnknown === undefined && !KINDS.some((kind) => message.has(kind)),
  }),
);
