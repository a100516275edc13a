export type { Policy } from "./config/policy.js";
export type { FileReport, Finding, ScanResult } from "./engine/result.js";
