import type { Policy } from "../../config/policy.js";
import type { Anomaly, ImportedName, PickleSink, RunningMachine } from "../../formats/pickle/event.js";
import { isFolded } from "../../formats/pickle/fold.js";
import type { Inspector } from "../../formats/pickle/inspector.js";
import type { OpcodeName } from "../../formats/pickle/opcodes.js";
import { isBytes, KIND, type Value } from "../../formats/pickle/value.js";
import { severityRank } from "../../rules/severity.js";
import type { GlobalNames } from "../code/judge-embedded.js";
import type { Observation } from "../scanner.js";
import { judgeText } from "../text-content.js";
import { Accounts } from "./accounts.js";
import { findEvidence, globalsIn, worseEvidence } from "./arguments.js";
import { objectionToExpression } from "./callbacks.js";
import { CarriedCode, makesCell } from "./carried-code.js";
import { objectionToClass } from "./class-bodies.js";
import { type CallableIndex, callableIndex, isKnownClass } from "./classify.js";
import { judgeCodeCall } from "./code-calls.js";
import { COMPRESSED_HEAD, mayHoldFile } from "./compressed-constants.js";
import { type CallFacts, type Condition, conditionOf, type Objection, UNKNOWN_ARGUMENTS } from "./conditional.js";
import { express, expressInvocation, pythonName, writtenName } from "./express.js";
import { idleObject, mayBeIdle } from "./idle-objects.js";
import { judgeOwnState, loadedBytes, mayRunState } from "./judge-own-state.js";
import { judgePersistentId } from "./judge-persistent-id.js";
import { judgeResultCall } from "./judge-result-call.js";
import { judgeBuild, judgeMutation } from "./judge-state.js";
import { mayBeMetaclass } from "./names-of-classes.js";
import { notePlumbing } from "./plumbing.js";
import { qualified } from "./qualified.js";
import { Remarks } from "./remarks.js";
import { type Invocation, judgeUse, objectionTo, type Use } from "./uses.js";

const NO_BYTES = new Uint8Array(0);
/** Constants that look like pickles or archives and are looked into, for one stream. */
const MAX_NESTED = 4096;
/** Texts looked through for addresses and credentials, and how much of each. */
const MAX_TELLING = 5000;
const MAX_TELLING_TEXT = 4096;

/** Callables on no dangerous list that unpickle the bytes they are given. */
const LOADERS = new Set([
  "spacy.vocab.unpickle_vocab",
  "torch.storage._load_from_bytes",
  "numba.core.serialize._unpickle__CustomPickled",
  "spacy.tokens.doc.unpickle_doc",
]);

export interface JudgeOptions {
  readonly policy: Policy;
  /** Persistent ids are how this file refers to its tensors. */
  readonly storages?: boolean;
  /** Belongs to a TorchScript program. */
  readonly isScript?: boolean;
}

/** A constant that is looked into; `isLoaded` where the loader itself unpickles it. */
export interface NestedValue {
  readonly offset: number;
  readonly value: Value;
  readonly isLoaded: boolean;
}

/** Turns what the machine sees into observations: classification of each callable × how it is used × its arguments. */
export class PickleJudge implements PickleSink {
  readonly nestedValues: NestedValue[] = [];
  /** Set by subclasses' callers that need to read values after the run. */
  protected machine: RunningMachine | undefined;
  readonly policy: Policy;
  readonly index: CallableIndex;
  private readonly uses = new Map<number, Use>();
  /** What a limit of the judge kept out of the report. */
  readonly lost = new Set<string>();
  private readonly remarks = new Remarks();
  private readonly accounts = new Accounts();
  readonly carried = new CarriedCode(this.accounts);
  readonly storages: boolean;
  private imports = 0;
  private tellingTexts = 0;
  /** Objects whose state was looked at for what they could do with it. */
  private readonly idle = new Set<number>();
  /** A class is imported that runs or opens what its state holds. */
  private runsStates = false;

