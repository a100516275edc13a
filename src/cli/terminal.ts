interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Columns for text that nobody's terminal limits. */
const PIPE_WIDTH = 100;

/** Colours on a terminal; FORCE_COLOR and NO_COLOR (https://no-color.org) decide otherwise, in this order. */
export function wantsColor(stream: Stream, env: Environment = process.env): boolean {
  const forced = env.FORCE_COLOR;
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  if (env.NO_COLOR) return false;
  return (stream.isTTY ?? false) && env.TERM !== "dumb";
}

export function widthOf(stream: Stream): number {
  return Math.min(stream.columns ?? PIPE_WIDTH, MAX_WIDTH);
}

/** Longer lines are hard to read. */
const MAX_WIDTH = 120;
