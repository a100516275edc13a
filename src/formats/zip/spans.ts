/** Bytes `[start, end)` of the file. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The parts of `[0, size)` that no span covers, in order. */
export function gapsBetween(spans: readonly Span[], size: number): Span[] {
  const gaps: Span[] = [];
  let at = 0;
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    if (start > at) gaps.push({ start: at, end: Math.min(start, size) });
    at = Math.max(at, end);
  }
  if (at < size) gaps.push({ start: at, end: size });
  return gaps;
}

/** Pairs of neighbours that share bytes, by rising start. */
export function overlapsAmong<Item extends Span>(items: readonly Item[]): (readonly [Item, Item])[] {
  const overlaps: (readonly [Item, Item])[] = [];
  const sorted = [...items].sort((a, b) => a.start - b.start || a.end - b.end);
  let reaching: Item | undefined;
  for (const item of sorted) {
    if (reaching && item.start < reaching.end) overlaps.push([reaching, item]);
    if (!reaching || item.end > reaching.end) reaching = item;
  }
  return overlaps;
}
