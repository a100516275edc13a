import type { Component } from "./component.js";
import { indexOfShard, isAdapter, isTokenizer } from "./kind.js";

interface Graph {
  readonly root: string;
  readonly components: readonly Component[];
  /** Models that adapters are made for and libraries that files name: ref by the ref of who needs it. */
  readonly outside: ReadonlyMap<string, readonly string[]>;
}

/** Who needs whom: the whole its files, an index its parts, weights their tokenizer, an adapter its base model. */
export function dependenciesOf({ root, components, outside }: Graph): object[] {
  const needs = new Map<string, Set<string>>([[root, new Set()]]);
  const need = (ref: string, other: string) => {
    if (ref !== other) needs.set(ref, (needs.get(ref) ?? new Set()).add(other));
  };
  for (const { ref } of components) {
    need(root, ref);
    if (!needs.has(ref)) needs.set(ref, new Set());
  }
  for (const folder of byFolder(components).values()) connect(folder, need);
  for (const [ref, others] of outside) for (const other of others) need(ref, other);
  return [...needs].map(([ref, others]) => ({ ref, ...(others.size === 0 ? {} : { dependsOn: [...others].sort() }) }));
}

function connect(folder: readonly Component[], need: (ref: string, other: string) => void): void {
  const byName = new Map(folder.map((component) => [component.name, component]));
  const tokenizer = folder.filter(({ name }) => isTokenizer(name));
  for (const { ref, name, type } of folder) {
    const index = byName.get(indexOfShard(name) ?? "");
    if (index !== undefined) need(index.ref, ref);
    // Parts of spread weights get their tokenizer through the index.
    const isWhole = name.endsWith(".index.json") || (type === "machine-learning-model" && index === undefined);
    if (isWhole && !isAdapter(name)) for (const part of tokenizer) need(ref, part.ref);
    const config = byName.get("adapter_config.json");
    if (isAdapter(name) && config !== undefined) need(ref, config.ref);
  }
}

function byFolder(components: readonly Component[]): Map<string, Component[]> {
  const folders = new Map<string, Component[]>();
  for (const component of components) {
    const known = folders.get(component.folder);
    if (known) known.push(component);
    else folders.set(component.folder, [component]);
  }
  return folders;
}
