import type { Policy } from "../../config/policy.js";
import { FLAG_HOOK } from "../../formats/pickle/containers.js";
import type { Anomaly, ImportedName, PickleSink, RunningMachine } from "../../formats/pickle/event.js";
import { isContainerMethod, isHook } from "../../formats/pickle/hooks.js";
import type { Inspector } from "../../formats/pickle/inspector.js";
import type { OpcodeName } from "../../formats/pickle/opcodes.js";
import { KIND, type Value } from "../../formats/pickle/value.js";
import { severityRank } from "../../rules/severity.js";
import type { Observation } from "../scanner.js";
import { judgeText } from "../text-content.js";
import { findEvidence, globalsIn } from "./arguments.js";
import { type CallableIndex, callableIndex } from "./classify.js";
import { judgeClassSource, judgeCodeCall } from "./code-calls.js";
import { type Condition, conditionOf, qualified, UNKNOWN_ARGUMENTS } from "./conditional.js";
import { express, expressInvocation, pythonName, writtenName } from "./express.js";
import { type Invocation, judgeUse, objectionTo, type Use } from "./uses.js";

/** Constants that look like pickles or archives and are looked into, for one stream. */
const MAX_NESTED = 4096;
/** Texts looked through for addresses and credentials, and how much of each. */
const MAX_TELLING = 5000;
const MAX_TELLING_TEXT = 4096;
/** Observations of one rule and severity about single opcodes kept for one stream, beside one for each imported name. */
const MAX_REMARKS = 200;

export interface JudgeOptions {
  readonly policy: Policy;
  /** Persistent ids are how this file refers to its tensors. */
  readonly storages?: boolean;
}

/** Turns what the machine sees into observations: classification of each callable × how it is used × its arguments. */
export class PickleJudge implements PickleSink {
  readonly nestedValues: { readonly offset: number; readonly value: Value }[] = [];
  /** Set by subclasses' callers that need to read values after the run. */
  protected machine: RunningMachine | undefined;
  protected readonly policy: Policy;
  private readonly index: CallableIndex;
  private readonly uses = new Map<number, Use>();
  /** What a limit of the judge kept out of the report. */
  readonly lost = new Set<string>();
  private readonly remarks: Observation[] = [];
  private readonly remarked = new Map<string, number>();
  private readonly storages: boolean;
  private imports = 0;
  private tellingTexts = 0;

  constructor(options: JudgeOptions) {
    this.policy = options.policy;
    this.storages = options.storages ?? false;
    this.index = callableIndex(options.policy);
  }

  begin(machine: RunningMachine): void {
    this.machine = machine;
  }

  get inspect(): Inspector {
    if (this.machine === undefined) throw new Error("the judge was asked before the machine ran");
    return this.machine.inspect;
  }

  /** Names imported by the stream. */
  get importCount(): number {
    return this.imports;
  }

  protected remark(observation: Observation): void {
    // Counted apart, so that many of one kind do not crowd out one of another.
    const kind = `${observation.rule}:${observation.severity ?? ""}`;
    const ofKind = (this.remarked.get(kind) ?? 0) + 1;
    this.remarked.set(kind, ofKind);
    if (ofKind <= MAX_REMARKS) this.remarks.push(observation);
  }

  // --- events ------------------------------------------------------------------------------------------------------------------

  imported(global: number, name: ImportedName): void {
    this.imports++;
    const entry = this.inspect.globals[global];
    if (entry === undefined) return;
    this.uses.set(global, {
      entry,
      verdict: this.index.classify(entry.resolvedModule, entry.resolvedName),
      calls: 0,
      constructed: 0,
      invocation: undefined,
      offset: name.offset,
      opcode: undefined,
      evidence: undefined,
      handed: undefined,
      objection: undefined,
    });
    if (name.via === "computed") {
      this.remark({
        rule: "pickle/computed-name",
        severity: "medium",
        message: `the name ${writtenName(entry)} is put together at load time`,
        subject: writtenName(entry),
        offset: name.offset,
      });
    }
  }

  computedName(offset: number, module: Value, name: Value): void {
    const built = [module, name].some(({ kind }) => kind === KIND.CALL || kind === KIND.INSTANCE);
    this.remark({
      rule: "pickle/computed-name",
      severity: built ? "critical" : "medium",
      message: `an import takes its name from ${express(this.inspect, module)} and ${express(this.inspect, name)}`,
      subject: "computed",
      offset,
    });
  }

