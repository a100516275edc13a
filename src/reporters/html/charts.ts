import { countText } from "../quantity.js";
import { type Html, html } from "./markup.js";

export interface Share {
  readonly label: string;
  readonly count: number;
  /** Class suffix of its colour. */
  readonly tone: string;
}

const WIDTH = 1000;
const HEIGHT = 40;
/** A share that is there is seen, however small. */
const MIN_WIDTH = 12;
/** Neighbours stay apart for eyes that do not tell their colours apart. */
const GAP = 4;

/** Shares of a whole as one bar. The numbers stand in the legend beneath, so the picture itself is named and not read out piece by piece. */
export function bar(title: string, noun: string, shares: readonly Share[]): Html {
  const there = shares.filter(({ count }) => count > 0);
  const total = there.reduce((sum, { count }) => sum + count, 0);
  const label =
    there.length === 0 ? `${title}: none` : `${title}: ${there.map((s) => `${s.count} ${s.label}`).join(", ")}`;
  return html`<svg class="bar" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}">${html`<rect class="fill-track" width="${WIDTH}" height="${HEIGHT}" rx="8"/>`}${segments(there, total)}</svg>
<ul class="legend">${there.map(legendEntry)}${there.length === 0 ? html`<li>no ${noun}</li>` : html`<li>${countText(total, noun)} in all</li>`}</ul>`;
}

function segments(shares: readonly Share[], total: number): Html[] {
  const room = WIDTH - MIN_WIDTH * shares.length - GAP * (shares.length - 1);
  let at = 0;
  return shares.map(({ count, tone }) => {
    const width = MIN_WIDTH + (room * count) / total;
    const segment = html`<rect class="fill-${tone}" x="${at.toFixed(1)}" width="${width.toFixed(1)}" height="${HEIGHT}"/>`;
    at += width + GAP;
    return segment;
  });
}

function legendEntry({ label, count, tone }: Share): Html {
  return html`<li><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="fill-${tone}" width="10" height="10" rx="2"/></svg><b>${count}</b> ${label}</li>`;
}
