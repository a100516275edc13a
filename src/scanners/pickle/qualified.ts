import { canonicalModule } from "../../formats/pickle/names.js";

/** The name by which callables are looked up in the tables of the code. */
export function qualified(module: string, name: string): string {
  return `${canonicalModule(module)}.${name}`;
}
