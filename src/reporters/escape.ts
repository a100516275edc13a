/**
 * Characters that do something to a terminal or to the reading order: C0 and C1 controls, line separators, bidirectional overrides
 * (CVE-2021-42574), zero-width and tag characters, lone surrogates.
 */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ufe00-\ufe0f]|[\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

/** Text out of a file, for one line on a terminal: what would act on it is shown as an escape instead. */
export function printable(text: string): string {
  return text.replace(UNSAFE, escapeOf);
}

/** JSON whose strings hold no such characters, for the terminal it may be printed on. The value stays the same. */
export function printableJson(json: string): string {
  return json.replace(UNSAFE, (char) => (char === "\n" ? char : jsonEscapeOf(char)));
}

function escapeOf(char: string): string {
  const short = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0" }[char];
  const code = char.codePointAt(0) ?? 0;
  return (
    short ?? (code < 0x100 ? `\\x${hex(code, 2)}` : code < 0x10000 ? `\\u${hex(code, 4)}` : `\\u{${hex(code, 1)}}`)
  );
}

function jsonEscapeOf(char: string): string {
  return [...Array(char.length).keys()].map((i) => `\\u${hex(char.charCodeAt(i), 4)}`).join("");
}

function hex(code: number, width: number): string {
  return code.toString(16).padStart(width, "0");
}
