import { AsciiEncoding, BinaryEncoding } from "../formats/torch7/encoding.js";
import { readTorch7, type Torch7Class, type Torch7File, type Torch7Function } from "../formats/torch7/read-torch7.js";
import { searchBytecode } from "../formats/torch7/search.js";
import type { ByteSource } from "../io/byte-source.js";
import { toSync } from "../io/spool.js";
import type { ScanContext, Scanner } from "./scanner.js";
import { judgeText, mayTell } from "./text-content.js";
import { inspectTail } from "./trailing.js";

const FIRST_DIGIT = 0x30;
const LAST_DIGIT = 0x39;
const MAX_SHOWN = 6;

/** Torch7: every object of the file. Functions are Lua bytecode that is loaded as soon as the file is read. */
export class Torch7Scanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const sync = await toSync(source);
    const [first = 0, second = 0] = sync.readSync(0, 2);
    const isAscii = first >= FIRST_DIGIT && first <= LAST_DIGIT && second !== 0;
    const encoding = isAscii ? new AsciiEncoding(sync) : new BinaryEncoding(sync);
    const file = readTorch7(encoding, context.budget);
    context.examined(encoding.loaded);
    context.describe("encoding", isAscii ? "ascii" : "binary");
    context.describe("objects", file.objects);
    for (const found of file.functions) judgeFunction(found, context);
    for (const found of file.classes) judgeClass(found, context);
    for (const { text, offset } of file.strings) judgeString(text, offset, context);
    if (file.error) {
      for (const found of searchBytecode(sync, file.end, context.budget)) judgeFunction(found, context);
      return reportEnd(file, file.error, context);
    }
    await inspectTail(sync, { start: file.end, after: "the object" }, context);
  }
}

function judgeFunction({ offset, size, code, constants }: Torch7Function, context: ScanContext): void {
  const { dangerous } = context.policy.torch7_rules;
  const names = constants.filter((text) => dangerous.some((name) => mentions(text, name))).slice(0, MAX_SHOWN);
  const kind = code.startsWith("\x1b") ? "bytecode" : "source";
  const told = names.length > 0 ? ` that names ${names.map((name) => name.slice(0, 80)).join(", ")}` : "";
  context.report({
    rule: "torch7/lua-function",
    ...(names.length > 0 ? { severity: "critical" as const } : {}),
    message: `a Lua function, ${size} bytes of ${kind}${told}`,
    subject: names.join(",") || "function",
    offset,
    evidence: { constants: constants.slice(0, 20).map((text) => text.slice(0, 100)) },
  });
}

/** As a whole name, or as a call within a longer text. */
function mentions(text: string, name: string): boolean {
  return text === name || text.includes(`.${name}`) || text.includes(`${name}(`);
}

/** Lua's own libraries: nobody's classes are registered below them. */
const STANDARD_LIBRARIES = new Set(["io", "os", "package", "debug", "ffi", "jit", "_G", "coroutine", "string", "load"]);

function judgeClass({ name, offset }: Torch7Class, context: ScanContext): void {
  const [packageName = ""] = name.split(".");
  if (context.policy.torch7_rules.known_packages.includes(packageName)) return;
  const isOdd = STANDARD_LIBRARIES.has(packageName) || !/^[A-Za-z_][\w.-]{0,200}$/.test(name);
  context.report({
    rule: "torch7/class",
    ...(isOdd ? { severity: "medium" as const } : {}),
    message: `class ${name.slice(0, 200)} is read by ${isOdd ? "no package that stores models" : "a package of its own"}`,
    subject: name.slice(0, 200),
    offset,
  });
}

function judgeString(text: string, offset: number, context: ScanContext): void {
  context.budget.spendSteps();
  if (!mayTell(text, undefined, context.policy)) return;
  for (const found of judgeText(text, { place: `the string at ${offset}`, offset, plainData: true }, context.policy)) {
    context.report(found);
  }
}

/** Where a class of its own makes the rest unreadable, that is no fault of the file. */
function reportEnd({ unreadable }: Torch7File, error: Error, context: ScanContext): void {
  if (
    unreadable === undefined ||
    context.policy.torch7_rules.known_packages.includes(unreadable.name.split(".")[0] ?? "")
  )
    throw error;
  const message = `${unreadable.name.slice(0, 200)} is stored in a way of its own`;
  context.report({
    rule: "torch7/opaque-class",
    message,
    subject: unreadable.name.slice(0, 200),
    offset: unreadable.offset,
  });
  context.incomplete(`${message}: ${error.message}`);
}
