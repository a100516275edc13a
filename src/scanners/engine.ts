import { searchEngine } from "../formats/engine/search.js";
import type { ByteSource } from "../io/byte-source.js";
import { toSync } from "../io/spool.js";
import type { ScanContext, Scanner } from "./scanner.js";

/** Compiled models of vendors: their formats are not public, so they are searched for what runs. */
export class EngineScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const sync = await toSync(source);
    context.examined(sync.size);
    for (const find of searchEngine(sync, context.budget)) {
      const { offset } = find;
      if (find.kind === "program") {
        const message = `holds a ${find.what} at ${offset}`;
        context.report({ rule: "engine/native-code", message, subject: `program at ${offset}`, offset });
      } else reportLibrary(find.path, offset, context);
    }
  }
}

/** A bare name is found where the system keeps its libraries; a path leads wherever its author wanted. */
function reportLibrary(path: string, offset: number, context: ScanContext): void {
  const isPath = /[/\\]/.test(path);
  context.report({
    rule: "engine/library-path",
    ...(isPath ? {} : { severity: "info" as const }),
    message: `names the library ${path}`,
    subject: path,
    offset,
  });
}
