import type { FormatId } from "./format.js";
import type { Probe } from "./probe.js";
import { judgeTextLines } from "./text-lines.js";

/** Which kind of text the bytes are, and what told it. */
export interface TextKind {
  readonly format: FormatId;
  /** `structure`: the content can be nothing else. `name`: the usual name of such files. `lines`: what most lines look like. */
  readonly by: "structure" | "name" | "lines";
}

/** Tells the text formats apart, by content first; undefined for bytes that are no text. */
export function recogniseText(probe: Probe): TextKind | undefined {
  const head = textOf(probe);
  if (head === undefined) return undefined;
  const structured = structuredFormat(head);
  const named = formatByName(probe.name);
  // JSON is YAML, and what a YAML reader makes of it goes further: `{"a": !!python/name:os.system}` begins like both.
  if (structured === "json" && named === "yaml") return { format: "yaml", by: "name" };
  if (structured !== undefined) return { format: structured, by: "structure" };
  if (named !== undefined) return { format: named, by: "name" };
  return isText(probe.tail, false) ? { format: judgeTextLines(head), by: "lines" } : undefined;
}

function textOf({ head, size }: Probe): string | undefined {
  if (size === 0) return undefined;
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) {
    const text = new TextDecoder(head[0] === 0xff ? "utf-16le" : "utf-16be").decode(head);
    return isPrintable(text) ? text : undefined;
  }
  const encoding = bareUtf16(head);
  if (encoding !== undefined) {
    const text = new TextDecoder(encoding).decode(head.subarray(0, head.length - (head.length % 2)));
    return isPrintable(text) && structuredFormat(text.trimStart()) === "json" ? text.trimStart() : undefined;
  }
  return isText(head, true) ? new TextDecoder().decode(head).trimStart() : undefined;
}

/** UTF-16 without a mark, which Python's json tells by the zeros: `{` and what follows it are ASCII. */
function bareUtf16([a, b, c, d]: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  const isOpening = (byte: number | undefined) => byte === 0x7b || byte === 0x5b;
  if (isOpening(a) && b === 0 && c !== 0 && d === 0) return "utf-16le";
  return a === 0 && isOpening(b) && c === 0 && d !== 0 ? "utf-16be" : undefined;
}

/** Bytes that a text may hold below the space: tab, newline, form feed, carriage return, backspace, escape. */
const CONTROLS = new Set([0x08, 0x09, 0x0a, 0x0c, 0x0d, 0x1b]);
/** A damaged or old-encoded character now and then is still text; more than one byte in 20 is not. */
const MAX_BAD_SHARE = 0.05;

function isText(bytes: Uint8Array, isHead: boolean): boolean {
  let isAscii = true;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    if (byte < 0x20 && !CONTROLS.has(byte)) return false;
    if (byte >= 0x80) isAscii = false;
  }
  if (isAscii) return true;
  // A window may begin or end inside a character.
  const body = bytes.subarray(isHead ? 0 : 4, Math.max(0, bytes.length - 4));
  const text = new TextDecoder().decode(body);
  const bad = text.split("\ufffd").length - 1;
  return bad <= body.length * MAX_BAD_SHARE;
}

function isPrintable(text: string): boolean {
  for (const char of text.slice(0, -1)) {
    const code = char.codePointAt(0) ?? 0;
    if ((code < 0x20 && !CONTROLS.has(code)) || code === 0xfffd) return false;
  }
  return text.length > 1;
}

const GIT_CONFIGURATION = /^\[core\]\s/;
const JSON_OBJECT = /^\{\s{0,2000}(?:"|\}\s{0,200}$)/;
const JSON_ARRAY =
  /^\[\s{0,2000}(?:[{"]|\[\s{0,200}(?:[[{"\]]|-?\d|true|false|null)|\]\s{0,200}$|(?:-?\d[\d.eE+-]{0,40}|true|false|null|NaN)\s{0,200}(?:,|\]\s{0,200}$))/;
const XML_START = /^(?:<\?xml\b|<!DOCTYPE\s{1,20}(?!html\b)|<(?:PMML|net|mvnc|Root|plist|svg)\b)/i;
const YAML_DIRECTIVE = /^%(?:YAML|TAG)\s/;
const BATCH = /^@echo\s{1,8}off\b/i;
const SHEBANG = /^#![^\n]{0,120}/;

/** What the first characters alone decide. */
function structuredFormat(head: string): FormatId | undefined {
  if (JSON_OBJECT.test(head) || JSON_ARRAY.test(head)) return "json";
  if (XML_START.test(head)) return "xml";
  if (YAML_DIRECTIVE.test(head)) return "yaml";
  if (BATCH.test(head)) return "script";
  if (GIT_CONFIGURATION.test(head)) return "toml";
  const [shebang] = SHEBANG.exec(head) ?? [];
  if (shebang === undefined) return undefined;
  return /python/.test(shebang) ? "python" : "script";
}

const NAMES: readonly { readonly pattern: RegExp; readonly format: FormatId }[] = [
  { pattern: /^(?:dockerfile|containerfile)(?:\.[\w.-]{1,60})?$|\.dockerfile$/, format: "dockerfile" },
  { pattern: /(?:^|[-_.])(?:requirements|constraints)(?:[-_.][\w.-]{1,60})?\.(?:txt|in)$/, format: "requirements" },
  { pattern: /\.(?:py|pyi|pyw)$/, format: "python" },
  { pattern: /\.(?:jinja|jinja2|j2)$/, format: "jinja" },
  { pattern: /\.(?:ya?ml|cff)$|^mlmodel$/, format: "yaml" },
  {
    pattern: /\.(?:toml|cfg|ini|conf|gin|properties|desktop)$|^pipfile$|^\.gitconfig$|^\.gitmodules$|^\.pypirc$/,
    format: "toml",
  },
  { pattern: /\.(?:json|ipynb|jsonl)$/, format: "json" },
  { pattern: /\.(?:xml|pmml)$/, format: "xml" },
  {
    pattern:
      /\.(?:sh|bash|zsh|ksh|csh|fish|bat|cmd|ps1|psm1|vbs|vbe|wsf|hta|command|pl|rb|lua|php|tcl|mk)$|^(?:gnu)?makefile$|^justfile$|^procfile$|^\.(?:envrc|bashrc|bash_profile|profile|zshrc|rprofile)$/,
    format: "script",
  },
  // Sources of other languages: commands among them are told.
  { pattern: /\.(?:r|jl|js|mjs|cjs|go|rs|java|scala|kt|swift|c|cc|cpp|cxx|cu|cuh|h|hpp|pyx)$/, format: "script" },
  {
    pattern:
      /\.(?:md|markdown|rst|csv|tsv|log|html?|css|tex|bib)$|^(?:licen[cs]e|notice|authors|copying|readme|changelog)/,
    format: "text",
  },
];

function formatByName(name: string): FormatId | undefined {
  const lower = name.slice(name.lastIndexOf("/") + 1).toLowerCase();
  return NAMES.find(({ pattern }) => pattern.test(lower))?.format;
}
