import type { Reporter } from "./reporter.js";
import { renderText } from "./text/text.js";

/** Every report format; all but the default are loaded when asked for. */
export const REPORTERS: Readonly<Record<string, () => Promise<Reporter>>> = {
  text: async () => renderText,
  sarif: async () => (await import("./sarif/sarif.js")).renderSarif,
  html: async () => (await import("./html/html.js")).renderHtml,
  sbom: async () => (await import("./sbom/sbom.js")).renderSbom,
  json: async () => (await import("./json.js")).renderJson,
};
