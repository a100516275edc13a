import type { CodeSummary, OpaqueCall, Phase, Use } from "./summary.js";
import type { Keyword, Named, Value } from "./value.js";

/** Uses kept; generated code of several megabytes stays below it. */
const MAX_USES = 50_000;
const MAX_ATTRIBUTES = 5_000;
const MAX_OPAQUE = 5_000;
const MAX_TEXTS = 5_000;
const MAX_TEXT_LENGTH = 300;

/** Characters, bytes and elements that folding may read and make over one piece of code: far more than hidden code needs. */
const MAX_FOLDED_TOTAL = 16 << 20;

/** The scope of what runs as the file is imported, and of what stands under `if __name__ == "__main__"`. */
export const MODULE_SCOPE = 0;
export const SCRIPT_SCOPE = 1;

interface Recorded extends Omit<Use, "phase" | "inside"> {
  readonly scope: number;
}

/** Collects what code reaches while one of the readers walks over it; when each piece runs is known at the end. */
export class Trace {
  private readonly uses: Recorded[] = [];
  private readonly imports = new Set<string>();
  private readonly attributes = new Map<string, number>();
  private readonly opaque: (Omit<OpaqueCall, "phase"> & { scope: number })[] = [];
  private readonly texts = new Map<string, number>();
  private readonly gaps = new Set<string>();
  /** Scope -> scopes of the functions that it calls or hands on. */
  private readonly calledFrom = new Map<number, Set<number>>();
  private folded = 0;
  private isFull = false;
  private isSilent = false;
  private ignoresMentions = false;
  private isRenamed = false;
  private readonly mutated = new WeakSet<Value>();
  private readonly instances = new Map<number, number>();
  private readonly scopeNames: string[] = ["", ""];

  constructor(private readonly isWatched: (path: string) => boolean = () => true) {}

  /** Whether constants may still be folded: not once that has made more than code needs. */
  mayFold(): boolean {
    if (this.folded <= MAX_FOLDED_TOTAL) return true;
    this.gap(`folding constants takes more than ${MAX_FOLDED_TOTAL} bytes`);
    return false;
  }

  countFolded(length: number): void {
    this.folded += length;
  }

  /** Runs something without recording what it reaches. */
  muted<T>(isMuted: boolean, run: () => T): T {
    const before = this.isSilent;
    this.isSilent ||= isMuted;
    const result = run();
    this.isSilent = before;
    return result;
  }

  /** Runs something in which bare references do not count: annotations and defaults name things, they do not hand them to anybody. */
  withoutMentions<T>(run: () => T): T {
    const before = this.ignoresMentions;
    this.ignoresMentions = true;
    const result = run();
    this.ignoresMentions = before;
    return result;
  }

  /** The value was changed in place: what is known of its content no longer holds. */
  mutate(value: Value): void {
    if (value.kind === "collection" || value.kind === "mapping") this.mutated.add(value);
  }

  /** The value as it is when it is loaded again. */
  current(value: Value): Value {
    return this.mutated.has(value) ? { kind: "operation", operands: [value] } : value;
  }

  newScope(name: string): number {
    return this.scopeNames.push(name) - 1;
  }

  /** The scope of what runs when the class with this body is instantiated. */
  instanceOf(body: number): number {
    const known = this.instances.get(body);
    if (known !== undefined) return known;
    const scope = this.newScope(this.scopeNames[body] ?? "");
    this.instances.set(body, scope);
    return scope;
  }

  isClassBody(scope: number): boolean {
    return this.instances.has(scope);
  }

  /** The code gives `__name__` another value: what stands under the main guard may run on import as well. */
  renameModule(): void {
    this.isRenamed = true;
  }

  reach(from: number, to: number): void {
    const known = this.calledFrom.get(from);
    if (known) known.add(to);
    else this.calledFrom.set(from, new Set([to]));
  }

  import(path: string, scope: number, place: number): void {
    this.imports.add(path);
    this.use({ path, root: "import", use: "import", args: [], keywords: [], place, scope });
  }

  mention({ path, root }: Named, scope: number, place: number): void {
    if (this.ignoresMentions) return;
    this.use({ path, root, use: "mention", args: [], keywords: [], place, scope });
  }

  call({ path, root }: Named, given: { args: readonly Value[]; keywords: readonly Keyword[] }, at: Position): void {
    this.use({ path, root, use: "call", args: given.args, keywords: given.keywords, ...at });
  }

  opaqueCall(callee: Value, args: readonly Value[], at: Position): void {
    if (!this.isSilent && this.opaque.length < MAX_OPAQUE) this.opaque.push({ callee, args, ...at });
  }

  attribute(name: string, place: number): void {
    if (!this.attributes.has(name) && this.attributes.size < MAX_ATTRIBUTES) this.attributes.set(name, place);
  }

  text(text: string, place: number): void {
    if (text.length > MAX_TEXT_LENGTH || this.texts.size >= MAX_TEXTS || this.texts.has(text)) return;
    this.texts.set(text, place);
  }

  gap(reason: string): void {
    this.gaps.add(reason);
  }

  finish(): CodeSummary {
    if (this.isRenamed) this.reach(MODULE_SCOPE, SCRIPT_SCOPE);
    const atLoad = this.reachable(MODULE_SCOPE);
    const inScript = this.reachable(SCRIPT_SCOPE);
    const phaseOf = (scope: number): Phase =>
      atLoad.has(scope) ? "load" : inScript.has(scope) ? "script" : "function";
    return {
      uses: this.uses.map(({ scope, ...use }) => ({
        ...use,
        phase: phaseOf(scope),
        inside: this.scopeNames[scope] ?? "",
      })),
      imports: [...this.imports],
      attributes: this.attributes,
      opaqueCalls: this.opaque.map(({ scope, ...call }) => ({ ...call, phase: phaseOf(scope) })),
      texts: this.texts,
      gaps: [...this.gaps],
    };
  }

  private use(use: Recorded): void {
    if (this.isSilent || !this.isWatched(use.path)) return;
    if (this.uses.length < MAX_USES) this.uses.push(use);
    else if (!this.isFull) {
      this.isFull = true;
      this.gap(`more than ${MAX_USES} calls`);
    }
  }

  private reachable(from: number): Set<number> {
    const seen = new Set([from]);
    for (const scope of seen) {
      for (const called of this.calledFrom.get(scope) ?? []) seen.add(called);
    }
    return seen;
  }
}

export interface Position {
  readonly scope: number;
  readonly place: number;
}
