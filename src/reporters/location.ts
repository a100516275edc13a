import type { Place } from "../engine/result.js";

/** `evil.pickle (pos 28)`, `model.zip:data.pkl (pos 71)`: the place as people know it. */
export function locationOf({ path, member, offset }: Place): string {
  const place = [path, ...member].join(":");
  return offset === undefined ? place : `${place} (pos ${offset})`;
}
