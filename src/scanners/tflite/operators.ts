import type { Pages } from "../../formats/flatbuffers/pages.js";
import { CUSTOM_OPERATOR, type TfliteModel } from "../../formats/tflite/model.js";
import type { ScanContext } from "../scanner.js";
import { FlexJudge, isFlex } from "./flex.js";

const MAX_LISTED = 20;
const MAX_SHOWN = 200;

/** Judges the operators that are not TensorFlow Lite's own. */
export class OperatorJudge {
  private readonly flex: FlexJudge;
  private readonly knownCustom = new Set<string>();

  constructor(
    private readonly model: TfliteModel,
    pages: Pages,
    private readonly context: ScanContext,
  ) {
    this.flex = new FlexJudge(model, pages, context);
  }

  async judge(): Promise<void> {
    const used = new Set<number>();
    for (const [index, subgraph] of this.model.subgraphs.entries()) {
      for (const operator of subgraph.operators) {
        this.context.budget.spendSteps();
        used.add(operator.code);
        const name = this.customName(operator.code);
        if (name === undefined) continue;
        if (isFlex(name)) await this.flex.judge({ name, operator, subgraph, index });
        else this.judgeCustom(name, operator.offset);
      }
    }
    // the interpreter resolves every listed operator, used or not
    for (const index of this.model.codes.keys()) if (!used.has(index)) this.judgeUnused(index);
    this.reportHarmless();
  }

  private customName(code: number): string | undefined {
    const { builtin, custom } = this.model.codes[code] ?? {};
    return builtin === CUSTOM_OPERATOR ? (custom ?? "") : undefined;
  }

  private judgeUnused(code: number): void {
    const name = this.customName(code);
    if (name === undefined) return;
    if (isFlex(name)) this.flex.judgeName(name.slice("Flex".length), 0);
    else this.judgeCustom(name, 0);
  }

  private judgeCustom(name: string, offset: number): void {
    const shown = name.slice(0, MAX_SHOWN);
    if (this.context.policy.tflite_rules.known_custom_ops.some((known) => matches(known, name))) {
      this.knownCustom.add(shown);
      return;
    }
    this.context.report({
      rule: "tflite/custom-op",
      message: `custom operator ${JSON.stringify(shown)}`,
      subject: shown,
      ...(offset > 0 ? { offset } : {}),
    });
  }

  private reportHarmless(): void {
    const { context, flex, knownCustom } = this;
    if (flex.harmless.size > 0) {
      context.report({
        rule: "tflite/flex-delegate",
        message: `TensorFlow ops ${listed(flex.harmless)}`,
        subject: "flex",
      });
    }
    if (knownCustom.size > 0) {
      context.report({
        rule: "tflite/known-custom-op",
        message: `custom operators ${listed(knownCustom)}`,
        subject: "custom",
      });
    }
  }
}

/** `TFText>*` covers all that begin so. */
function matches(known: string, name: string): boolean {
  return known.endsWith("*") ? name.startsWith(known.slice(0, -1)) : known === name;
}

function listed(names: ReadonlySet<string>): string {
  const all = [...names].sort();
  const more = all.length > MAX_LISTED ? ` and ${all.length - MAX_LISTED} more` : "";
  return (
    all
      .slice(0, MAX_LISTED)
      .map((name) => name.slice(0, MAX_SHOWN))
      .join(", ") + more
  );
}
