// Core ML: mlmodel/format/NeuralNetwork.proto and CustomModel.proto (coremltools 6 and later)
import { type Shape, shape } from "../protobuf/shape.js";

export interface Parameter {
  readonly key: string;
  readonly text: string;
}

/** A layer or a model that a class of the app implements. */
export interface Custom {
  readonly className: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly offset: number;
}

export interface Network {
  readonly layers: readonly Layer[];
}

export interface Layer {
  readonly name: string;
  readonly custom: Custom | undefined;
  /** Of a branch or a loop. */
  readonly networks: readonly Network[];
}

const parameterValueShape: Shape<string> = shape(
  "CustomLayerParamValue",
  { stringValue: [20, "text"] },
  (message) => message.text("stringValue") ?? "",
);

const parameterShape: Shape<Parameter> = shape(
  "ParametersEntry",
  { key: [1, "text"], value: [2, () => parameterValueShape, "once"] },
  (message) => ({ key: message.text("key") ?? "", text: message.child("value", parameterValueShape) ?? "" }),
);

/** CustomLayerParams and CustomModel use the same numbers. */
export const customShape: Shape<Custom> = shape(
  "CustomLayerParams",
  {
    className: [10, "text"],
    weights: [20, "extent"],
    parameters: [30, () => parameterShape],
    description: [40, "text"],
  },
  (message) => ({
    className: message.text("className") ?? "",
    description: message.text("description") ?? "",
    parameters: message.children("parameters", parameterShape),
    offset: message.offset,
  }),
);

/** Branches have two networks, loops have their condition and their body. */
const branchShape: Shape<readonly Network[]> = shape(
  "BranchLayerParams",
  { ifBranch: [1, () => networkShape], elseBranch: [2, () => networkShape] },
  (message) => [...message.children("ifBranch", networkShape), ...message.children("elseBranch", networkShape)],
);

const loopShape: Shape<readonly Network[]> = shape(
  "LoopLayerParams",
  { conditionNetwork: [3, () => networkShape], bodyNetwork: [4, () => networkShape] },
  (message) => [
    ...message.children("conditionNetwork", networkShape),
    ...message.children("bodyNetwork", networkShape),
  ],
);

const layerShape: Shape<Layer> = shape(
  "NeuralNetworkLayer",
  {
    name: [1, "text"],
    custom: [500, () => customShape, "once"],
    branch: [605, () => branchShape],
    loop: [615, () => loopShape],
  },
  (message) => ({
    name: message.text("name") ?? "",
    custom: message.child("custom", customShape),
    networks: [...message.children("branch", branchShape), ...message.children("loop", loopShape)].flat(),
  }),
);

/** NeuralNetwork, NeuralNetworkClassifier and NeuralNetworkRegressor alike. */
export const networkShape: Shape<Network> = shape("NeuralNetwork", { layers: [1, () => layerShape] }, (message) => ({
  layers: message.children("layers", layerShape),
}));