  constructor(options: JudgeOptions) {
    this.policy = options.policy;
    this.storages = options.storages ?? false;
    this.index = callableIndex(options.policy, options.isScript);
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

  /** The name is no finding where this is all that it is used for. */
  protected excuse(value: Value | undefined): void {
    const use = value?.kind === KIND.GLOBAL ? this.uses.get(value.data) : undefined;
    if (use !== undefined) use.excused = true;
  }

  private remark(observation: Observation | undefined): void {
    if (observation !== undefined) this.remarks.add(observation);
  }

  // --- events ------------------------------------------------------------------------------------------------------------------

  imported(global: number, name: ImportedName): void {
    this.imports++;
    const entry = this.inspect.globals[global];
    if (entry === undefined) return;
    this.runsStates ||= mayRunState(qualified(entry.resolvedModule, entry.resolvedName));
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
      this.remark(judgeResultCall(this, { offset, callee, args }));
      return false;
    }
    const items = this.inspect.items(args) ?? [];
    if (isNewOf(this, use, items[0])) {
      this.judgeNewObject("copyreg.__newobj__", items, offset, args);
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
    const judgeCode = (names?: GlobalNames) => {
      const told = judgeCodeCall(name, inspect, args, this.policy, undefined, names);
      return told && { ...told, offset };
    };
    const code = judgeCode();
    if (code !== undefined && !this.carried.hold(args, code, judgeCode)) this.remark(code);
    notePlumbing(inspect, { name, callee, args }, this.accounts);
    if (makesCell(name)) this.carried.noteCell(inspect, args);
    this.carried.noteGlobals(this, name, args);
    if (LOADERS.has(name)) this.loaded(offset, args);
    const condition = conditionOf(name);
    if (condition !== undefined) {
      this.judgeArguments(use, condition, { offset, callee, args });
      if (name === "copyreg._reconstructor") this.countConstruction(inspect.items(args)?.[0]);
      return false;
    }
    if (name === "copyreg.__newobj__" || name === "copyreg.__newobj_ex__") {
      this.judgeNewObject(name, inspect.items(args) ?? [], offset, args);
      return false;
    }
    this.judgeArguments(use, (facts) => callObjection(use, facts), { offset, callee, args });
    if (use.verdict.kind !== "unknown") return code === undefined && this.isAlwaysHarmless(use, name);
    use.evidence = worseEvidence(use.evidence, findEvidence(inspect, args));
    use.handed ??= this.handedCallable(args);
    return false;
  }

  /** Bytes that a loader is given are a pickle, whatever they begin with. */
  private loaded(offset: number, args: Value): void {
    for (const value of this.inspect.items(args) ?? []) if (isBytes(value.kind)) this.nested(offset, value, true);
  }

  /** Whether further calls need not be looked at. */
  private isAlwaysHarmless({ verdict, entry }: Use, name: string): boolean {
    const isCodeMaker = name.startsWith("types.") || name.startsWith("cloudpickle.") || name.startsWith("dill.");
    if (verdict.kind !== "harmless" || isCodeMaker || isFolded(name) || mayBeMetaclass(entry.resolvedName))
      return false;
    return this.index.calledSeverity(entry.resolvedModule, entry.resolvedName) === undefined;
  }

  /** Keeps the worst objection to the arguments of this callable. */
  private judgeArguments(use: Use, condition: Condition, { offset, callee, args }: Invocation): void {
    const { inspect, index } = this;
    const known = inspect.items(args);
    const isWhole = known !== undefined && known.length === inspect.count(args);
    const objection = condition({ inspect, index, args: known ?? [] }) ?? (isWhole ? undefined : UNKNOWN_ARGUMENTS);
    this.object(use, objection, { offset, callee, args });
  }

  private object(use: Use, objection: Objection | undefined, { offset, callee, args }: Invocation): void {
    const { inspect } = this;
    if (objection === undefined) return;
    if (use.objection !== undefined && severityRank(objection.severity) <= severityRank(use.objection.severity)) return;
    use.objection = { ...objection, invocation: expressInvocation(inspect, callee, args), offset };
  }

  /** `copyreg.__newobj__(cls, *args)` and `__newobj_ex__(cls, args, kwargs)` are NEWOBJ and NEWOBJ_EX as calls. */
  private judgeNewObject(name: string, [cls, ...rest]: readonly Value[], offset: number, args: Value): void {
    this.countConstruction(cls);
    const use = cls?.kind === KIND.GLOBAL ? this.uses.get(cls.data) : undefined;
    if (use === undefined || cls === undefined) return;
    const [inner] = rest;
    const given = name.endsWith("_ex__") ? ((inner && this.inspect.items(inner)) ?? []) : rest;
    const facts = { inspect: this.inspect, index: this.index, args: given };
    const condition = conditionOf(qualified(use.entry.resolvedModule, use.entry.resolvedName));
    this.object(use, condition?.(facts) ?? generalObjection(use, facts), { offset, callee: cls, args });
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
    const name = qualified(use.entry.resolvedModule, use.entry.resolvedName);
    const condition = conditionOf(name);
    const facts = { inspect: this.inspect, index: this.index, args: this.inspect.items(args) ?? [] };
    if (condition === undefined) {
      const objection = generalObjection(use, facts);
      this.object(use, objection, { offset, callee: cls, args });
      return !mayBeMetaclass(use.entry.resolvedName) && !name.startsWith("sympy") && !mayBeIdle(name);
    }
    this.judgeArguments(use, condition, { offset, callee: cls, args });
    return false;
  }

  built(offset: number, target: Value, state: Value): void {
    this.judgeIdleness(target, state);
    if (this.runsStates) {
      this.remark(judgeOwnState(this, offset, target, state));
      for (const loaded of loadedBytes(this.inspect, target, state)) this.nested(offset, loaded, true);
    }
    for (const observation of judgeBuild(this.inspect, { offset, target, state })) this.remark(observation);
  }

  private judgeIdleness(target: Value, state: Value): void {
    const object = idleObject(this.inspect, target, state);
    const use = object && this.uses.get(object.cls.data);
    if (use === undefined) return;
    const isFirst = !this.idle.has(target.data);
    this.idle.add(target.data);
    use.idle = isFirst && object?.isIdle === true && use.idle !== "no" ? (use.idle ?? 0) + 1 : "no";
  }

  mutated(opcode: OpcodeName, offset: number, target: Value, count: number): void {
    this.remark(judgeMutation(this.inspect, offset, opcode, target, count));
  }

  persistentId(offset: number, id: Value): void {
    this.remark(judgePersistentId(this, offset, id));
  }

  extension(offset: number, code: number): void {
    this.remark({
      rule: "pickle/extension-registry",
      message: `fetches extension ${code}`,
      subject: String(code),
      offset,
    });
  }

  nested(offset: number, value: Value, isLoaded = false): void {
    if (!isLoaded && isBytes(value.kind) && !mayHoldFile(this.inspect.bytes(value, COMPRESSED_HEAD) ?? NO_BYTES))
      return;
    if (this.nestedValues.length < MAX_NESTED) this.nestedValues.push({ offset, value, isLoaded });
    else this.lost.add(`more than ${MAX_NESTED} constants that look like files`);
  }

  telling(offset: number, value: Value): void {
    const text = this.tellingTexts++ < MAX_TELLING ? this.inspect.text(value, MAX_TELLING_TEXT) : undefined;
    if (text === undefined) return;
    for (const observation of judgeText(text, { place: "a text", offset }, this.policy)) this.remark(observation);
  }

  anomaly(kind: Anomaly, offset: number, detail: string): void {
    const frame = kind === "frame-straddle" || kind === "frame-overhang" || kind === "frame-nested";
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
    for (const observation of this.carried.finish(this)) this.remark(observation);
    const told = [...this.remarks.all];
    const judgedElsewhere = this.accounts.settle(this.inspect);
    for (const [global, use] of this.uses) {
      if (judgedElsewhere.has(global)) continue;
      const repeats = this.machine?.repeats.get(global) ?? 0;
      const observation = judgeUse(use, repeats);
      if (observation !== undefined) told.push(observation);
      if (use.objection !== undefined) told.push(objectionTo(use, use.objection));
    }
    return told.sort((a, b) => (a.offset ?? 0) - (b.offset ?? 0));
  }
}

/** What may be wrong with the arguments of a call, whatever is called. */
function callObjection(use: Use, facts: CallFacts): Objection | undefined {
  const { resolvedModule, resolvedName } = use.entry;
  const severity = facts.args.length > 0 ? facts.index.calledSeverity(resolvedModule, resolvedName) : undefined;
  if (severity !== undefined) return { severity, reason: "it loads, runs or opens what it is given" };
  return use.verdict.kind === "dangerous" ? undefined : generalObjection(use, facts);
}

/** What may be wrong with the arguments of a class, called or not. */
function generalObjection({ entry }: Use, facts: CallFacts): Objection | undefined {
  return objectionToClass(facts) ?? objectionToExpression(facts, entry.resolvedModule, entry.resolvedName);
}

/** `Class.__new__(Class, ...)` of a known class is NEWOBJ, written as a call. */
function isNewOf({ inspect, index }: PickleJudge, { entry }: Use, cls: Value | undefined): boolean {
  const made = cls && inspect.global(cls);
  return (
    made !== undefined &&
    entry.resolvedModule === made.resolvedModule &&
    entry.resolvedName === `${made.resolvedName}.__new__` &&
    isKnownClass(index.classify(made.resolvedModule, made.resolvedName))
  );
}
