import type { Policy } from "../config/policy.js";
import { type JavaClass, readJava } from "../formats/java/read-java.js";
import type { ByteSource } from "../io/byte-source.js";
import { toSync } from "../io/spool.js";
import type { ScanContext, Scanner } from "./scanner.js";
import { judgeText, mayTell } from "./text-content.js";

const MAX_NAME = 200;
/** `int`, `double` and their arrays have no package. */
const PRIMITIVE = /^[BCDFIJSZ]$/;

/** Java object streams: the classes that reading them rebuilds. */
export class JavaSerializedScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const { classes, texts, objects, loaded, error } = readJava(await toSync(source), context.budget);
    context.examined(loaded);
    context.describe("objects", objects);
    const [root] = classes;
    if (root) context.describe("root_class", root.name.slice(0, MAX_NAME));
    for (const found of classes) judgeClass(found, context);
    for (const { text, offset } of texts) {
      context.budget.spendSteps();
      if (!mayTell(text, undefined, context.policy)) continue;
      const place = { place: `the text at ${offset}`, offset };
      for (const found of judgeText(text, place, context.policy)) context.report(found);
    }
    if (error) throw error;
  }
}

/** A class by which published attacks run code, whatever a document or a stream has it for. */
export function isGadget(name: string, { java_rules }: Policy): boolean {
  return java_rules.gadgets.some((gadget) => covers(gadget, name));
}

function judgeClass({ name, offset, isProxy }: JavaClass, context: ScanContext): void {
  const { known_packages } = context.policy.java_rules;
  const subject = name.slice(0, MAX_NAME);
  if (isGadget(name, context.policy)) {
    context.report({ rule: "java/gadget-class", message: `class ${subject}`, subject, offset });
  } else if (isProxy) {
    context.report({ rule: "java/proxy", message: `a proxy for ${subject}`, subject, offset });
  } else if (!PRIMITIVE.test(name) && !known_packages.some((known) => covers(known, name))) {
    context.report({ rule: "java/unknown-class", message: `class ${subject}`, subject, offset });
  }
}

/** A row that ends in a dot covers the package and all below it. */
function covers(row: string, name: string): boolean {
  return row.endsWith(".") ? name.startsWith(row) : name === row || name.startsWith(`${row}$`);
}
