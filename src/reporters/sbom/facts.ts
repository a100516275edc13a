import type { FileReport } from "../../engine/result.js";
import { printable } from "../escape.js";

/** One licence that a file states, and where. */
export interface StatedLicense {
  readonly name: string;
  /** Path of the file that states it, and the key or the text. */
  readonly evidence: string;
  /** `declared`: its publisher says so. `observed`: the licence's own text lies there. */
  readonly kind: "declared" | "observed";
}

/** What files state about themselves and their folder, as texts. */
export class Facts {
  private readonly texts = new Map<string, string[]>();
  readonly licenses: StatedLicense[] = [];

  add(file: FileReport): void {
    const facts = Object.entries(file.metadata);
    const own = facts.filter(([key]) => !key.includes(":"));
    // What a member states (`config.json:keras_class`) counts where the file itself is silent.
    const inner = facts.flatMap(([key, value]) => (key.includes(":") ? [[lastPart(key), value] as const] : []));
    for (const [key, value] of [...own, ...inner]) {
      if (!this.texts.has(key)) this.texts.set(key, textsOf(value));
    }
    const evidence = (what: string) => `${printable(file.path)}: ${what}`;
    const named = textsOf(file.metadata.license_name);
    for (const name of textsOf(file.metadata.license)) {
      const names = name.toLowerCase() === "other" && named.length > 0 ? named : [name];
      for (const one of names) this.licenses.push({ name: one, evidence: evidence("license"), kind: "declared" });
    }
    for (const name of textsOf(file.metadata.license_text)) {
      this.licenses.push({ name, evidence: evidence("text of the licence"), kind: "observed" });
    }
  }

  /** Facts of another place that this one does not state itself. */
  fallBackTo(other: Facts): this {
    for (const [key, values] of other.texts) if (!this.texts.has(key)) this.texts.set(key, values);
    if (this.licenses.length === 0) this.licenses.push(...other.licenses);
    return this;
  }

  all(...keys: readonly string[]): readonly string[] {
    return keys.flatMap((key) => this.texts.get(key) ?? []);
  }

  first(...keys: readonly string[]): string | undefined {
    return this.all(...keys)[0];
  }
}

export function factsOf(files: readonly FileReport[]): Facts {
  const facts = new Facts();
  for (const file of files) facts.add(file);
  return facts;
}

function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (typeof value === "string") return value === "" ? [] : [printable(value)];
  return typeof value === "number" || typeof value === "boolean" ? [String(value)] : [];
}

function lastPart(key: string): string {
  return key.slice(key.lastIndexOf(":") + 1);
}
