// State that a class of a library runs or opens when it is restored.

import type { Policy } from "../../config/policy.js";
import type { Inspector } from "../../formats/pickle/inspector.js";
import { isBytes, type Value } from "../../formats/pickle/value.js";
import { isAtLeast } from "../../rules/severity.js";
import { judgePythonSource } from "../code/judge-marshal.js";
import type { Observation } from "../scanner.js";
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
  const entries = inspect.entries(state);
  if (entries.size === 0) return undefined;
  const folders = entries.get("_ckpt_remains");
  if (folders !== undefined && inspect.count(folders) !== 0) return judgeRemains(inspect, offset, folders);
  const source = entries.get("_parse_arg_template");
  const text = source && inspect.text(source, MAX_SOURCE);
  if (text !== undefined) return judgeTemplate(text, offset, policy);
  const formula = entries.has("restore_design_info") ? entries.get("formula") : undefined;
  const terms = formula && inspect.text(formula, MAX_SOURCE);
  if (terms !== undefined) return judgeFormula(terms, offset, policy);
  const file = entries.get("filename");
  const name = file && inspect.text(file, 1024);
  const made = inspect.origin(target);
  const cls = made && inspect.global(made.callee);
  if (name === undefined || cls === undefined || !ARRAY_FILE.test(cls.resolvedName) || !/[/\\]/.test(name))
    return undefined;
  const message = `loading reads the file ${JSON.stringify(name)} for ${pythonName(cls)}`;
  return { rule: "pickle/argument", message, subject: "array-file", offset };
}

/** flaml.automl.AutoML.__del__ has its model clean up, and one of transformers removes these folders (flaml/automl/model.py). */
function judgeRemains(inspect: Inspector, offset: number, folders: Value): Observation {
  const message = `dropping the object removes the folders ${express(inspect, folders)}`;
  return { rule: "pickle/argument", severity: "high", message, subject: "checkpoints", offset };
}

/** scipy.stats.rv_generic.__setstate__ runs this text to make its methods. */
function judgeTemplate(source: string, offset: number, policy: Policy): Observation | undefined {
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
function judgeFormula(formula: string, offset: number, policy: Policy): Observation | undefined {
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
