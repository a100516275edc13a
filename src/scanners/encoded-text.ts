// Content that a text spells in base64 or hexadecimal: Stable-Baselines3 keeps cloudpickles so (`:serialized:` in its JSON), wrappers of
// scikit-learn their estimators, and attackers whatever shall not be seen.

import { constants, inflateSync } from "node:zlib";
import { sniffEmbedded } from "../formats/embedded/sniff.js";
import { trial } from "../formats/pickle/trial.js";
import { BufferSource } from "../io/byte-source.js";
import { findPythonCalls, findShellCommands } from "./commands.js";
import type { Observation, ScanContext } from "./scanner.js";

/** What a text stands for, decoded. */
export interface Encoded {
  readonly bytes: Uint8Array;
  /** Bytes that a loader or a system would take, and the text of a program. */
  readonly kind: "content" | "source";
}

/** Fewer characters spell no program. */
const MIN_ENCODED = 20;
const BASE64 = /^[A-Za-z0-9+/_-]{20}/;
/** All of it, with the line ends that writers of mail put in. */
const WHOLLY_BASE64 = /^[A-Za-z0-9+/_\s-]+={0,2}\s*$/;
const HEX = /^\s{0,8}(?:0x)?(?:80\s?0[1-5]|7f\s?45|4d\s?5a|50\s?4b|1f\s?8b|[23456]\w)[0-9a-f\s]{20}/i;
const WHOLLY_HEX = /^\s*(?:0x)?(?:[0-9a-f]{2}\s?)+\s*$/i;
/** As much as the looks at its kind need. */
const HEAD_CHARACTERS = 8192;

/** The content that a text spells, when it is some that is loaded or run; undefined for other texts, nearly all of them at a glance. */
export function decodeEncoded(text: string): Encoded | undefined {
  if (text.length < MIN_ENCODED) return undefined;
  const form = formOf(text);
  if (form === undefined) return undefined;
  const head = decode(text.slice(0, HEAD_CHARACTERS), form);
  if (isContent(head)) return { bytes: decode(text, form), kind: "content" };
  return isSource(head) ? { bytes: decode(text, form), kind: "source" } : undefined;
}

type Form = "base64" | "hex" | "latin1";
/** Protocol 0 is text as it stands. */
const PLAIN_PICKLE = /^[(}\])]{0,3}c[A-Za-z_][\w.]{0,80}\n[A-Za-z_][\w.]{0,80}\n[(}\])SVIptN]/;

function formOf(text: string): Form | undefined {
  if (isPlainPickle(text)) return "latin1";
  if (HEX.test(text) && WHOLLY_HEX.test(text)) return "hex";
  const isBase64 = BASE64.test(text.trimStart()) && WHOLLY_BASE64.test(text) && isEvenlyCut(text);
  return isBase64 ? "base64" : undefined;
}

/** Words in lines begin like one now and then, and do not go on so far that anything is called. */
function isPlainPickle(text: string): boolean {
  return (
    PLAIN_PICKLE.test(text) && trial(new BufferSource(Buffer.from(text.slice(0, HEAD_CHARACTERS), "latin1")), 0).acts
  );
}

/** Writers cut lines at one length; words of a vocabulary have many. */
function isEvenlyCut(text: string): boolean {
  const parts = text.trim().split(/\s+/);
  const width = parts[0]?.length ?? 0;
  return parts.slice(1, -1).every(({ length }) => length === width) && (parts.at(-1)?.length ?? 0) <= width;
}

function decode(text: string, form: Form): Uint8Array {
  if (form === "latin1") return Buffer.from(text, "latin1");
  return form === "base64" ? Buffer.from(text, "base64") : Buffer.from(text.replace(/^\s*0x|\s+/gi, ""), "hex");
}

/** Lock files and lists of files hold thousands of digests, some of which begin like anything: what is as short must be sound to its end. */
const LONGEST_DIGEST = 64;

/** A pickle by its first two bytes, everything that stands out among numbers, and a compressed stream of anything. */
function isContent(head: Uint8Array): boolean {
  const [first = 0, second = 0, third] = head;
  if (first === 0x80 && second >= 2 && second <= 5) return head.length > LONGEST_DIGEST || runs(head);
  if (first === 0x1f && second === 0x8b && third === 8) return true;
  return sniffEmbedded(head) !== undefined || isZlib(head);
}

function runs(bytes: Uint8Array): boolean {
  const { acts, reason, anomalies } = trial(new BufferSource(bytes), 0);
  return acts || (reason === "stop" && anomalies === 0);
}

