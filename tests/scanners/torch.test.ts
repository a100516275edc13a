import { describe, expect, it } from "vitest";
import { concat } from "../builders/bytes.js";
import * as p from "../builders/pickle.js";
import { zip } from "../builders/zip.js";
import { reportOf, rulesOf } from "./pickle/scan.js";

const state = p.pickle(p.proto(2), p.emptyDict, p.stop);
const record = (name: string, data: Uint8Array | string) => ({ name: `archive/${name}`, data });
const archive = (...more: { name: string; data: Uint8Array | string }[]) =>
  zip({ entries: [record("data.pkl", state), record("version", "3\n"), ...more] });

describe("torch archives", () => {
  it("state their version and whether weights_only loads them", async () => {
    const tensor = p.pickle(p.proto(2), p.global("torch", "FloatStorage"), p.stop);
    const report = await reportOf(zip({ entries: [record("data.pkl", tensor), record("version", "3\n")] }), "model.pt");
    expect(report.metadata).toMatchObject({ torch_file_version: 3, "archive/data.pkl:loads_with_weights_only": true });
    const own = p.pickle(p.proto(2), p.global("__main__", "Net"), p.emptyTuple, p.newobj, p.stop);
    const refused = await reportOf(zip({ entries: [record("data.pkl", own), record("version", "3\n")] }), "model.pt");
    expect(refused.metadata).toMatchObject({ "archive/data.pkl:weights_only_refuses": ["__main__.Net"] });
  });

  it("say when they are programs that old loaders run in spite of weights_only (CVE-2025-32434)", async () => {
    const script = archive(
      record("constants.pkl", state),
      record("code/__torch__.py", "def forward(self):\n  return 1\n"),
    );
    const { findings } = await reportOf(script, "model.pt");
    expect(findings.find(({ rule }) => rule === "torch/script-archive")).toMatchObject({
      severity: "info",
      references: ["CVE-2025-32434"],
    });
    expect((await reportOf(archive(), "model.pt")).findings).toEqual([]);
  });

  it("are searched in every record that is a pickle", async () => {
    for (const name of ["constants.pkl", "attributes.pkl", "code/a.debug_pkl", "extra/x", "data/serialization_id"]) {
      expect(await rulesOf(archive(record(name, p.osSystem("id", 2))), "model.pt")).toContain("pickle/unsafe-call");
    }
  });
});

describe("exported programs", () => {
  const elf = concat([0x7f], "ELF", [2, 1, 1, 0], new Uint8Array(8), [3, 0, 62, 0], new Uint8Array(300));
  const exported = (...more: { name: string; data: Uint8Array | string }[]) =>
    zip({ entries: [record("archive_format", "pt2"), record("models/model.json", "{}"), ...more] });

  it("are told when they bring a library", async () => {
    expect(await rulesOf(exported(record("data/aotinductor/model/m.so", elf)), "m.pt2")).toContain(
      "torch/native-library",
    );
  });

  it("are told when an entry is unpickled, and not when it is raw", async () => {
    const config = (usePickle: boolean, path = "weight_0") =>
      JSON.stringify({ config: { w: { path_name: path, use_pickle: usePickle } } });
    const withConfig = (text: string) => exported(record("data/weights/model_weights_config.json", text));
    expect(await rulesOf(withConfig(config(true)), "m.pt2")).toContain("torch/pickled-weights");
    expect(await rulesOf(withConfig(config(false, "custom_obj_0")), "m.pt2")).toContain("torch/pickled-weights");
    expect(await rulesOf(withConfig(config(false)), "m.pt2")).not.toContain("torch/pickled-weights");
  });

  it("have the pickles in their sample inputs scanned", async () => {
    const inputs = archive(record("data/0", new Uint8Array(8)));
    const clean = await reportOf(exported(record("data/sample_inputs/model.pt", inputs)), "m.pt2");
    expect(clean.findings.map(({ rule, severity }) => `${severity} ${rule}`)).toEqual(["info torch/sample-inputs"]);
    const evil = zip({ entries: [record("data.pkl", p.osSystem("id", 2)), record("version", "3\n")] });
    expect(await rulesOf(exported(record("data/sample_inputs/model.pt", evil)), "m.pt2")).toContain(
      "pickle/unsafe-call",
    );
  });
});
