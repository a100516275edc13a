// State that a class of a library runs or opens when it is restored.

import type { Policy } from "../../config/policy.js";
import type { GlobalEntry, Inspector } from "../../formats/pickle/inspector.js";
import { canonicalModule } from "../../formats/pickle/names.js";
import { isBytes, type Value } from "../../formats/pickle/value.js";
import { isAtLeast } from "../../rules/severity.js";
import { judgePythonSource } from "../code/judge-marshal.js";
import type { Observation } from "../scanner.js";
import { importedClassesOf } from "./class-of.js";
import { express, pythonName } from "./express.js";

interface Restored {
  readonly inspect: Inspector;
  readonly policy: Policy;
}

const MAX_SOURCE = 1 << 20;
/** joblib reads the array from a file of this name in the pickle's own folder (joblib/numpy_pickle_compat.py). */
const ARRAY_FILE = /(?:^|\.)Z?NDArrayWrapper$/;

/** Names whose presence makes it worth looking into states at all: every object has one. */
const RESTORED = /NDArrayWrapper$|^(?:Bio\.Align|flaml|scipy\.stats|skorch|statsmodels|tsfresh)\./;

/** Classes that do so by `__setstate__`: distributions of scipy, networks of skorch, data of statsmodels (statsmodels/base/data.py). */
const RUNS_STATE = /^(?:scipy\.stats\.|skorch\.|statsmodels\.(?:.{0,200}\.)?\w{0,100}Data$)/;

/** True when the import of this name means that states may be run or opened. */
export function mayRunState(qualifiedName: string): boolean {
  return RESTORED.test(qualifiedName);
}

export function judgeOwnState(
  { inspect, policy }: Restored,
  offset: number,
  target: Value,
  state: Value,
): Observation | undefined {
  const classes = importedClassesOf(inspect, target);
  const runs = classes.find(({ resolvedModule, resolvedName }) =>
    RUNS_STATE.test(`${canonicalModule(resolvedModule)}.${resolvedName}`),
  );
  if (runs !== undefined && inspect.origin(state) !== undefined)
    return unknownState(
      offset,
      `the state of ${pythonName(runs)} is what a call made, and may hold a text that it runs`,
    );
  const entries = inspect.entries(state);
  const folders = entries.get("_ckpt_remains");
  if (folders !== undefined && inspect.count(folders) !== 0) return judgeRemains(inspect, offset, folders);
  const source = entries.get("_parse_arg_template");
  if (source !== undefined) return judgeTemplate(sourceOf(inspect, source), offset, policy);
  const formula = entries.has("restore_design_info") ? entries.get("formula") : undefined;
  if (formula !== undefined) return judgeFormula(sourceOf(inspect, formula), offset, policy);
  const wrapper = classes.find(({ resolvedName }) => ARRAY_FILE.test(resolvedName));
  const file = entries.get("filename");
  return wrapper && file && judgeArrayFile(inspect, wrapper, offset, file);
}

/** A constant text of a length that is read whole. */
function sourceOf(inspect: Inspector, value: Value): string | undefined {
  const text = inspect.text(value, MAX_SOURCE);
  return text !== undefined && text.length < MAX_SOURCE ? text : undefined;
}

function unknownState(offset: number, message: string): Observation {
  return { rule: "pickle/source-code", severity: "high", message, subject: "unknown-state", offset };
}

function judgeArrayFile(inspect: Inspector, cls: GlobalEntry, offset: number, file: Value): Observation | undefined {
  const name = inspect.text(file, 1024);
  if (name !== undefined && !/[/\\]/.test(name)) return undefined;
  const what = name === undefined ? "a file whose name is no constant" : `the file ${JSON.stringify(name)}`;
  const message = `loading reads ${what} for ${pythonName(cls)}`;
  return { rule: "pickle/argument", message, subject: "array-file", offset };
}

/** flaml.automl.AutoML.__del__ has its model clean up, and one of transformers removes these folders (flaml/automl/model.py). */
function judgeRemains(inspect: Inspector, offset: number, folders: Value): Observation {
  const message = `dropping the object removes the folders ${express(inspect, folders)}`;
  return { rule: "pickle/argument", severity: "high", message, subject: "checkpoints", offset };
}

/** scipy.stats.rv_generic.__setstate__ runs this text to make its methods. */
function judgeTemplate(source: string | undefined, offset: number, policy: Policy): Observation | undefined {
  if (source === undefined)
    return unknownState(offset, "loading runs what _parse_arg_template holds, which is no text that can be read");
  const { severity, reason, calls } = judgePythonSource(source, policy);
  if (!isAtLeast(severity, "medium")) return undefined;
  return {
    rule: "pickle/source-code",
    severity: isAtLeast(severity, "high") ? "critical" : severity,
    message: `loading runs the text in _parse_arg_template: ${calls[0] ?? reason}`,
    subject: "_parse_arg_template",
    offset,
  };
}

/** statsmodels.base.data.ModelData.__setstate__ hands the formula to patsy, which evaluates its terms as Python. */
function judgeFormula(formula: string | undefined, offset: number, policy: Policy): Observation | undefined {
  if (formula === undefined)
    return unknownState(offset, "loading evaluates a formula that is no text that can be read");
  const { severity, reason, calls } = judgePythonSource(formula.replace(/[~:]/g, ","), policy);
  if (!isAtLeast(severity, "high")) return undefined;
  return {
    rule: "pickle/source-code",
    severity: "critical",
    message: `loading evaluates the terms of a formula: ${calls[0] ?? reason}`,
    subject: "formula",
    offset,
  };
}

/**
 * Bytes in the state that the class unpickles when it is restored: what skorch keeps of tensors on a GPU, the functions that tsfresh has
 * for keys (tsfresh/feature_extraction/settings.py, PickableSettings), the numbers of a substitution matrix (Bio/Align/substitution_matrices).
 */
export function loadedBytes(inspect: Inspector, target: Value, state: Value): Value[] {
  const kept = inspect.entries(state).get("__cuda_dependent_attributes__");
  const made = inspect.origin(target);
  const module = (made && inspect.global(made.callee))?.resolvedModule ?? "";
  const keys = module.startsWith("tsfresh.") ? (inspect.items(state) ?? []).filter((_, i) => i % 2 === 0) : [];
  const numbers = module === "Bio.Align.substitution_matrices" ? state : undefined;
  return [kept, numbers, ...keys].flatMap((value) => (value !== undefined && isBytes(value.kind) ? value : []));
}
