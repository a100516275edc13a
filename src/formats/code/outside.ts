import { BUILTINS } from "./builtins.js";
import { canonicalPath, isCarried } from "./names.js";
import { named, type Value } from "./value.js";

/** Names that code uses and does not define: brought by a star import, builtins, or unknown. */
export class Outside {
  private readonly stars: string[] = [];

  addStar(module: string): void {
    // What matters comes first: which of several star imports brings a name cannot be seen here.
    if (isCarried(canonicalPath(module))) this.stars.unshift(module);
    else this.stars.push(module);
  }

  value(name: string): Value {
    if (name === "__builtins__" || name === "__builtin__") return named("builtins", "builtin");
    if (BUILTINS.has(name)) return named(canonicalPath(`builtins.${name}`), "builtin");
    const [star] = this.stars;
    if (star !== undefined) return named(canonicalPath(`${star}.${name}`), "import");
    return named(canonicalPath(name, true), "global");
  }
}