  called(opcode: OpcodeName, offset: number, callee: Value, args: Value): boolean {
    const use = callee.kind === KIND.GLOBAL ? this.uses.get(callee.data) : undefined;
    if (use === undefined) {
      this.judgeResultCall(offset, callee, args);
      return false;
    }
    use.calls++;
    if (use.invocation === undefined) {
      use.invocation = expressInvocation(this.inspect, callee, args);
      use.offset = offset;
      use.opcode = opcode;
    }
    return this.judgeCall(use, offset, callee, args);
  }

  /** Returns true when further calls of the same callable cannot add anything. */
  private judgeCall(use: Use, offset: number, callee: Value, args: Value): boolean {
    const { inspect } = this;
    const name = qualified(use.entry.resolvedModule, use.entry.resolvedName);
    const code = judgeCodeCall(name, inspect, args, this.policy);
    if (code !== undefined) this.remark({ ...code, offset });
    const condition = conditionOf(name);
    if (condition !== undefined) {
      this.judgeArguments(use, condition, { offset, callee, args });
      if (name === "copyreg._reconstructor") this.countConstruction(inspect.items(args)?.[0]);
      return false;
    }
    if (name === "copyreg.__newobj__" || name === "copyreg.__newobj_ex__")
      this.judgeNewObject(inspect.items(args) ?? [], offset, args);
    if (use.verdict.kind !== "unknown")
      return use.verdict.kind === "harmless" && code === undefined && !isCodeMaker(name);
    use.evidence ??= findEvidence(inspect, args);
    use.handed ??= this.handedCallable(args);
    return false;
  }

  /** Keeps the worst objection to the arguments of this callable. */
  private judgeArguments(use: Use, condition: Condition, { offset, callee, args }: Invocation): void {
    const { inspect, index } = this;
    const known = inspect.items(args);
    const isWhole = known !== undefined && known.length === inspect.count(args);
    const objection = condition({ inspect, index, args: known ?? [] }) ?? (isWhole ? undefined : UNKNOWN_ARGUMENTS);
    if (objection === undefined) return;
    if (use.objection !== undefined && severityRank(objection.severity) <= severityRank(use.objection.severity)) return;
    use.objection = { ...objection, invocation: expressInvocation(inspect, callee, args), offset };
  }

  /** `copyreg.__newobj__(cls, *args)` is NEWOBJ as a call. */
  private judgeNewObject([cls, ...rest]: readonly Value[], offset: number, args: Value): void {
    this.countConstruction(cls);
    const use = cls?.kind === KIND.GLOBAL ? this.uses.get(cls.data) : undefined;
    const condition = use && conditionOf(qualified(use.entry.resolvedModule, use.entry.resolvedName));
    const objection = condition?.({ inspect: this.inspect, index: this.index, args: rest });
    if (use && cls && objection)
      use.objection ??= { ...objection, invocation: expressInvocation(this.inspect, cls, args), offset };
  }

  private countConstruction(cls: Value | undefined): void {
    const use = cls?.kind === KIND.GLOBAL ? this.uses.get(cls.data) : undefined;
    if (use !== undefined) use.constructed++;
  }

  /** A callable among the arguments that is not known to be harmless. */
  private handedCallable(args: Value): string | undefined {
    for (const value of globalsIn(this.inspect, args)) {
      const verdict = this.uses.get(value.data)?.verdict;
      const entry = this.inspect.global(value);
      if (entry && verdict && (verdict.kind === "dangerous" || verdict.kind === "walk")) return pythonName(entry);
    }
    return undefined;
  }

  constructed(opcode: OpcodeName, offset: number, cls: Value, args: Value): boolean {
    const use = cls.kind === KIND.GLOBAL ? this.uses.get(cls.data) : undefined;
    if (use === undefined) {
      if (cls.kind === KIND.UNKNOWN) {
        this.remark({
          rule: "pickle/irregular",
          message: "an object is made of something that is no class",
          subject: "newobj",
          offset,
        });
      }
      return false;
    }
    use.constructed++;
    if (use.invocation === undefined) {
      use.invocation = `${pythonName(use.entry)}.__new__${expressInvocation(this.inspect, cls, args).slice(pythonName(use.entry).length)}`;
      use.offset = offset;
      use.opcode = opcode;
    }
    const condition = conditionOf(qualified(use.entry.resolvedModule, use.entry.resolvedName));
    if (condition === undefined) return true;
    this.judgeArguments(use, condition, { offset, callee: cls, args });
    return false;
  }

