import { netShape, type PythonLayer, pythonLayersOf } from "../formats/caffe/net.js";
import { readMessage } from "../formats/protobuf/read-message.js";
import { decodeText } from "../formats/text/decode.js";
import type { ByteSource } from "../io/byte-source.js";
import { judgeTarget } from "./config/targets.js";
import { textWindow } from "./requirements.js";
import type { ScanContext, Scanner } from "./scanner.js";

const MAX_NAME = 200;

/** Nets of Caffe, as text and with their weights: layers that are Python. */
export class CaffeScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    if (await isText(source)) {
      const { text } = decodeText(await textWindow(source, context));
      for (const layer of pythonLayersOf(text)) tell(layer, context);
      return;
    }
    const { value, error, loaded } = await readMessage(source, netShape, { budget: context.budget });
    context.examined(loaded);
    for (const layer of value) tell(layer, context);
    if (error !== undefined) throw error;
  }
}

async function isText(source: ByteSource): Promise<boolean> {
  return !(await source.read(0, 1024)).some((byte) => byte < 9);
}

function tell({ module, layer }: PythonLayer, context: ScanContext): void {
  const name = `${module}.${layer}`.slice(0, MAX_NAME);
  const verdict = judgeTarget(name, context.policy);
  context.report({
    rule: "config/custom-operator",
    ...(verdict.kind === "dangerous" ? { severity: verdict.severity } : {}),
    message: `a layer is the class ${name}, whose module is imported when the net is made`,
    subject: name,
    evidence: { module: module.slice(0, MAX_NAME), layer: layer.slice(0, MAX_NAME) },
  });
}
