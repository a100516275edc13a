/** Breaks prose at spaces into lines of `width`; the first line begins with `head`, the others with as many spaces. */
export function wrap(text: string, head: string, width: number): string[] {
  const room = Math.max(MIN_ROOM, width - head.length);
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  lines.push(line);
  const indent = " ".repeat(head.length);
  return lines.map((content, i) => (i === 0 ? head : indent) + content);
}

/** However narrow the terminal says it is, prose keeps this many columns. */
const MIN_ROOM = 24;
