import { render } from "../formats/code/render.js";
import { textOf, type Value } from "../formats/code/value.js";
import { type Access, type Call, holdsText, readTemplate, type TemplateSummary } from "../formats/jinja/walk.js";
import { findRule } from "../rules/index.js";
import type { Observation } from "./scanner.js";

/** An observation without a place: whoever holds the template adds offset and member. */
export type TemplateFinding = Pick<
  Observation,
  "rule" | "message" | "severity" | "subject" | "evidence" | "references"
>;

/** Characters that are read; the longest chat templates on the Hugging Face Hub have about fifty thousand. */
const MAX_TEMPLATE = 1 << 20;
const MAX_SHOWN = 120;
/** Rounds of a loop, or copies of a text, beyond which rendering is felt. */
const MAX_ROUNDS = 10_000_000;
/** Rounds of one loop that count towards those of loops inside one another. */
const MIN_NESTED = 1000;
/** Fields of format texts read attributes: `"{0.__class__.__init__}".format(x)`, which older sandboxes let through. */
const FORMAT_FIELD = /\{[^{}]{0,100}[.[]\s{0,4}(__\w{1,40}__)/;

/** Attributes that lead from an object to the interpreter, and that Jinja's own sandbox refuses (jinja2/sandbox.py). */
const INTERNALS: ReadonlySet<string> = new Set(
  `__class__ __mro__ __base__ __bases__ __subclasses__ __globals__ __builtins__ __init__ __import__ __dict__ __code__ __closure__ __func__ __self__ __call__
  __getattribute__ __getattr__ __getitem__ __reduce__ __reduce_ex__ __module__ __loader__ __spec__ __new__ __subclasshook__ __wrapped__ __defaults__ __kwdefaults__
  __annotations__ __enter__ __exit__ __del__ __doc__ __file__ __name__ __qualname__ __package__ __cached__ __path__ mro func_globals func_code func_closure im_class im_func im_self gi_frame gi_code
  cr_frame cr_code ag_frame ag_code f_globals f_locals f_builtins f_back f_code tb_frame tb_next co_code`.split(/\s+/),
);
/** Names that run programs or text, or open files. */
const DANGEROUS_METHODS: ReadonlySet<string> = new Set(
  "popen system Popen check_output check_call getoutput getstatusoutput spawn execve import_module execfile run_code from_object from_pyfile".split(
    " ",
  ),
);
const DANGEROUS_GLOBALS: ReadonlySet<string> = new Set(
  "__import__ eval exec compile open getattr setattr globals locals vars os sys subprocess builtins __builtins__ importlib popen system input breakpoint".split(
    " ",
  ),
);
/** Modules that run programs or text: no loader hands one to a template, and whoever wrote this hoped for it. */
const DANGEROUS_MODULES: ReadonlySet<string> = new Set([
  "__builtins__",
  "builtins",
  "os",
  "sys",
  "subprocess",
  "importlib",
]);
/** What Flask and Django hand to templates. */
const WEB_GLOBALS: ReadonlySet<string> = new Set(
  "request config session g url_for get_flashed_messages current_app app application settings".split(" "),
);
const CVES = ["CVE-2024-34359"];

/** Judges a Jinja chat template on its syntax tree, never rendering it. An ordinary template yields nothing. Never throws for what the text is. */
export function judgeTemplate(template: string): readonly TemplateFinding[] {
  if (!template.includes("{{") && !template.includes("{%")) return [];
  const summary = readTemplate(template.slice(0, MAX_TEMPLATE));
  const findings = [
    ...judgeAccesses(summary.accesses),
    ...summary.calls.flatMap((call) => judgeCall(call, summary)),
    ...judgeCounts(summary),
    ...judgeLoads(summary),
    ...judgeBroken(summary),
  ];
  if (!findings.some(({ rule }) => rule === "template/attribute-walk")) findings.push(...judgeStrings(summary));
  if (template.length > MAX_TEMPLATE || !summary.isComplete) {
    const message = `a template of ${template.length} characters, of which ${Math.min(template.length, MAX_TEMPLATE)} were read`;
    findings.push({ rule: "template/too-large", message, subject: "template" });
  }
  return unique(findings).map((finding) => withExcerpt(finding, template));
}

/** What a text that nobody is known to render would reach if somebody did: told as suspicious, and only what leaves the sandbox. */
export function judgeForeignTemplate(text: string): TemplateFinding[] {
  return judgeTemplate(text)
    .filter(({ rule, severity }) => ["critical", "high"].includes(severity ?? findRule(rule)?.severity ?? ""))
    .map((found) => ({ ...found, severity: "medium" }));
}

/** Characters of the template shown on either side. */
const EXCERPT = 100;

/** What stands around the place that a finding names. */
function withExcerpt(finding: TemplateFinding, template: string): TemplateFinding {
  const at = finding.evidence?.offset;
  if (typeof at !== "number") return finding;
  const from = Math.max(0, at - EXCERPT);
  const to = at + EXCERPT;
  const excerpt = `${from > 0 ? "…" : ""}${template.slice(from, to)}${to < template.length ? "…" : ""}`;
  return { ...finding, evidence: { ...finding.evidence, excerpt } };
}

/** A walk of several steps is told once, by its last step. */
function judgeAccesses(accesses: readonly Access[]): TemplateFinding[] {
  const passed = new Set<Value>();
  const findings: TemplateFinding[] = [];
  for (const access of [...accesses].reverse()) {
    const found = judgeAccess(access);
    const isStep = passed.has(access.made);
    if (found.length > 0 && !isStep) findings.push(...found);
    if (found.length > 0 || isStep) passed.add(beneathCalls(access.of));
  }
  return findings.reverse();
}

/** The value that a call or a subscript was made on: a walk goes through them. */
function beneathCalls(value: Value): Value {
  let of = value;
  while (of.kind === "call" || of.kind === "item") of = of.kind === "call" ? of.callee : of.of;
  return of;
}

function judgeAccess({ of, name, how, isBuilt, key, at }: Access): TemplateFinding[] {
  const place = { evidence: { offset: at } };
  if (name !== undefined && isInternal(name, of)) {
    const message = `the template reaches ${name} of ${shown(of)}`;
    return [{ rule: "template/attribute-walk", message, subject: name, references: CVES, ...place }];
  }
  if (name !== undefined && how !== "item" && DANGEROUS_METHODS.has(name)) {
    return [
      {
        rule: "template/dangerous-call",
        message: `the template reaches ${shown(of)}.${name}`,
        subject: name,
        references: CVES,
        ...place,
      },
    ];
  }
  if (of.kind === "name" && of.root === "global" && DANGEROUS_MODULES.has(of.path)) {
    const message = `the template reaches ${name ?? "something"} of ${of.path}`;
    return [{ rule: "template/dangerous-call", severity: "high", message, subject: of.path, ...place }];
  }
  const isHidden = name === undefined && holdsText(key, (text) => text.includes("__"));
  if (isHidden || (how === "attr" && name === undefined && isBuilt)) {
    const message = `the template computes which attribute of ${shown(of)} it reaches`;
    return [{ rule: "template/computed-attribute", message, subject: shown(of), ...place }];
  }
  if (of.kind === "name" && WEB_GLOBALS.has(of.path) && of.root === "global" && how !== "attr")
    return webGlobal(of.path, place);
  return [];
}

/** Double underscores are Python's own; a single one in front is what Jinja hides (`self._TemplateReference__context`). */
function isInternal(name: string, of: Value): boolean {
  if (INTERNALS.has(name)) return true;
  // Filters that take an attribute walk along the dots.
  if (name.includes(".") && name.split(".").some((part) => INTERNALS.has(part))) return true;
  if (/^__\w+__$/.test(name)) return true;
  return name.startsWith("_") && of.kind === "name" && of.path === "self";
}

/** `config` and `request` are also names that somebody may pass to a template; only steps that a web framework knows tell. */
function webGlobal(name: string, place: { evidence: { offset: number } }): TemplateFinding[] {
  if (name === "config" || name === "settings" || name === "session" || name === "g") return [];
  return [{ rule: "template/foreign-global", message: `the template uses ${name}`, subject: name, ...place }];
}

function judgeCall({ callee, args, at }: Call, { globals }: TemplateSummary): TemplateFinding[] {
  const place = { evidence: { offset: at } };
  const name = callee.kind === "name" ? callee.path : undefined;
  if (name !== undefined && DANGEROUS_GLOBALS.has(name) && globals.has(name)) {
    const message = `the template calls ${name}(${args.map(shown).join(", ")})`;
    return [{ rule: "template/dangerous-call", severity: "high", message, subject: name, ...place }];
  }
  return [];
}

function judgeCounts({ counts }: TemplateSummary): TemplateFinding[] {
  const nested = counts.filter(({ count }) => count >= MIN_NESTED);
  const product = nested.reduce((total, { count }) => total * count, 1);
  if (nested.length > 1 && product > MAX_ROUNDS && !counts.some(({ count }) => count > MAX_ROUNDS)) {
    const message = `loops of the template inside one another run ${product} rounds`;
    return [{ rule: "template/expensive", message, subject: "loops", evidence: { offset: nested[0]?.at ?? 0 } }];
  }
  return counts
    .filter(({ count }) => count > MAX_ROUNDS)
    .map(({ count, at }) => {
      const message = `the template repeats something ${count} times`;
      return { rule: "template/expensive", message, subject: "count", evidence: { offset: at } };
    });
}

function judgeLoads({ loads }: TemplateSummary): TemplateFinding[] {
  return loads.map(({ tag, target, at }) => {
    const path = textOf(target);
    const isOutside =
      path !== undefined && (/^(?:[/\\~]|[A-Za-z]:|\w+:\/\/)/.test(path) || path.split(/[/\\]/).includes(".."));
    return {
      rule: "template/loads-template",
      ...(isOutside ? { severity: "high" as const } : {}),
      message: `{% ${tag} %} of ${shown(target)}`,
      subject: shown(target),
      evidence: { offset: at },
    };
  });
}

/** A name of the interpreter as a text, for a filter or a variable to use. */
function judgeStrings({ strings }: TemplateSummary): TemplateFinding[] {
  for (const [text, at] of strings) {
    const [field, name = ""] = FORMAT_FIELD.exec(text) ?? [];
    if (field === undefined) continue;
    const message = `a format text of the template reaches ${name}`;
    return [{ rule: "template/attribute-walk", message, subject: name, references: CVES, evidence: { offset: at } }];
  }
  return [...strings]
    .filter(([text]) => /^__\w+__$/.test(text) && INTERNALS.has(text))
    .map(([text, at]) => ({
      rule: "template/attribute-walk",
      severity: "medium",
      message: `the template holds the name ${text}`,
      subject: text,
      evidence: { offset: at },
    }));
}

const INTERNAL_TEXT =
  /\b__(?:class|mro|base|bases|subclasses|globals|builtins|init|import|getattribute|dict|code)__|\\x5f\\x5f/;

function judgeBroken({ broken }: TemplateSummary): TemplateFinding[] {
  const hostile = broken.find(({ text }) => INTERNAL_TEXT.test(text));
  if (hostile) {
    const message = `a tag that is no valid Jinja names Python's internals: ${hostile.text.slice(0, MAX_SHOWN)}`;
    return [
      {
        rule: "template/attribute-walk",
        severity: "high",
        message,
        subject: "broken",
        evidence: { offset: hostile.at },
      },
    ];
  }
  const [first] = broken;
  if (first === undefined) return [];
  const message = `${broken.length === 1 ? "a tag is" : `${broken.length} tags are`} no valid Jinja: ${first.text.slice(0, MAX_SHOWN)}`;
  return [{ rule: "template/unreadable", message, subject: "broken", evidence: { offset: first.at } }];
}

function shown(value: Value): string {
  return render(value).slice(0, MAX_SHOWN);
}

/** One finding for each rule and subject, the first of them. */
function unique(findings: readonly TemplateFinding[]): TemplateFinding[] {
  const known = new Map<string, TemplateFinding>();
  for (const finding of findings) {
    const key = `${finding.rule}\u0000${finding.subject ?? ""}`;
    const before = known.get(key);
    if (before === undefined || (before.severity !== undefined && finding.severity === undefined))
      known.set(key, finding);
  }
  return [...known.values()];
}
