// An example of a plugin: reads the `.pipe` files of an imagined training system, JSON with a list of steps, and reports every step that
// runs a shell command when the pipeline is loaded.

const MAX_BYTES = 1 << 20;

class PipelineScanner {
  /** `source` gives bytes, `context` takes what is seen: docs/plugins.md lists both. */
  async scan(source, context) {
    if (source.size > MAX_BYTES) return context.incomplete(`larger than ${MAX_BYTES} bytes`);
    const bytes = await source.read(0, source.size);
    context.examined(bytes.length);
    const steps = stepsOf(bytes);
    if (steps === undefined) return context.skip("no pipeline: it has no list of steps");
    context.describe("steps", steps.length);
    for (const [i, step] of steps.entries()) {
      context.budget.spendSteps();
      if (typeof step?.shell !== "string") continue;
      context.report({
        rule: "pipeline/shell-step",
        message: `step ${i} runs ${JSON.stringify(step.shell.slice(0, 200))}`,
        subject: step.shell,
      });
    }
  }
}

/** What comes from the file is checked before it is used; what does not fit is no pipeline. */
function stepsOf(bytes) {
  try {
    const { steps } = JSON.parse(new TextDecoder().decode(bytes)) ?? {};
    return Array.isArray(steps) ? steps : undefined;
  } catch {
    return undefined;
  }
}

export const scanners = [
  {
    id: "pipeline",
    title: "Pipelines of the training system",
    extensions: [".pipe"],
    matches: (head, name) => name.endsWith(".pipe") && head[0] === 0x7b,
    Scanner: PipelineScanner,
  },
];

export const rules = {
  "pipeline/shell-step": {
    severity: "high",
    title: "A step of the pipeline runs a shell command",
    why: "The command runs on the machine that loads the pipeline, with the rights of whoever loads it.",
    remediation: "Read the command, and replace the step by one of the built-in ones.",
    cwe: ["CWE-78"],
  },
};
