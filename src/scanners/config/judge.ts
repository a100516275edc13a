import type { DuplicateKey } from "../../formats/json/parse.js";
import { isJsonObject, type JsonObject } from "../../formats/json/value.js";
import { judgeOrbax } from "../orbax.js";
import { judgeSkopsSchema } from "../skops/schema.js";
import { judgeText, mayTell } from "../text-content.js";
import { judgeXgboost } from "../xgboost-json.js";
import { judgeZarr } from "../zarr.js";
import { judgeCoremlPackage } from "./coreml-package.js";
import { type ConfigContext, type ConfigDocument, type ConfigPlace, walkConfig } from "./document.js";
import { describeModel } from "./facts.js";
import { judgeExternalData, judgeWeightIndex } from "./file-references.js";
import { judgeModelIndex, judgeModelNames, judgeTemplateText } from "./huggingface.js";
import { judgeTargets } from "./hydra.js";
import { judgeMlmodel } from "./mlflow.js";
import { judgeMxnetSymbol, judgePaddleProgram } from "./operators.js";
import { judgeRemoteCode } from "./remote-code.js";
import { judgeCondaEnvironment } from "./requirements.js";
import { judgeSerialisedObject } from "./serialised-objects.js";

type RootJudge = (root: JsonObject, document: ConfigDocument, context: ConfigContext) => void;

/** Kinds of configuration that are told by the keys of the whole document; each looks for its own and leaves the others alone. */
const ROOT_JUDGES: readonly RootJudge[] = [
  judgeModelNames,
  describeModel,
  judgeModelIndex,
  judgeWeightIndex,
  judgeMxnetSymbol,
  (root, _document, context) => judgePaddleProgram(root, context),
  judgeMlmodel,
  judgeCondaEnvironment,
  judgeSkopsSchema,
  judgeOrbax,
  judgeXgboost,
  judgeZarr,
  judgeCoremlPackage,
];

/** Everything that is told of a configuration, whatever it is written in. */
export function judgeConfig(document: ConfigDocument, context: ConfigContext): void {
  if (isJsonObject(document.value)) for (const judge of ROOT_JUDGES) judge(document.value, document, context);
  walkConfig(
    document,
    {
      object: (object, place) => judgeObject(object, place, { document, context }),
      string: (text, place) => judgeString(text, place, context),
    },
    context.budget,
  );
}

/** Only what objects at any depth have imported or run: for rows of data, whose texts are nobody's settings. */
export function judgeObjects(document: ConfigDocument, context: ConfigContext): void {
  const object = (found: JsonObject, place: ConfigPlace | undefined) =>
    judgeObject(found, place, { document, context });
  walkConfig(document, { object }, context.budget);
}

function judgeObject(
  object: JsonObject,
  place: ConfigPlace | undefined,
  { document, context }: { readonly document: ConfigDocument; readonly context: ConfigContext },
): void {
  judgeTargets(object, place, document, context);
  judgeRemoteCode(object, place, document, context);
  judgeSerialisedObject(object, place, document, context);
  judgeExternalData(object, place === undefined ? "" : `${place.path()}.`, place?.offset(), context);
}

function judgeString(text: string, place: ConfigPlace, context: ConfigContext): void {
  if (context.encoded?.take(text, () => place.path(), context.report)) return;
  judgeTemplateText(text, place, context);
  const key = typeof place.key === "string" ? place.key : undefined;
  if (!mayTell(text, key, context.policy)) return;
  const offset = place.offset();
  const where = {
    place: place.path(),
    ...(key === undefined ? {} : { key }),
    ...(offset === undefined ? {} : { offset: offset + 1 }),
  };
  for (const observation of judgeText(text, where, context.policy)) context.report(observation);
}

/** What a duplicate key hides from some readers is judged as if it counted: the value, and what it means under its key. */
export function judgeShadowed(
  duplicates: readonly Pick<DuplicateKey, "key" | "shadowed">[],
  context: ConfigContext,
): void {
  for (const { key, shadowed } of duplicates) {
    judgeConfig({ value: new Map([[key, shadowed]]), offsetOf: () => undefined }, context);
  }
}
