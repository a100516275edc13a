// Runs the benchmarks one after another and prints them as one document; a benchmark that misses its bound fails the run.
//   npm run bench [-- NAME ...] [-- --quick]        PEERS=folder with the programs of others, BENCH_TMP=folder with 3 GB of room

import { spawnSync } from "node:child_process";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What each script measures, in the order of the document. `needs`: what must be installed. */
const BENCHES = [
  { name: "pickles", title: "Start-up, dense pickles, blobs, torch archives, folders; beside others" },
  { name: "weights", title: "safetensors and GGUF of 5 GB, a header of 200,000 tensors" },
  { name: "hdf5", title: "Keras HDF5 of 5 GB" },
  { name: "graphs", title: "ONNX of 2 GB, TensorFlow graphs of 10,000 nodes" },
  { name: "zip-list", title: "An archive of 100,000 entries" },
  { name: "bombs", title: "Archives and streams that unpack without end" },
  { name: "sevenzip", title: "7z beside the native program" },
];

const asked = process.argv.slice(2).filter((argument) => !argument.startsWith("-"));
const flags = process.argv.slice(2).filter((argument) => argument.startsWith("-"));
const here = fileURLToPath(new URL(".", import.meta.url));
const [cpu] = cpus();

console.log(
  `${cpus().length} x ${cpu?.model ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}\n`,
);
for (const { name, title } of BENCHES) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`# ${title}\n`);
  const { status } = spawnSync(process.execPath, [join(here, `${name}.mjs`), ...flags], { stdio: "inherit" });
  console.log(status === 0 ? "" : `\n${name}: ended with ${status}\n`);
  if (status !== 0) process.exitCode = 1;
}
