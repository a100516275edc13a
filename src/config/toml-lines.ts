/** Keys from the outermost table to the value that is meant. */
export type KeyPath = readonly string[];

/**
 * The line (from 1) on which a key of a TOML text stands, or the line of the nearest table around it. smol-toml keeps no positions, and
 * only errors need them, so the text is read a second time, by line.
 */
export function lineOfKey(text: string, path: KeyPath): number {
  let table: string[] = [];
  const counts = new Map<string, number>();
  let best = { line: 1, depth: 0 };
  for (const { number, content } of keyLines(text)) {
    const header = /^\[(\[?)([^\]]*)\]/.exec(content);
    let at: string[];
    if (header) {
      table = splitKey(header[2] ?? "");
      if (header[1]) table.push(String(countUp(counts, table.join("\u0000"))));
      at = table;
    } else {
      at = [...table, ...splitKey(content.slice(0, equalsAt(content)))];
    }
    const depth = sharedDepth(at, path);
    if (depth === at.length && depth > best.depth) best = { line: number, depth };
  }
  return best.line;
}

/** The lines that begin a table or a key: not blank, not a comment, not inside an array or a multi-line string. */
function* keyLines(text: string): Generator<{ number: number; content: string }> {
  let open = "";
  let depth = 0;
  for (const [index, line] of text.split("\n").entries()) {
    const content = line.trim();
    const inside = open !== "" || depth > 0;
    if (!inside && content !== "" && !content.startsWith("#")) yield { number: index + 1, content };
    if (!inside && content.startsWith("[")) continue;
    for (const token of content.match(/"""|'''|"(?:[^"\\]|\\.)*"|'[^']*'|#|[[\]{}]/g) ?? []) {
      if (open !== "") {
        if (token === open) open = "";
      } else if (token === '"""' || token === "'''") open = token;
      else if (token === "#") break;
      else if (token === "[" || token === "{") depth++;
      else if (token === "]" || token === "}") depth--;
    }
  }
}

function equalsAt(content: string): number {
  const match = /^(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^="'])*/.exec(content);
  return match?.[0].length ?? content.length;
}

function splitKey(key: string): string[] {
  return [...key.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+)/g)].map(
    ([, basic, literal, bare]) => basic ?? literal ?? bare ?? "",
  );
}

function countUp(counts: Map<string, number>, key: string): number {
  const count = counts.get(key) ?? 0;
  counts.set(key, count + 1);
  return count;
}

function sharedDepth(a: readonly string[], b: readonly string[]): number {
  let depth = 0;
  while (depth < a.length && depth < b.length && a[depth] === b[depth]) depth++;
  return depth;
}