  /** The callee is itself the result of a call, an instance or a constant. */
  private judgeResultCall(offset: number, callee: Value, args: Value): void {
    const { inspect } = this;
    if (callee.kind !== KIND.CALL && callee.kind !== KIND.INSTANCE) {
      if (callee.kind !== KIND.EXTENSION) {
        this.remark({
          rule: "pickle/irregular",
          message: `${express(inspect, callee)} is called`,
          subject: "call-constant",
          offset,
        });
      }
      return;
    }
    const maker = inspect.origin(callee);
    const entry = maker && inspect.global(maker.callee);
    const name = entry === undefined ? "" : qualified(entry.resolvedModule, entry.resolvedName);
    const code = judgeCodeCall(`${name}()`, inspect, args, this.policy, maker?.args);
    if (code !== undefined) {
      this.remark({ ...code, offset });
      return;
    }
    if (isTypeLookup(name) && this.bindsMethod(maker?.args, args)) return;
    const evidence = findEvidence(inspect, args);
    this.remark({
      rule: "pickle/result-called",
      message: `loading calls ${expressInvocation(inspect, callee, args)}`,
      subject: name,
      offset,
      ...(evidence === undefined ? {} : { evidence: { argument: evidence.text } }),
    });
  }

  /** dill and cloudpickle fetch `MethodType` by name to bind a function of a known package to an object. */
  private bindsMethod(lookup: Value | undefined, args: Value): boolean {
    const { inspect, index } = this;
    const [wanted] = (lookup && inspect.items(lookup)) ?? [];
    if (wanted === undefined || inspect.text(wanted, 64) !== "MethodType") return false;
    const [bound] = inspect.items(args) ?? [];
    const entry = bound && inspect.global(bound);
    const verdict = entry && index.classify(entry.resolvedModule, entry.resolvedName);
    return verdict?.kind === "harmless" || (verdict?.kind === "unknown" && verdict.origin === "trusted");
  }

  built(offset: number, target: Value, state: Value): void {
    if (target.kind === KIND.GLOBAL) this.overwritten(offset, target, state);
    else if (target.kind === KIND.CALL || target.kind === KIND.INSTANCE) this.judgeState(offset, target, state);
    else if (target.kind !== KIND.PERSISTENT && target.kind !== KIND.UNKNOWN) {
      this.remark({
        rule: "pickle/irregular",
        message: `BUILD sets the state of ${express(this.inspect, target)}`,
        subject: "build-constant",
        offset,
      });
    }
  }

  private overwritten(offset: number, target: Value, state: Value): void {
    const entry = this.inspect.global(target);
    const name = entry === undefined ? "an imported object" : pythonName(entry);
    this.remark({
      rule: "pickle/state-overwrite",
      message: `loading overwrites attributes of ${name} with ${express(this.inspect, state)}`,
      subject: name,
      offset,
    });
  }

  /** State that plants a method which the loader calls. */
  private judgeState(offset: number, target: Value, state: Value): void {
    const dictionaries = state.kind === KIND.TUPLE ? (this.inspect.items(state) ?? []) : [state];
    for (const dictionary of dictionaries) {
      if (dictionary.kind !== KIND.DICT) continue;
      const info = this.inspect.heap.containerInfo(dictionary.data);
      if (info === undefined || (info.flags & FLAG_HOOK) === 0) continue;
      this.judgeHooks(offset, target, dictionary, info.count);
    }
  }

  private judgeHooks(offset: number, target: Value, dictionary: Value, count: number): void {
    const entries = this.inspect.entries(dictionary);
    const planted = [...entries].filter(([name, value]) => isHook(name) && isCallableValue(value));
    for (const [name, value] of planted) {
      this.remark({
        rule: "pickle/planted-method",
        severity: isContainerMethod(name) ? "high" : "critical",
        message: `loading sets ${name} of ${express(this.inspect, target)} to ${express(this.inspect, value)}`,
        subject: name,
        offset,
      });
    }
    if (planted.length === 0 && entries.size * 2 < count && [...entries.keys()].every((name) => !isHook(name))) {
      this.remark({
        rule: "pickle/planted-method",
        severity: "medium",
        message: `the state of ${express(this.inspect, target)} sets a special method among ${Number.isFinite(count) ? `its ${count / 2}` : "forgotten"} attributes`,
        subject: "hidden",
        offset,
      });
    }
  }

