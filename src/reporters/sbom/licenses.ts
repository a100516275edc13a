import { spdxId } from "../../rules/spdx.js";
import type { StatedLicense } from "./facts.js";

/** The licence choice of CycloneDX: each licence once, by SPDX id where it has one, with what says so. */
export function licensesOf(stated: readonly StatedLicense[]): object {
  const byName = new Map<string, StatedLicense[]>();
  for (const license of stated) {
    const name = spdxId(license.name) ?? license.name;
    byName.set(name, [...(byName.get(name) ?? []), license]);
  }
  if (byName.size === 0) return {};
  return { licenses: [...byName].map(([name, places]) => ({ license: licenseOf(name, places) })) };
}

function licenseOf(name: string, places: readonly StatedLicense[]): object {
  return {
    ...(spdxId(name) === name ? { id: name } : { name }),
    // What a publisher says is declared; the text of a licence in the folder is evidence beside it.
    ...(places.some(({ kind }) => kind === "declared") ? { acknowledgement: "declared" } : {}),
    properties: places.map(({ evidence, kind }) => ({ name: `modelaudit:license:${kind}`, value: evidence })),
  };
}
