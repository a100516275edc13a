import type { ByteSource } from "../io/byte-source.js";
import type { ScanContext, Scanner } from "./scanner.js";

/** Endings that say honestly what the file is; a shortcut lies beside models for no honest reason. */
const HONEST_NAME = /\.(?:wasm|class|dex|odex|bc|luac|lua)$/i;
const KINDS: readonly (readonly [first: number, kind: string])[] = [
  [0x00, "WebAssembly program"],
  [0xca, "Java class"],
  [0x64, "Android program"],
  [0x42, "LLVM program"],
  [0x1b, "Lua program"],
];

/** Compiled code for a virtual machine: nothing runs it but that machine, so its name decides what it is worth. */
export class VirtualProgramScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const [first] = await source.read(0, 1);
    context.examined(1);
    const kind = KINDS.find(([byte]) => byte === first)?.[1] ?? "Windows shortcut";
    const honest = HONEST_NAME.test(context.name);
    context.describe("program", kind);
    context.report({
      rule: honest ? "executable/native-code" : "executable/disguised",
      message: honest ? `${context.name} is a ${kind}` : `${context.name} is a ${kind}, not a model`,
      subject: kind,
    });
  }
}