  mutated(opcode: OpcodeName, offset: number, target: Value, count: number): void {
    if (target.kind === KIND.GLOBAL) {
      const entry = this.inspect.global(target);
      const name = entry === undefined ? "an imported object" : pythonName(entry);
      this.remark({
        rule: "pickle/mutation",
        message: `loading adds ${count} items to ${name} (${opcode})`,
        subject: name,
        offset,
      });
    } else if (
      target.kind !== KIND.CALL &&
      target.kind !== KIND.INSTANCE &&
      target.kind !== KIND.UNKNOWN &&
      target.kind !== KIND.PERSISTENT
    ) {
      // A list among the targets of SETITEM and the like: no pickler writes it, weights_only loaders had a memory bug here.
      this.remark({
        rule: "pickle/irregular",
        message: `${opcode} adds items to ${express(this.inspect, target)}`,
        subject: `mutate-${opcode}`,
        offset,
        ...(opcode === "SETITEM" || opcode === "SETITEMS" ? { references: ["CVE-2026-24747"] } : {}),
      });
    }
  }

  persistentId(offset: number, id: Value): void {
    const items = id.kind === KIND.TUPLE ? this.inspect.items(id) : undefined;
    const [tag] = items ?? [];
    const kind = tag && this.inspect.text(tag, 64);
    if (kind === "storage") {
      if (!this.storages) {
        this.remark({
          rule: "pickle/persistent-id",
          severity: "info",
          message: "refers to tensor storages outside this file",
          subject: "storage",
          offset,
        });
      }
      return;
    }
    const source = kind === "module" && items?.[3] ? this.inspect.text(items[3], 1 << 20) : undefined;
    if (source !== undefined) {
      const cls = items?.[1] ? express(this.inspect, items[1]) : "a class";
      this.remark({ ...judgeClassSource(source, cls, this.policy), offset });
      return;
    }
    if (!this.storages) {
      this.remark({
        rule: "pickle/persistent-id",
        message: `refers to an object outside the file by ${express(this.inspect, id)}`,
        subject: "persistent",
        offset,
      });
    }
  }

  extension(offset: number, code: number): void {
    this.remark({
      rule: "pickle/extension-registry",
      message: `fetches extension ${code}`,
      subject: String(code),
      offset,
    });
  }

  nested(offset: number, value: Value): void {
    if (this.nestedValues.length < MAX_NESTED) this.nestedValues.push({ offset, value });
    else this.lost.add(`more than ${MAX_NESTED} constants that look like files`);
  }

  telling(offset: number, value: Value): void {
    const text = this.tellingTexts++ < MAX_TELLING ? this.inspect.text(value, MAX_TELLING_TEXT) : undefined;
    if (text === undefined) return;
    for (const observation of judgeText(text, { place: "a text", offset }, this.policy)) this.remark(observation);
  }

  anomaly(kind: Anomaly, offset: number, detail: string): void {
    const frame = kind === "frame-straddle" || kind === "frame-nested";
    this.remark({
      rule: frame ? "pickle/frame-mismatch" : "pickle/irregular",
      message: detail,
      subject: kind,
      offset,
      evidence: { anomaly: kind },
    });
  }

  // --- verdict -----------------------------------------------------------------------------------------------------------------

  /** Everything the stream did that is worth telling, in the order of the file. */
  finish(): Observation[] {
    const told = [...this.remarks];
    for (const [global, use] of this.uses) {
      const repeats = this.machine?.repeats.get(global) ?? 0;
      const observation = judgeUse(use, repeats);
      if (observation !== undefined) told.push(observation);
      if (use.objection !== undefined) told.push(objectionTo(use, use.objection));
    }
    return told.sort((a, b) => (a.offset ?? 0) - (b.offset ?? 0));
  }
}

function isTypeLookup(name: string): boolean {
  return name === "dill._dill._load_type" || name === "cloudpickle.cloudpickle._builtin_type";
}

function isCodeMaker(name: string): boolean {
  return name.startsWith("types.") || name.startsWith("cloudpickle.") || name.startsWith("dill.");
}

/** Something that can be called: a name, or what a call returned. */
function isCallableValue(value: Value): boolean {
  return (
    value.kind === KIND.GLOBAL ||
    value.kind === KIND.CALL ||
    value.kind === KIND.INSTANCE ||
    value.kind === KIND.UNKNOWN ||
    value.kind === KIND.EXTENSION
  );
}
