import { isJsonArray, type JsonObject, type JsonValue } from "../../formats/json/value.js";
import { judgeForeignTemplate, judgeTemplate } from "../jinja-judge.js";
import { judgeName } from "../name-policy.js";
import { at, type ConfigContext, type ConfigDocument, type ConfigPlace, stringAt } from "./document.js";

/** Keys of a model's own configuration that state a name. */
const NAME_KEYS = [
  "_name_or_path",
  "name_or_path",
  "model_name",
  "model_type",
  "base_model_name_or_path",
  "_class_name",
];

/** Holds every name that a configuration gives its model against the policy, and keeps the plain facts. */
export function judgeModelNames(root: JsonObject, document: ConfigDocument, context: ConfigContext): void {
  for (const key of NAME_KEYS) {
    const name = stringAt(root, key);
    if (name !== undefined) reportName(key, name, document.offsetOf(root, key), context);
  }
  const architectures = root.get("architectures");
  if (!isJsonArray(architectures)) return;
  architectures.forEach((name, i) => {
    if (typeof name === "string") reportName("architectures", name, document.offsetOf(architectures, i), context);
  });
}

function reportName(key: string, name: string, offset: number | undefined, context: ConfigContext): void {
  const observation = judgeName(context.policy, `${context.name} ${key}`, name);
  if (observation) context.report({ ...observation, ...at(offset) });
}

/** Keys under which a file keeps templates that an application renders, one or several. */
const TEMPLATE_PATH = /template|(?:^|\.)prompt$/i;
/** Jinja of any kind: other texts need no parser. */
const JINJA = /\{[{%]/;

/**
 * Chat templates are a string, a list of `{name, template}`, or an object by name (tokenizer_config.json, chat_template.json,
 * processor_config.json). Elsewhere nothing is known to render a text, so only what leaves the sandbox is told, as suspicious.
 */
export function judgeTemplateText(text: string, place: ConfigPlace, context: ConfigContext): void {
  if (!JINJA.test(text)) return;
  const path = place.path();
  const found = TEMPLATE_PATH.test(path) ? judgeTemplate(text) : judgeForeignTemplate(text);
  for (const finding of found) {
    context.report({ ...finding, message: `${path}: ${finding.message}`, ...at(place.offset()) });
  }
}

/** Libraries whose classes a diffusers pipeline is made of. */
const PIPELINE_LIBRARIES = new Set([
  "diffusers",
  "transformers",
  "onnxruntime",
  "optimum",
  "flax",
  "peft",
  "accelerate",
  "k_diffusion",
  "timm",
  "sentence_transformers",
]);

/** Folders of diffusers/pipelines, whose classes are named by the folder alone. */
const DIFFUSERS_PIPELINES =
  /^(?:allegro|alt_diffusion|amused|animatediff|audioldm2?|aura_flow|blip_diffusion|bria|chroma|cogvideo|cogview[34]|consistency_models|consisid|controlnet\w*|cosmos|dance_diffusion|ddim|ddpm|deepfloyd_if|dit|easyanimate|flux|free_noise_utils|hidream_image|hunyuan\w*|i2vgen_xl|kandinsky\w*|kolors|latent_consistency_models|latent_diffusion|latte|ledits_pp|ltx|lumina2?|marigold|mochi|musicldm|omnigen|pag|paint_by_example|pia|pixart_alpha|pndm|qwenimage|repaint|sana|score_sde_ve|semantic_stable_diffusion|shap_e|skyreels_v2|spectrogram_diffusion|stable_audio|stable_cascade|stable_diffusion\w*|stochastic_karras_ve|t2i_adapter|text_to_video_synthesis|unclip|unidiffuser|versatile_diffusion|visualcloze|vq_diffusion|wan|wuerstchen)$/;

/**
 * Arguments of networks in diffusers 0.42 that are lists of texts, such as the parts that the network is made of: a list of two looks like a
 * component. No pipeline has a component of such a name.
 */
const NETWORK_ARGUMENTS =
  /^(?:(?:\w{1,20}_)?(?:block_types|norm_types|act_fns)|block_types_mapper|(?:down|up)sample_type|block_type|norm_type|act_fn|mlp_acts|timestep_conditioning_type|feats_\w{1,20}|(?:en|de)coder_feats_seq)$/;

/** diffusers' model_index.json: every component is `[library, class]`; a library that is none is a file of the repository. */
export function judgeModelIndex(root: JsonObject, document: ConfigDocument, context: ConfigContext): void {
  const className = root.get("_class_name");
  if (className === undefined || !(root.has("_diffusers_version") || hasComponents(root))) return;
  if (isJsonArray(className))
    reportModule("_class_name", String(className[0] ?? ""), document.offsetOf(root, "_class_name"), context);
  for (const [component, value] of root) {
    const library = libraryOf(value);
    if (component === "_class_name" || NETWORK_ARGUMENTS.test(component) || library === undefined) continue;
    const [top = ""] = library.split(".");
    if (PIPELINE_LIBRARIES.has(top) || DIFFUSERS_PIPELINES.test(library)) continue;
    reportModule(component, library, document.offsetOf(root, component), context);
  }
}

function hasComponents(root: JsonObject): boolean {
  return [...root.values()].some((value) => libraryOf(value) !== undefined);
}

/** The first of exactly two strings. */
function libraryOf(value: JsonValue): string | undefined {
  if (!isJsonArray(value) || value.length !== 2) return undefined;
  const [library, name] = value;
  return typeof library === "string" && typeof name === "string" ? library : undefined;
}

function reportModule(component: string, library: string, offset: number | undefined, context: ConfigContext): void {
  const isForeign = library.includes("/") || library.includes("--");
  context.report({
    rule: isForeign ? "config/foreign-code" : "config/remote-code",
    message: `${component} is a class of ${library}, which is no library of diffusers but a module that is imported by name`,
    subject: library,
    ...at(offset),
    evidence: { component, module: library },
  });
}
