import { loadPolicy } from "../config/load.js";
import { scanPaths } from "../engine/scan.js";
import { summarize } from "../engine/summary.js";
import { renderJson } from "../reporters/json.js";

const args = process.argv.slice(2).filter((a) => !["scan", "--format", "json", "--no-cache"].includes(a));
const { policy } = await loadPolicy({ scanned: args });
const result = await scanPaths(args, { policy });
process.stdout.write(renderJson(result, { version: "1.0.0", delegated: false, verbose: false, width: 80, color: false }));
process.exitCode = summarize(result).exitCode;
