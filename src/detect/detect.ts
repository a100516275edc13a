import type { ByteSource } from "../io/byte-source.js";
import type { FormatId } from "./format.js";
import { probe, probeHead, startsWith } from "./probe.js";
import { NAME_HINTS, RECOGNITIONS, SIGNATURES, type Signature } from "./table.js";
import { recogniseText } from "./text.js";

export interface Detection {
  /** Everything the bytes could be, by content. */
  readonly formats: readonly FormatId[];
  /** What the name promises; tried when content decides nothing, compared with it otherwise. */
  readonly hinted: readonly FormatId[];
}

/** Which formats the bytes could be: all that match, not the first. Reads the first 4 KiB and the last 64 KiB at most. */
export async function detect(source: ByteSource, name: string, headOnly = false): Promise<Detection> {
  const evidence = await (headOnly ? probeHead(source, name) : probe(source, name));
  const formats = new Set<FormatId>();
  for (const { format, offset, magic, confirm } of signaturesFor(evidence.head[0])) {
    if (startsWith(evidence.head, magic, offset) && (confirm?.(evidence) ?? true)) formats.add(format);
  }
  for (const { format, test } of RECOGNITIONS) if (!formats.has(format) && test(evidence)) formats.add(format);
  const text = recogniseText(evidence);
  const hinted = hintedFormats(name);
  // Protocol 0 pickles and many model formats are text as well: that bytes are plain text, or look like some kind of it, counts only where
  // nothing else is known.
  const isOpen = formats.size === 0 && hinted.length === 0;
  // Source code under the name of a model is never ordinary.
  const isWeak = (text?.by === "lines" && text.format !== "python") || text?.format === "text";
  if (text !== undefined && (isOpen || !isWeak)) formats.add(text.format);
  return { formats: [...formats], hinted };
}

/** An archive may have a hundred thousand members: each is compared with the rows that its first byte, or its name's last character, leaves. */
const signatures = new Map<number | undefined, readonly Signature[]>();
const hints = new Map<string | undefined, typeof NAME_HINTS>();

function signaturesFor(first: number | undefined): readonly Signature[] {
  const known = signatures.get(first);
  if (known !== undefined) return known;
  const rows = SIGNATURES.filter(({ offset, magic }) => offset > 0 || magic.charCodeAt(0) === first);
  signatures.set(first, rows);
  return rows;
}

function hintedFormats(name: string): readonly FormatId[] {
  const lower = name.toLowerCase();
  return hintsFor(lower.at(-1)).find(({ suffix }) => lower.endsWith(suffix))?.formats ?? [];
}

function hintsFor(last: string | undefined): typeof NAME_HINTS {
  const known = hints.get(last);
  if (known !== undefined) return known;
  const rows = NAME_HINTS.filter(({ suffix }) => suffix.at(-1) === last);
  hints.set(last, rows);
  return rows;
}
