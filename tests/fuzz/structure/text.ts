// Text formats, known by their names: comments, blank lines, other line ends.

import type { Change, Structure } from "./structure.js";

const NOTES = ["reviewed", "version 2", "see the model card"];

function rewriting(rewrite: (text: string, note: string) => string | undefined): Change {
  return (bytes, dice) => {
    const text = Buffer.from(bytes).toString("utf8");
    // Other encodings, and text that would not survive.
    if (!Buffer.from(text).equals(bytes)) return undefined;
    const rewritten = rewrite(text, dice.pick(NOTES));
    return rewritten === undefined ? undefined : new Uint8Array(Buffer.from(rewritten));
  };
}

const ended = (text: string): string => (text.endsWith("\n") ? text : `${text}\n`);
const spaced = rewriting((text) => `${ended(text)}\n\n`);
const crlf = rewriting((text) => (text.includes("\r") ? undefined : text.replaceAll("\n", "\r\n")));
const marked = rewriting((text) => (text.startsWith("\ufeff") ? undefined : `\ufeff${text}`));

/** Formats whose comments begin with a number sign. */
export const hashTextStructure: Structure = {
  name: "text with # comments",
  names: /\.(?:ya?ml|py|dockerfile)$|requirements\.txt$|^Dockerfile/,
  harmless: {
    spaced,
    crlf,
    headed: rewriting((text, note) => `# ${note}\n${text}`),
    footed: rewriting((text, note) => `${ended(text)}# ${note}\n`),
  },
};

export const pythonStructure: Structure = {
  name: "python",
  names: /\.py$/,
  harmless: {
    extended: rewriting((text) => `${ended(text)}\n\ndef width(layer):\n    return layer.units\n`),
    versioned: rewriting((text) => `${ended(text)}__version__ = "1.0"\n`),
  },
  odd: { marked },
};

export const jinjaStructure: Structure = {
  name: "jinja",
  names: /\.jinja2?$/,
  harmless: {
    headed: rewriting((text, note) => `{# ${note} #}${text}`),
    footed: rewriting((text) => `${text}{%- if false %}{{ '' }}{% endif %}`),
    crlf,
  },
};

export const xmlStructure: Structure = {
  name: "xml",
  names: /\.(?:xml|pmml)$/,
  harmless: {
    footed: rewriting((text, note) => `${ended(text)}<!-- ${note} -->\n`),
    crlf,
    spaced: rewriting((text) => text.replaceAll(/>\s*</g, ">\n  <")),
  },
  odd: { marked },
};
