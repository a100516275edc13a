import type { Severity } from "../../rules/severity.js";

/** What a piece of code reaches, and how bad that is. */
export interface CodeVerdict {
  readonly severity: Severity;
  /** Calls as Python would write them, worst first: `os.system("id")`. */
  readonly calls: readonly string[];
  /** Modules and names it imports, also inside its functions. */
  readonly imports: readonly string[];
  /** False when part of the code could not be read: its severity is then medium at least. */
  readonly complete: boolean;
  /** One line: the worst of it, or why nothing more can be said. */
  readonly reason: string;
  /** Python version of the bytecode, as far as it shows: `3.13`, `3.8 to 3.10`. */
  readonly version?: string;
}
