// Core ML: mlmodel/format/MIL.proto
import { type Shape, shape } from "../protobuf/shape.js";
import type { Parameter } from "./neural-network.js";

export interface Operation {
  readonly type: string;
  readonly attributes: readonly Parameter[];
  /** Files that hold constants of the operation. */
  readonly files: readonly string[];
  readonly offset: number;
}

/** Whatever texts and file names stand in a value. */
interface Value {
  readonly text: string;
  readonly file: string | undefined;
}

const stringsShape: Shape<string> = shape("RepeatedStrings", { values: [1, "text"] }, (message) =>
  message.texts("values").slice(0, MAX_TEXTS).join(" "),
);
const MAX_TEXTS = 16;
const tensorShape: Shape<string> = shape("TensorValue", { strings: [4, () => stringsShape, "once"] }, (message) =>
  message.children("strings", stringsShape).join(" "),
);
const immediateShape: Shape<string> = shape("ImmediateValue", { tensor: [1, () => tensorShape, "once"] }, (message) =>
  message.children("tensor", tensorShape).join(" "),
);
const blobShape: Shape<string> = shape(
  "BlobFileValue",
  { fileName: [1, "text"] },
  (message) => message.text("fileName") ?? "",
);
const valueShape: Shape<Value> = shape(
  "Value",
  { immediateValue: [3, () => immediateShape, "once"], blobFileValue: [5, () => blobShape, "once"] },
  (message) => ({
    text: message.child("immediateValue", immediateShape) ?? "",
    file: message.child("blobFileValue", blobShape),
  }),
);
const attributeShape: Shape<Value & { readonly key: string }> = shape(
  "AttributesEntry",
  { key: [1, "text"], value: [2, () => valueShape, "once"] },
  (message) => ({
    key: message.text("key") ?? "",
    text: message.child("value", valueShape)?.text ?? "",
    file: message.child("value", valueShape)?.file,
  }),
);
const bindingShape: Shape<Value | undefined> = shape("Binding", { value: [2, () => valueShape, "once"] }, (message) =>
  message.child("value", valueShape),
);
const argumentShape: Shape<readonly (Value | undefined)[]> = shape(
  "Argument",
  { arguments: [1, () => bindingShape] },
  (message) => message.children("arguments", bindingShape),
);
const inputShape: Shape<Value & { readonly key: string }> = shape(
  "InputsEntry",
  { key: [1, "text"], value: [2, () => argumentShape] },
  (message) => {
    const values = message.children("value", argumentShape).flat();
    return {
      key: message.text("key") ?? "",
      text: values.map((value) => value?.text ?? "").join(" "),
      file: values.find((value) => value?.file !== undefined)?.file,
    };
  },
);

const operationShape: Shape<readonly Operation[]> = shape(
  "Operation",
  {
    type: [1, "text"],
    inputs: [2, () => inputShape],
    blocks: [4, () => blockShape],
    attributes: [5, () => attributeShape],
  },
  (message) => {
    const values = [...message.children("inputs", inputShape), ...message.children("attributes", attributeShape)];
    const own: Operation = {
      type: message.text("type") ?? "",
      attributes: values.filter(({ text }) => text !== "").map(({ key, text }) => ({ key, text })),
      files: values.map(({ file }) => file).filter((file) => file !== undefined),
      offset: message.offset,
    };
    return [own, ...message.children("blocks", blockShape).flat()];
  },
);

const blockShape: Shape<readonly Operation[]> = shape("Block", { operations: [3, () => operationShape] }, (message) =>
  message.children("operations", operationShape).flat(),
);
const blockEntryShape: Shape<readonly Operation[]> = shape(
  "BlockSpecializationsEntry",
  { value: [2, () => blockShape] },
  (message) => message.children("value", blockShape).flat(),
);
const functionShape: Shape<readonly Operation[]> = shape(
  "Function",
  { blocks: [3, () => blockEntryShape] },
  (message) => message.children("blocks", blockEntryShape).flat(),
);
const functionEntryShape: Shape<readonly Operation[]> = shape(
  "FunctionsEntry",
  { value: [2, () => functionShape] },
  (message) => message.children("value", functionShape).flat(),
);

/** All operations of an ML Program, those of nested blocks included. */
export const programShape: Shape<readonly Operation[]> = shape(
  "Program",
  { functions: [2, () => functionEntryShape] },
  (message) => message.children("functions", functionEntryShape).flat(),
);
