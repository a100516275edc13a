import type { Policy } from "../../config/policy.js";
import type { CodeObject, MarshalValue } from "../../formats/marshal/value.js";
import type { CodeVerdict } from "./verdict.js";

export type { CodeVerdict } from "./verdict.js";

/** Judges what `marshal.loads(bytes)` would hand to a caller who runs it (Keras Lambda, .pyc without its header). Never throws for what the bytes are. */
export function judgeMarshal(_bytes: Uint8Array, _policy: Policy): CodeVerdict {
  return UNREAD;
}

/** Judges one code object and all that are nested in it. */
export function judgeCodeObject(_code: CodeObject, _policy: Policy): CodeVerdict {
  return UNREAD;
}

/** Judges Python source that something will run, such as an argument of `exec`. */
export function judgePythonSource(_text: string, _policy: Policy): CodeVerdict {
  return UNREAD;
}

/**
 * The code object that `types.CodeType(*parts)` (cloudpickle, dill's `_create_code`) would build; the Python version shows in number
 * and kinds of the parts. Undefined when they do not fit any version.
 */
export function codeObjectFromParts(_parts: readonly MarshalValue[]): CodeObject | undefined {
  return undefined;
}

const UNREAD: CodeVerdict = {
  severity: "medium",
  calls: [],
  imports: [],
  complete: false,
  reason: "the code could not be read",
};
