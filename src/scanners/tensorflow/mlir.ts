import { isModuleBytecode } from "../../formats/tensorflow/compiled-module.js";
import { decodeText } from "../../formats/text/decode.js";
import type { ByteSource } from "../../io/byte-source.js";
import type { ScanContext, Scanner } from "../scanner.js";
import { judgeModuleBytes, judgeModuleText, MAX_MODULE_HEAD } from "./compiled-module.js";

/** A StableHLO module that stands alone, as jax.export and torch-xla write it: arithmetic, unless it calls out. */
export class MlirScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const bytes = await source.read(0, Math.min(source.size, MAX_MODULE_HEAD));
    context.examined(bytes.length);
    if (isModuleBytecode(bytes)) judgeModuleBytes(bytes, 0, context);
    else judgeModuleText(decodeText(bytes).text, context);
    if (source.size > MAX_MODULE_HEAD)
      context.incomplete(`a module of ${source.size} bytes, read up to ${MAX_MODULE_HEAD}`);
  }
}
