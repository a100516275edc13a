import { expect, it } from "vitest";
import * as p from "../builders/pickle.js";
import { findingsOf, reportOf } from "../scanners/pickle/scan.js";

const plain = p.pickle(p.proto(4), p.text("nothing"), p.memoize, p.stop);
const mismatches = async (bytes: Uint8Array, name: string) =>
  (await reportOf(bytes, name)).findings
    .filter(({ rule }) => rule === "analysis/type-mismatch")
    .map(({ severity }) => severity);

it("tells a pickle behind a name that promises plain data as medium", async () => {
  for (const name of ["x.jpg", "x.TXT", "model.safetensors", "weights.onnx", "a.gguf"])
    expect(await mismatches(plain, name)).toEqual(["medium"]);
});

it("tells other content behind a name that promises something as low", async () => {
  expect(await mismatches(plain, "model.h5")).toEqual(["low"]);
  expect(await mismatches(Buffer.from('{"a": 1}'), "model.pkl")).toEqual(["low"]);
});

it("says nothing where name and content agree, or where the name promises nothing", async () => {
  for (const name of ["model.pkl", "model.bin", "model.pt", "model", "weights.dat", "model.joblib"])
    expect(await mismatches(plain, name)).toEqual([]);
  for (const name of ["config.json", "notes.txt", "settings.yaml"])
    expect(await mismatches(Buffer.from('{"a": 1}'), name)).toEqual([]);
});

it("tells content that nothing knows as information, and that alone", async () => {
  const noise = Uint8Array.from({ length: 3000 }, (_, i) => (i * 73 + (i >> 3) * 151) & 0xff).fill(0x11, 0, 4);
  expect(await findingsOf(noise, "weights.xyz")).toEqual([]);
  expect((await reportOf(noise, "weights.xyz")).findings.map(({ rule }) => rule)).toEqual(["analysis/unknown-format"]);
});
