import type { Reporter } from "./reporter.js";

/** Every report format, loaded when asked for. */
export const REPORTERS: Readonly<Record<string, () => Promise<Reporter>>> = {
  text: async () => (await import("./text/text.js")).renderText,
  sarif: async () => (await import("./sarif/sarif.js")).renderSarif,
  html: async () => (await import("./html/html.js")).renderHtml,
  sbom: async () => (await import("./sbom/sbom.js")).renderSbom,
  json: async () => (await import("./json.js")).renderJson,
};
