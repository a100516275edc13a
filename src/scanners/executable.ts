import { sniffProgram } from "../formats/embedded/sniff.js";
import type { ByteSource } from "../io/byte-source.js";
import type { Observation, ScanContext, Scanner } from "./scanner.js";

const HEAD_BYTES = 4096;
/** Endings that say honestly that the file is a program or a library; versioned ones (`libx.so.1.2`) as well. */
const HONEST_NAME = /\.(?:so|dll|dylib|exe|o|obj|a|lib|node|pyd|com|sys|ko|elf|bin\.so|wasm|llamafile)(?:\.\d+){0,3}$/i;

/** Native programs and libraries. Inside a container the container tells what it means; alone it is told here. */
export class ExecutableScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const head = await source.read(0, HEAD_BYTES);
    context.examined(head.length);
    const kind = sniffProgram(head) ?? "program";
    context.describe("program", kind);
    if (context.depth > 0) return;
    const honest = HONEST_NAME.test(context.name) || !context.name.includes(".");
    context.report({
      rule: honest ? "executable/native-code" : "executable/disguised",
      message: honest ? `${context.name} is a ${kind}` : `${context.name} is a ${kind}, not a model`,
      subject: kind,
    });
  }
}

/** What a program inside a constant, an array or a storage is worth; undefined for anything else. */
export function judgeEmbeddedProgram(
  formats: readonly string[],
  where: string,
  offset: number | undefined,
): Observation | undefined {
  if (!formats.includes("executable")) return undefined;
  return {
    rule: "executable/embedded",
    message: `${where} holds a program`,
    subject: where,
    ...(offset === undefined ? {} : { offset }),
  };
}
