import { printable } from "../escape.js";
import type { Component } from "./component.js";
import { type Facts, factsOf } from "./facts.js";
import { isAdapter } from "./kind.js";

/** Facts that name a library and its version. */
const FRAMEWORKS: readonly (readonly [fact: string, name: string])[] = [
  ["keras_version", "keras"],
  ["tensorflow_version", "tensorflow"],
  ["transformers_version", "transformers"],
  ["diffusers_version", "diffusers"],
  ["skops_version", "skops"],
];

/** What files need and name, and the scan did not see: libraries, and the models that adapters and fine-tunes were made from. */
export interface Outside {
  readonly components: readonly object[];
  /** Ref of the file -> refs of what it needs. */
  readonly needs: ReadonlyMap<string, readonly string[]>;
}

export function outsideOf(components: readonly Component[], factsOfFolder: (folder: string) => Facts): Outside {
  const found = new Map<string, object>();
  const needs = new Map<string, string[]>();
  const note = (ref: string, needed: string, component: object) => {
    found.set(needed, { "bom-ref": needed, ...component });
    needs.set(ref, [...(needs.get(ref) ?? []), needed]);
  };
  for (const { ref, file, folder, name } of components) {
    for (const { library, version } of frameworksOf(factsOf([file]))) {
      note(ref, `framework:${library}${version === undefined ? "" : `@${version}`}`, {
        type: "framework",
        name: library,
        ...(version === undefined ? {} : { version }),
      });
    }
    if (!isAdapter(name)) continue;
    for (const base of factsOfFolder(folder).all("base_model")) {
      note(ref, `model:${base}`, { type: "machine-learning-model", name: base });
    }
  }
  return { components: [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, component]) => component), needs };
}

function frameworksOf(facts: Facts): { readonly library: string; readonly version?: string }[] {
  const versioned = FRAMEWORKS.flatMap(([fact, library]) => {
    const version = facts.first(fact);
    return version === undefined ? [] : [{ library, version: printable(version) }];
  });
  const named = facts.first("library_name");
  return named === undefined ? versioned : [...versioned, { library: named }];
}
