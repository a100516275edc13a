import { isBytes, type Value } from "../../formats/pickle/value.js";
import { BufferSource, type SyncByteSource, slice } from "../../io/byte-source.js";
import { severityRank } from "../../rules/severity.js";
import { judgeEmbeddedProgram } from "../executable.js";
import type { ScanContext } from "../scanner.js";
import type { PickleJudge } from "./judge.js";

/** Nested constants decoded into memory; larger ones are slices of the file or left alone. */
const MAX_NESTED_BYTES = 64 << 20;

/** Looks into the constants of a stream that begin like files: each is an artifact of its own. */
export async function scanNested(source: SyncByteSource, judge: PickleJudge, context: ScanContext): Promise<void> {
  for (const { offset, value, isLoaded } of judge.nestedValues) {
    const found = nestedSource(source, judge, value);
    if (found === undefined) {
      if ((judge.inspect.range(value)?.length ?? 0) > MAX_NESTED_BYTES)
        context.incomplete(`the constant at byte ${offset} is too long to be decoded`);
      continue;
    }
    const at = `the constant at byte ${offset}`;
    const outcome = await context.descend({
      name: `bytes at ${offset}`,
      source: found.source,
      ...(isLoaded ? { formats: ["pickle" as const] } : {}),
      ...(found.offset === undefined ? {} : { offset: found.offset }),
    });
    const program = judgeEmbeddedProgram(outcome.formats, at, offset);
    if (program) context.report(program);
    if (outcome.worst !== undefined && severityRank(outcome.worst) >= severityRank("medium")) {
      context.report({
        rule: "pickle/nested-pickle",
        message: `${at} holds ${outcome.formats.join(" and ") || "data"} that is not clean`,
        subject: "nested",
        offset,
      });
    }
  }
}

/** The bytes of a constant that looks like a pickle or an archive, decoded where it is base64, hex or latin-1 in a text. */
function nestedSource(
  source: SyncByteSource,
  judge: PickleJudge,
  value: Value,
): { source: SyncByteSource; offset?: number } | undefined {
  const { inspect } = judge;
  const range = inspect.range(value);
  const first = inspect.bytes(value, 16)?.[0];
  if (isBytes(value.kind) && range !== undefined && first !== 0x67 && first !== 0x38) {
    return { source: slice(source, range.start, range.length), offset: range.start };
  }
  const length = range?.length ?? 0;
  if (length > MAX_NESTED_BYTES) return undefined;
  const bytes = inspect.bytes(value, MAX_NESTED_BYTES);
  const text = bytes === undefined ? inspect.text(value, MAX_NESTED_BYTES) : latin1(bytes);
  const decoded = text === undefined ? undefined : decodeText(text);
  return decoded === undefined ? undefined : { source: new BufferSource(decoded) };
}

function decodeText(text: string): Uint8Array | undefined {
  if (/^gA[I-X]/.test(text)) return Buffer.from(text, "base64");
  if (/^800[0-5](?:[0-9a-f]{2}){4}/i.test(text)) return Buffer.from(text, "hex");
  return Buffer.from(text, "latin1");
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
