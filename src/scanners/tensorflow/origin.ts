/** Where an operand's text comes from: a beginning that is known, and what follows it. */
export interface Origin {
  /** All of it when `rest` is "none". */
  readonly text: string;
  /**
   * `caller`: an argument or a placeholder, given by whoever runs the model.
   * `asset`: the loader's own path of a file under `assets/`.
   * `computed`: the result of an op that is not followed.
   */
  readonly rest: "none" | "caller" | "asset" | "computed";
  /** The op or the parameter at which the trace ended. */
  readonly by: string;
  /** The store whose content this is (see `Tracer`). */
  readonly store?: string;
  /** Holds only where the caller gives nothing else. */
  readonly isDefault?: true;
}

export const fromConstant = (text: string): Origin => ({ text, rest: "none", by: "Const" });
export const fromCaller = (by: string): Origin => ({ text: "", rest: "caller", by });
export const fromAsset = (by: string): Origin => ({ text: "", rest: "asset", by });
export const computedBy = (by: string): Origin => ({ text: "", rest: "computed", by });

export const fromStore = (store: string, by: string): Origin => ({ text: "", rest: "computed", by, store });

/** Constants that one operand may turn into when alternatives are combined. */
const MAX_COMBINATIONS = 256;
const PARENT = /(?:^|[\\/])\.\.(?:[\\/]|$)/;

/** Every way to join one alternative of each part. Behind a part that is not known, a way up (`/../`) is all that still matters. */
export function joinOrigins(parts: readonly (readonly Origin[])[], separator: string): Origin[] {
  let joined: readonly Origin[] = [fromConstant("")];
  for (const [i, alternatives] of parts.entries()) {
    const part = alternatives.length > 0 ? alternatives : [computedBy("a value that is no text")];
    if (joined.length * part.length > MAX_COMBINATIONS) return [computedBy("StringJoin of many alternatives")];
    joined = joined.flatMap((left) => part.map((right) => join(left, right, i === 0 ? "" : separator)));
  }
  return [...joined];
}

function join(left: Origin, right: Origin, separator: string): Origin {
  if (left.rest === "none") {
    const isDefault = left.isDefault || right.isDefault;
    return { ...right, text: left.text + separator + right.text, ...(isDefault ? { isDefault } : {}) };
  }
  return PARENT.test(separator + right.text)
    ? { ...left, rest: "computed", by: `a path joined with ${right.text}` }
    : left;
}

/** Applies a function of texts; what is not a constant stays as unknown as it was. */
export function mapOrigins(
  origins: readonly Origin[],
  by: string,
  change: (text: string) => string | undefined,
): Origin[] {
  return origins.map((origin) => {
    if (origin.rest !== "none") return origin.text === "" ? origin : computedBy(by);
    const text = change(origin.text);
    return text === undefined ? computedBy(by) : { ...origin, text };
  });
}
