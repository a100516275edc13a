import type { Severity } from "../../rules/severity.js";

type Paint = (text: string) => string;

/** What is coloured, by meaning. */
export interface Palette {
  readonly severity: Readonly<Record<Severity, Paint>>;
  readonly good: Paint;
  readonly bad: Paint;
  readonly doubtful: Paint;
  readonly strong: Paint;
  readonly faint: Paint;
}

const same: Paint = (text) => text;

const PLAIN: Palette = {
  severity: { critical: same, high: same, medium: same, low: same, info: same, debug: same },
  good: same,
  bad: same,
  doubtful: same,
  strong: same,
  faint: same,
};

/** Loads chalk only when there is something to colour. */
export async function paletteFor(color: boolean): Promise<Palette> {
  if (!color) return PLAIN;
  const { Chalk } = await import("chalk");
  const chalk = new Chalk({ level: 1 });
  return {
    severity: {
      critical: chalk.bold.white.bgRed,
      high: chalk.bold.red,
      medium: chalk.bold.yellow,
      low: chalk.cyan,
      info: chalk.dim,
      debug: chalk.dim,
    },
    good: chalk.bold.green,
    bad: chalk.bold.red,
    doubtful: chalk.bold.yellow,
    strong: chalk.bold,
    faint: chalk.dim,
  };
}
