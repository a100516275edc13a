/** Edits that still count as a slip of the finger: one in three letters. */
const allowed = (word: string) => Math.max(1, Math.floor(word.length / 3));

/** Nobody's slip of the finger is longer, and few folders hold more: what compares each with each must have an end. */
const MAX_WORD = 100;
const MAX_CANDIDATES = 5000;

/** The candidates that are spelled most like `word`, nearest first, for "did you mean". */
export function nearest(word: string, candidates: Iterable<string>, most = 3): string[] {
  if (word.length > MAX_WORD) return [];
  const lower = word.toLowerCase();
  let left = MAX_CANDIDATES;
  const found: { candidate: string; distance: number }[] = [];
  for (const candidate of candidates) {
    if (left-- <= 0) break;
    if (candidate.length > MAX_WORD) continue;
    const distance = editDistance(lower, candidate.toLowerCase());
    if (distance <= allowed(word)) found.push({ candidate, distance });
  }
  return found
    .sort((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

/** Edits between two words, two letters in the wrong order being one of them; a row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  let before: number[] = [];
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwapped ? (before[j - 2] ?? 0) + 1 : substituted;
      next.push(Math.min(substituted, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
