import { gzipSync } from "node:zlib";
import { describe } from "vitest";
import { concat, u32, zeros } from "../builders/bytes.js";
import * as p from "../builders/pickle.js";
import { field } from "../builders/protobuf.js";
import { tar } from "../builders/tar.js";
import { zip } from "../builders/zip.js";
import { failing, failingTogether } from "./attack.js";

const MALICE = p.osSystem();
const base64 = (content: string | Uint8Array) => Buffer.from(content).toString("base64");
const json = JSON.stringify;

const caffe = (module: string) =>
  `name: "n"\nlayer {\n  name: "l"\n  type: "Python"\n  python_param {\n    module: "${module}"\n    layer: "system"\n    param_str: "id"\n  }\n}\n`;

describe("an attack by an older or rarer format", () => {
  failing([
    { hope: "Caffe: a Python layer in a text net", name: "deploy.prototxt", bytes: () => caffe("os") },
    { hope: "Caffe: a Python layer in a text net of another name", name: "net.txt", bytes: () => caffe("evil") },
    {
      hope: "Caffe: a Python layer in a binary net",
      name: "net.caffemodel",
      bytes: () =>
        concat(
          field(1, "net"),
          field(100, field(1, "data"), field(2, "Input")),
          field(100, field(1, "l"), field(2, "Python"), field(130, field(1, "os"), field(2, "system"), field(3, "id"))),
        ),
    },
    {
      hope: "Caffe: a Python layer in the old form of a text net",
      name: "deploy.prototxt",
      bytes: () => `layers { name: "l" type: PYTHON python_param { module: "os" layer: "system" } }\n`,
    },
    {
      hope: "Arrow: an extension type that is a pickle (CVE-2023-47248)",
      name: "d.arrow",
      bytes: () =>
        concat(
          "ARROW1\0\0",
          zeros(16),
          u32(20),
          "ARROW:extension:name",
          u32(23),
          "arrow.py_extension_type",
          u32(24),
          "ARROW:extension:metadata",
          u32(MALICE.length),
          MALICE,
          zeros(8),
          "ARROW1",
        ),
    },
    {
      hope: "Parquet: the same, as base64 of the schema",
      name: "d.parquet",
      bytes: () =>
        concat(
          "PAR1",
          zeros(16),
          "\x18\x0cARROW:schema",
          [0x18, 0x80, 0x02],
          base64(
            concat(zeros(15), "ARROW:extension:name", u32(23), "arrow.py_extension_type", u32(24), MALICE, zeros(16)),
          ),
          [0],
          u32(400),
          "PAR1",
        ),
    },
    {
      hope: "Feather: the same",
      name: "d.feather",
      bytes: () => concat("ARROW1\0\0", zeros(30), "arrow.py_extension_type", zeros(5), MALICE, "ARROW1"),
    },
    {
      hope: "Arrow: a stream without a magic",
      name: "d.arrows",
      bytes: () =>
        concat(
          u32(0xffffffff),
          u32(256),
          zeros(40),
          "ARROW:extension:name",
          u32(23),
          "arrow.py_extension_type",
          u32(30),
          MALICE,
          zeros(60),
        ),
    },
    {
      hope: "ONNX: a model in JSON",
      name: "m.onnx.json",
      bytes: () =>
        json({
          irVersion: "8",
          graph: {
            initializer: [
              { name: "w", dataLocation: "EXTERNAL", externalData: [{ key: "location", value: "../../etc/passwd" }] },
            ],
          },
        }),
    },
    {
      hope: "a container image holds a pickle in a layer",
      name: "image.tar",
      bytes: () =>
        tar(
          { name: "manifest.json", data: json([{ Config: "c.json", RepoTags: ["x:1"], Layers: ["l/layer.tar"] }]) },
          { name: "c.json", data: "{}" },
          { name: "l/layer.tar", data: tar({ name: "models/m.pkl", data: MALICE }) },
        ),
      least: "high",
    },
    {
      hope: "a layer of an OCI image is compressed and has no ending",
      name: "image.tar",
      bytes: () =>
        tar(
          { name: "oci-layout", data: '{"imageLayoutVersion":"1.0.0"}' },
          { name: "blobs/sha256/aaaa", data: gzipSync(tar({ name: "m.bin", data: MALICE })) },
        ),
      least: "high",
    },
    {
      hope: "a Helm chart or a bundle of configurations has a tag",
      name: "bundle.tgz",
      bytes: () => gzipSync(tar({ name: "x/values.yaml", data: "a: !!python/object/apply:os.system [id]\n" })),
      least: "high",
    },
    {
      hope: "a pickle is inside an archive inside an npz",
      name: "m.npz",
      bytes: () => zip({ entries: [{ name: "x.npy", data: zip({ entries: [{ name: "y", data: MALICE }] }) }] }),
      least: "high",
    },
    {
      hope: "Stable-Baselines3: the policy is a pickle in base64",
      name: "ppo.zip",
      bytes: () =>
        zip({
          entries: [
            {
              name: "data",
              data: json({ policy_class: { ":type:": "<class 'type'>", ":serialized:": base64(MALICE) } }),
            },
            { name: "_stable_baselines3_version", data: "2.3.0" },
          ],
        }),
      least: "high",
    },
    {
      hope: "scikit-learn's wrapper of XGBoost keeps a pickle in base64",
      name: "m.ubj",
      bytes: () => ubj(base64(MALICE)),
      least: "medium",
    },
    {
      hope: "MLflow's signature is a pickle in base64 of YAML",
      name: "MLmodel",
      bytes: () => `flavors:\n  python_function:\n    loader_module: mlflow.pyfunc.model\nstate: ${base64(MALICE)}\n`,
      least: "high",
    },
  ]);
  failingTogether([
    {
      hope: "a hashed pyc goes before its source",
      files: () => ({
        "config.json": json({ auto_map: { AutoModel: "modeling_x.X" } }),
        "modeling_x.py": "x = 1\n",
        "__pycache__/modeling_x.cpython-312.pyc": concat(
          [0xcb, 0x0d, 0x0d, 0x0a, 1, 0, 0, 0],
          zeros(8),
          [0xe3],
          zeros(20),
        ),
      }),
    },
    {
      hope: "a README's code block is a pickle",
      files: () => ({ "README.md": concat("# Model\n```\n", MALICE, "\n```\n") }),
      least: "high",
    },
  ]);
});

/** An object of UBJSON as XGBoost writes it, with one attribute. */
function ubj(attribute: string): Uint8Array {
  const name = (text: string) => concat("L", zeros(7), [text.length], text);
  const attributes = concat(
    name("attributes"),
    "{",
    name("scikit_learn"),
    "SL",
    zeros(7),
    [attribute.length],
    attribute,
    "}",
  );
  return concat("{", name("learner"), "{", attributes, "}", name("version"), "[", "i\x02i\x00i\x00", "]", "}");
}
