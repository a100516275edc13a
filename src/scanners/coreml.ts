import { ParseError } from "../errors.js";
import { type CoremlModel, type Link, modelShape } from "../formats/coreml/model.js";
import type { Custom, Network, Parameter } from "../formats/coreml/neural-network.js";
import type { Operation } from "../formats/coreml/program.js";
import { readMessage } from "../formats/protobuf/read-message.js";
import type { ByteSource } from "../io/byte-source.js";
import { describeReach, reachOf } from "./file-reference.js";
import { judgeMetadata } from "./metadata-text.js";
import type { ScanContext, Scanner } from "./scanner.js";

const MAX_NAME = 200;

/** Core ML: classes that the app has to bring, models in other files, texts; pipelines to their last model. Weights are stepped over. */
export class CoremlScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const { value, error, loaded } = await readMessage(source, modelShape, { budget: context.budget });
    context.examined(loaded);
    if (value.version !== undefined) context.describe("specification_version", value.version);
    judgeModel(value, context);
    if (error !== undefined) throw error;
    if (value.isEmpty) throw new ParseError("the model ends behind its description", source.size);
  }
}

function judgeModel(model: CoremlModel, context: ScanContext): void {
  context.budget.spendSteps();
  for (const { key, text } of model.metadata) judgeParameter(`metadata ${key}`, text, context);
  for (const custom of model.customModels) judgeCustom(custom, "the model itself", context);
  for (const network of model.networks) judgeNetwork(network, context);
  for (const operation of model.operations) judgeOperation(operation, context);
  for (const link of model.links) judgeLink(link, context);
  for (const inner of model.models) judgeModel(inner, context);
  const kinds = model.serialized.map((kind) => kind.slice(0, MAX_NAME));
  if (kinds.length > 0) context.describe("serialized_models", kinds);
}

function judgeNetwork({ layers }: Network, context: ScanContext): void {
  for (const { name, custom, networks } of layers) {
    context.budget.spendSteps();
    if (custom !== undefined) judgeCustom(custom, `layer ${name.slice(0, MAX_NAME)}`, context);
    for (const inner of networks) judgeNetwork(inner, context);
  }
}

function judgeCustom({ className, description, parameters, offset }: Custom, what: string, context: ScanContext): void {
  reportClass(className, what, offset, context);
  judgeParameter(`description of ${className.slice(0, MAX_NAME)}`, description, context);
  for (const { key, text } of parameters) judgeParameter(key, text, context);
}

function reportClass(className: string, what: string, offset: number, context: ScanContext): void {
  const shown = className.slice(0, MAX_NAME) || "without a name";
  context.report({
    rule: "coreml/custom-code",
    message: `${what} is run by the class ${shown}`,
    subject: shown,
    offset,
  });
}

function judgeParameter(key: string, text: string, context: ScanContext): void {
  if (text !== "") judgeMetadata(text, { key: key.slice(0, MAX_NAME) }, context);
}

/** Constants lie in files of the package, named by these paths. */
const OWN_FILE = /^@model_path\//;

function judgeOperation({ type, attributes, files, offset }: Operation, context: ScanContext): void {
  context.budget.spendSteps();
  if (type === "custom_layer") reportClass(classNameOf(attributes), "an operation", offset, context);
  for (const { key, text } of attributes) judgeParameter(key, text, context);
  for (const file of files) judgePath(file.replace(OWN_FILE, ""), "weights", offset, context);
}

function classNameOf(attributes: readonly Parameter[]): string {
  return attributes.find(({ key }) => key === "class_name")?.text ?? "";
}

/** Folders of the app, as the format writes them. */
const BUNDLE = /^\$(?:BUNDLE_MAIN|BUNDLE_IDENTIFIER\([\w.-]{1,200}\))(?=\/|$)/;

function judgeLink({ fileName, searchPath, offset }: Link, context: ScanContext): void {
  const paths = [fileName, ...searchPath.split(":")].filter((path) => path !== "");
  const shown = paths.map((path) => path.slice(0, MAX_NAME)).join(" in ");
  const isOutside = paths.map((path) => judgePath(path, "the linked model", offset, context)).includes(true);
  if (isOutside) return;
  context.report({ rule: "coreml/linked-model", message: `loads ${shown}`, subject: shown, offset });
}

/** True when it leads outside. */
function judgePath(path: string, what: string, offset: number, context: ScanContext): boolean {
  const reach = reachOf(path.replace(BUNDLE, "."));
  if (reach === "relative") return false;
  const shown = path.slice(0, MAX_NAME);
  const message = `${what} at ${shown}, ${describeReach(reach)}`;
  context.report({ rule: "coreml/external-path", message, subject: shown, offset });
  return true;
}
