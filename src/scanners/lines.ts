export interface TextLine {
  readonly text: string;
  /** Counted from 1: the first line where several were joined. */
  readonly number: number;
  /** Index of its first character inside the text. */
  readonly index: number;
}

/** Lines longer than this are cut: what is looked for in them is short. */
const MAX_LINE = 16_384;

/** The lines of a text. With `joined`, a backslash at the end continues a line, as in shells and Dockerfiles. */
export function* textLines(text: string, joined = true): Generator<TextLine> {
  let number = 0;
  let index = 0;
  while (index < text.length) {
    const first = { index, number: number + 1 };
    let line = "";
    for (let more = true; more && index < text.length; ) {
      const cut = text.indexOf("\n", index);
      const end = cut < 0 ? text.length : cut;
      const part = text.slice(index, end).replace(/\r$/, "");
      more = joined && part.endsWith("\\");
      if (line.length < MAX_LINE) line += more ? `${part.slice(0, -1)} ` : part;
      index = end + 1;
      number++;
    }
    yield { text: line.slice(0, MAX_LINE), ...first };
  }
}
