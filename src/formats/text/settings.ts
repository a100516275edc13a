// Settings in lines: INI as Python's configparser reads it, gin, .properties, desktop entries, git's configuration, and TOML that is broken
// or too long for a parser of its own. What all of them share is read, `key = value` below `[section]`; what only one of them knows stays text.

import type { JsonObject, JsonValue } from "../json/value.js";

/** Lines of one value: lists and long texts go over several. */
const MAX_VALUE_LINES = 2000;
const SECTION = /^\[{1,2}\s{0,8}([^\]\n]{1,200}?)\s{0,8}\]{1,2}\s{0,8}(?:[#;].*)?$/;
const ASSIGNMENT =
  /^\s{0,100}("[^"\n]{1,200}"|'[^'\n]{1,200}'|[@\w.$/()-][\w.$/@() -]{0,200}?)\s{0,40}[=:]\s{0,40}(.*)$/s;
const COMMENT = /^\s{0,100}(?:[#;]|\/\/)/;
const LONG_TEXT = /^("""|''')/;

/** Sections become objects, each of its own even where two have one name; values become texts and lists of texts. */
export function readSettings(text: string): JsonObject {
  const root = new Map<string, JsonValue>();
  let section = root;
  let lastKey: string | undefined;
  const lines = text.split(/\r\n|\n|\r/);
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? "";
    if (COMMENT.test(line) || line.trim() === "") continue;
    const [, name] = SECTION.exec(line.trim()) ?? [];
    if (name !== undefined) {
      section = new Map();
      root.set(freeName(root, name), section);
      lastKey = undefined;
      continue;
    }
    const [, key, first] =
      (/^\s/.test(line) && lastKey !== undefined && !isTomlLike(line) ? [] : ASSIGNMENT.exec(line)) ?? [];
    if (key === undefined || first === undefined) {
      if (lastKey !== undefined) section.set(lastKey, joined(section.get(lastKey), line.trim()));
      continue;
    }
    const taken = wholeValue(first, lines, i);
    i = taken.last;
    lastKey = freeName(section, key.replace(/^(["'])(.*)\1$/s, "$2").trim());
    section.set(lastKey, settingOf(taken.text));
  }
  return root;
}

/** Indented assignments: TOML indents as it likes, INI's continued lines hold none with quotes. */
function isTomlLike(line: string): boolean {
  return /^\s{1,100}[\w."'-]{1,200}\s{0,8}=\s{0,8}["'[{\d]/.test(line) || /^\t\w{1,100} = /.test(line);
}

function freeName(holder: ReadonlyMap<string, JsonValue>, name: string): string {
  if (!holder.has(name)) return name;
  return `${name}#${holder.size}`;
}

function joined(value: JsonValue | undefined, line: string): JsonValue {
  return typeof value === "string" ? `${value}\n${line}`.trimStart() : (value ?? line);
}

/** The text of a value that begins on this line: until its quotes and brackets close. */
function wholeValue(
  first: string,
  lines: readonly string[],
  at: number,
): { readonly text: string; readonly last: number } {
  const [quotes] = LONG_TEXT.exec(first) ?? [];
  const parts = [first];
  let last = at;
  let depth = /^[[{]/.test(first) ? depthOf(first) : 0;
  let isOpen = quotes === undefined ? depth > 0 : !first.includes(quotes, quotes.length);
  while (isOpen && last + 1 < lines.length && last - at < MAX_VALUE_LINES) {
    const line = lines[++last] ?? "";
    parts.push(line);
    depth += depthOf(line);
    isOpen = quotes === undefined ? depth > 0 : !line.includes(quotes);
  }
  return { text: parts.join("\n"), last };
}

/** Brackets that are open, those in quotes not counted. */
function depthOf(text: string): number {
  const bare = text.replace(QUOTED, "").replace(/#[^\n]*/g, "");
  return (bare.match(/[[{]/g)?.length ?? 0) - (bare.match(/[\]}]/g)?.length ?? 0);
}

const QUOTED = /"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/g;
const PAIR = /([\w."'-]{1,200})\s{0,8}=\s{0,8}("(?:[^"\\\n]|\\.)*"|'[^'\n]*')/g;

function settingOf(text: string): JsonValue {
  const value = text.trim();
  if (value.startsWith("{")) {
    const pairs: [string, JsonValue][] = [...value.matchAll(PAIR)].map(([, key = "", quoted = ""]) => [
      key,
      unquoted(quoted),
    ]);
    const others = [...value.replace(PAIR, "").matchAll(QUOTED)].map(([quoted]) => unquoted(quoted));
    return new Map(others.length > 0 ? [...pairs, ["", others]] : pairs);
  }
  if (value.startsWith("[")) {
    const texts = [...value.matchAll(QUOTED)].map(([quoted]) => unquoted(quoted));
    return texts.length > 0 ? texts : value;
  }
  const [quoted] = QUOTED_WHOLE.exec(value) ?? [];
  return quoted === undefined ? value : unquoted(quoted);
}

const QUOTED_WHOLE = /^(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')/;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" };

function unquoted(text: string): string {
  const width = /^("""|''')/.test(text) ? 3 : 1;
  const body = text.slice(width, -width);
  if (!text.startsWith('"')) return body;
  return body.replace(/\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([\s\S]))/g, (_, short, long, char) => {
    const code = short ?? long;
    if (code === undefined) return ESCAPES[char] ?? char;
    const point = Number.parseInt(code, 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : "";
  });
}
