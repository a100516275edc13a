// Runs the real promptfoo from the npm registry with this build as its `modelaudit`, and checks what its users would see. By hand, after
// `npm run build`; needs the network once (about 400 packages), and leaves nothing behind.
//   node bench/promptfoo.mjs [--promptfoo FOLDER]     a folder in which promptfoo is installed already

import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const PROGRAM = fileURLToPath(new URL("../bin/modelaudit.js", import.meta.url));
const { values } = parseArgs({ options: { promptfoo: { type: "string" } } });
const work = mkdtempSync(join(tmpdir(), "modelaudit-promptfoo-"));
const home = values.promptfoo ?? install();
const bin = join(work, "bin");

prepare();
const failures = CASES().filter((row) => !check(row)).length;
rmSync(work, { recursive: true, force: true });
console.log(failures === 0 ? "promptfoo is at home" : `${failures} cases failed`);
process.exitCode = failures === 0 ? 0 : 1;

function install() {
  const args = ["install", "--no-audit", "--no-fund", "--omit=peer", "--ignore-scripts", "promptfoo"];
  const { status } = spawnSync("npm", args, { cwd: work, stdio: "inherit" });
  if (status !== 0) throw new Error("promptfoo could not be installed");
  return work;
}

/** A folder for PATH with our program in it, and samples: `os.system("true")` and a dictionary. */
function prepare() {
  mkdirSync(bin);
  writeFileSync(join(bin, "modelaudit"), `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`);
  chmodSync(join(bin, "modelaudit"), 0o755);
  writeFileSync(join(work, "bad.pkl"), "cos\nsystem\n(S'true'\ntR.");
  writeFileSync(join(work, "ok.pkl"), "(dS'layer'\nI1\ns.");
}

function CASES() {
  const every = [
    "--blacklist",
    "gpt",
    "--strict",
    "--verbose",
    "--timeout",
    "60",
    "--max-size",
    "1GB",
    "--no-cache",
    "--stream",
  ];
  return [
    { name: "a finding", args: ["bad.pkl"], status: 1, shows: /CRITICAL \(1\)[\s\S]*os\.system/ },
    { name: "a clean file", args: ["ok.pkl"], status: 0, shows: /No issues found/ },
    { name: "a folder", args: ["."], status: 1, shows: /os\.system/ },
    { name: "every option", args: ["ok.pkl", ...every], status: 0, shows: /No issues found/ },
    { name: "quiet with progress", args: ["ok.pkl", "--quiet", "--progress"], status: 0 },
    { name: "chosen scanners", args: ["bad.pkl", "--scanners", "pickle"], status: 1, shows: /os\.system/ },
    { name: "left out scanners", args: ["bad.pkl", "--exclude-scanner", "onnx,zip"], status: 1, shows: /os\.system/ },
    { name: "a missing path", args: ["none.pkl"], status: 2, shows: /no such file/ },
    { name: "a dry run", args: ["bad.pkl", "--dry-run"], shows: /Scanned 0 files/ },
    { name: "text on stdout", args: ["bad.pkl", "--no-write", "--format", "text"], status: 1, shows: /DANGEROUS/ },
    { name: "json on stdout", args: ["bad.pkl", "--no-write", "--format", "json"], status: 1, shows: /"rule_code"/ },
    {
      name: "sarif in a file",
      args: ["bad.pkl", "--no-write", "-f", "sarif", "-o", "r.sarif"],
      status: 1,
      writes: "r.sarif",
    },
    { name: "a bill of materials", args: ["ok.pkl", "--sbom", "bom.cdx.json"], status: 0, writes: "bom.cdx.json" },
    { name: "the list of scanners", args: ["--list-scanners"], status: 0, shows: /^pickle /m },
    { name: "the list as json", args: ["--list-scanners", "--format", "json"], status: 0, shows: /"scanners": \[/ },
  ];
}

function check({ name, args, status, shows, writes }) {
  const program = join(home, "node_modules", ".bin", "promptfoo");
  const env = {
    ...process.env,
    PATH: `${bin}${delimiter}${process.env.PATH}`,
    PROMPTFOO_CONFIG_DIR: join(work, "config"),
    PROMPTFOO_DISABLE_TELEMETRY: "1",
    PROMPTFOO_DISABLE_UPDATE: "1",
  };
  const run = spawnSync(program, ["scan-model", ...args], { cwd: work, env, encoding: "utf8", timeout: 120_000 });
  const told = run.stdout + run.stderr;
  const problems = [
    ...(status !== undefined && run.status !== status ? [`exit code ${run.status}, not ${status}`] : []),
    ...(shows !== undefined && !shows.test(told) ? [`its output lacks ${shows}`] : []),
    ...(writes !== undefined && !isJson(join(work, writes)) ? [`${writes} is no JSON`] : []),
  ];
  console.log(
    `${problems.length === 0 ? "ok    " : "FAILED"}  ${name}${problems.length > 0 ? `: ${problems.join("; ")}\n${told}` : ""}`,
  );
  return problems.length === 0;
}

function isJson(file) {
  return existsSync(file) && typeof JSON.parse(readFileSync(file, "utf8")) === "object";
}