function isZlib(head: Uint8Array): boolean {
  const [first = 0, second = 0] = head;
  if (first !== 0x78 || ((first << 8) | second) % 31 !== 0) return false;
  const finishFlush = head.length > LONGEST_DIGEST ? constants.Z_SYNC_FLUSH : constants.Z_FINISH;
  try {
    return inflateSync(head, { finishFlush, maxOutputLength: 1 << 20 }).length > 0;
  } catch (error) {
    if (error instanceof Error && "code" in error) return error.code === "ERR_BUFFER_TOO_LARGE";
    throw error;
  }
}

/** A program's text: printable, and with a command or Python that reaches for the system. */
function isSource(head: Uint8Array): boolean {
  if (head.some((byte) => byte > 0x7e || (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13))) return false;
  const text = Buffer.from(head).toString("latin1");
  return findShellCommands(text).length > 0 || findPythonCalls(text).length > 0;
}

/** Encoded texts of one file that are looked into, and the bytes they may make: far more than honest files hold. */
const MAX_TEXTS = 256;
const MAX_BYTES = 64 << 20;

/** Gathers the encoded texts of a file while it is walked, and scans what they spell. */
export class EncodedTexts {
  private readonly found: { readonly name: string; readonly bytes: Uint8Array }[] = [];
  private size = 0;
  private isFull = false;

  /** True when the text was one. A program's text is told at once. */
  take(text: string, place: () => string, report: (observation: Observation) => void): boolean {
    const encoded = decodeEncoded(text);
    if (encoded === undefined) return false;
    const { bytes, kind } = encoded;
    if (kind === "source") report(commandIn(bytes, place()));
    else if (this.found.length >= MAX_TEXTS || this.size + bytes.length > MAX_BYTES) this.isFull = true;
    else {
      this.found.push({ name: place(), bytes });
      this.size += bytes.length;
    }
    return true;
  }

  async scan(context: ScanContext): Promise<void> {
    for (const { name, bytes } of this.found) await context.descend({ name, source: new BufferSource(bytes) });
    if (this.isFull) context.incomplete(`more than ${this.found.length} encoded texts`);
  }
}

function commandIn(bytes: Uint8Array, place: string): Observation {
  const text = Buffer.from(bytes.subarray(0, HEAD_CHARACTERS)).toString("latin1");
  const [command] = [...findShellCommands(text), ...findPythonCalls(text)];
  return {
    rule: "config/command-text",
    message: `${place} spells a command in another alphabet: ${command?.text ?? ""}`,
    subject: `${place} encoded`,
    evidence: { command: command?.text ?? "", place },
  };
}

/** What a text in metadata spells, for places where nothing is looked into: no honest file keeps a pickle or a program there. */
export function judgeEncoded(text: string, place: string): Observation | undefined {
  const encoded = decodeEncoded(text);
  if (encoded === undefined) return undefined;
  if (encoded.kind === "source") return commandIn(encoded.bytes, place);
  const kind = sniffEmbedded(encoded.bytes);
  if (kind === undefined) return undefined;
  return {
    rule: "config/encoded-content",
    message: `${place} spells a ${kind} of ${encoded.bytes.length} bytes`,
    subject: place,
    evidence: { kind, place },
  };
}

/** Lines of base64 as `base64` and mail programs write them, at least this many characters together. */
const BLOCK = /(?:^|\n)(?:[A-Za-z0-9+/]{40,200}\r?\n){0,100000}[A-Za-z0-9+/]{24,200}={0,2}\s*(?=\r?\n|$)/g;
const MAX_BLOCKS = 64;

/** A text may be nothing but a pickle in base64, or a mail with one attached. */
export async function scanEncodedBlocks(text: string, context: ScanContext): Promise<void> {
  const encoded = new EncodedTexts();
  encodedBlocks(text).forEach((block, i) => void encoded.take(block, () => `encoded block ${i + 1}`, context.report));
  await encoded.scan(context);
}

/** The blocks of base64 in a text that is none as a whole. */
function encodedBlocks(text: string): string[] {
  if (!PLAIN_PICKLE.test(text) && decodeEncoded(text) !== undefined) return [text];
  const blocks: string[] = [];
  for (const [block] of text.matchAll(BLOCK)) {
    if (blocks.length >= MAX_BLOCKS) break;
    blocks.push(block.trim());
  }
  return blocks;
}
