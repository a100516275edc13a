import type { ZipEntry } from "../../formats/zip/entry.js";

/** Records that torch fills with raw numbers, and the record beside them that proves the archive to be torch's. */
const STORAGES: readonly { readonly pattern: RegExp; readonly beside: readonly string[] }[] = [
  { pattern: /^(.{0,4096})data\/\d{1,10}$/s, beside: ["data.pkl"] },
  { pattern: /^(.{0,4096})constants\/\d{1,10}$/s, beside: ["constants.pkl"] },
  { pattern: /^(.{0,4096})\.data\/[\w.]{1,200}\.storage$/s, beside: [".data/version", ".data/extern_modules"] },
  { pattern: /^(.{0,4096})weight_\d{1,10}$/s, beside: ["model_weights_config.json"] },
];

/** Tells the tensor storages of a torch archive from entries that may be anything. */
export class Storages {
  /** Folded: torch's reader looks records up without regard to case. */
  private readonly names: ReadonlySet<string>;

  constructor(entries: readonly ZipEntry[]) {
    this.names = new Set(entries.map(({ name }) => name.toLowerCase()));
  }

  includes(name: string): boolean {
    const folded = name.toLowerCase();
    return STORAGES.some(({ pattern, beside }) => {
      const [, root] = pattern.exec(folded) ?? [];
      return root !== undefined && beside.some((record) => this.names.has(root + record));
    });
  }
}

/** Whether torch.load would take the archive for its own. */
export function isTorchArchive(entries: readonly ZipEntry[]): boolean {
  return entries.some(({ name }) => /(?:^|\/)(?:data|constants)\.pkl$/i.test(name));
}
