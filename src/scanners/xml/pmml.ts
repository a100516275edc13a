// PMML (https://dmg.org/pmml/v4-4-1/): what an engine such as JPMML does with names and extensions of a document.

import type { XmlElement } from "../../formats/xml/read.js";
import { findPythonCalls, findShellCommands } from "../commands.js";
import { at } from "../config/document.js";
import type { ScanContext } from "../scanner.js";

/** `com.example.Evil`: JPMML's FunctionRegistry loads such a function by its class name. */
const CLASS_NAME = /^(?:[a-z_]\w{0,80}\.){1,12}[A-Za-z_$][\w$]{0,120}$/;
/** Functions of PMML itself whose names hold a dot, and those that JPMML brings. */
const KNOWN_FUNCTION = /^x-|^(?:org\.jpmml|com\.jpmml)\./;
const JAVA_CODE =
  /\bRuntime\s{0,4}\.\s{0,4}getRuntime\s{0,4}\(|\bProcessBuilder\b|\bScriptEngineManager\b|\bjndi:(?:ldaps?|rmi|dns)\b|\bjava\.lang\.(?:Runtime|System|Class)\b|\bClass\.forName\s{0,4}\(/;
const SCRIPT_TAGS = new Set(["script", "javascript", "python", "exec", "eval"]);
const MAX_SHOWN = 120;

export class PmmlJudge {
  private readonly defined = new Set<string>();
  private readonly applied = new Map<string, number | undefined>();

  constructor(private readonly context: ScanContext) {}

  element({ local, attributes, ancestors }: XmlElement, offset: number | undefined): void {
    const name = attributes.get("name");
    if (local === "DefineFunction" && name !== undefined) this.defined.add(name);
    const applied = local === "Apply" ? attributes.get("function") : undefined;
    if (applied !== undefined && CLASS_NAME.test(applied) && !this.applied.has(applied))
      this.applied.set(applied, offset);
    if (SCRIPT_TAGS.has(local.toLowerCase())) this.tellCode(`element <${local}>`, `<${local}>`, offset);
    if (local === "Extension" || ancestors.includes("Extension")) {
      for (const [key, value] of attributes) this.judgeCode(value, `${local} ${key}`, offset);
    }
  }

  text(text: string, ancestors: readonly string[], offset: number | undefined): void {
    if (ancestors.includes("Extension")) this.judgeCode(text, ancestors.at(-1) ?? "Extension", offset);
  }

  private judgeCode(text: string, place: string, offset: number | undefined): void {
    const [java] = JAVA_CODE.exec(text) ?? [];
    const code = java ?? findShellCommands(text)[0]?.text ?? findPythonCalls(text)[0]?.text;
    if (code !== undefined) this.tellCode(place, code.slice(0, MAX_SHOWN), offset);
  }

  private tellCode(place: string, code: string, offset: number | undefined): void {
    this.context.report({
      rule: "xml/extension-code",
      message: `${place} holds code: ${code}`,
      subject: `${place} ${code}`,
      ...at(offset),
      evidence: { place, code },
    });
  }

  /** A function may be defined after it is applied, so classes are told at the end. */
  finish(): void {
    for (const [name, offset] of this.applied) {
      if (this.defined.has(name) || KNOWN_FUNCTION.test(name)) continue;
      this.context.report({
        rule: "xml/function-class",
        message: `Apply names the class ${name} as its function`,
        subject: name,
        ...at(offset),
        evidence: { class: name },
      });
    }
  }
}
