// Caffe's NetParameter (https://github.com/BVLC/caffe/blob/master/src/caffe/proto/caffe.proto), as far as it names Python.

import { type Shape, shape } from "../protobuf/shape.js";

/** A layer that is a class of a Python module, which Caffe imports when the net is made. */
export interface PythonLayer {
  readonly module: string;
  readonly layer: string;
}

const pythonShape: Shape<PythonLayer> = shape("PythonParameter", { module: [1, "text"], layer: [2, "text"] }, (m) => ({
  module: m.text("module") ?? "",
  layer: m.text("layer") ?? "",
}));

const layerShape: Shape<readonly PythonLayer[]> = shape("LayerParameter", { python: [130, () => pythonShape] }, (m) =>
  m.children("python", pythonShape),
);

/** A `.caffemodel`; layers of before 2014 stand in another field and know no Python. */
export const netShape: Shape<readonly PythonLayer[]> = shape("NetParameter", { layer: [100, () => layerShape] }, (m) =>
  m.children("layer", layerShape).flat(),
);

const BLOCK = /\bpython_param\s{0,40}:?\s{0,40}[{<]([^{}<>]{0,4000})[}>]/g;
const FIELD = /\b(module|layer)\s{0,20}:\s{0,20}(?:"([^"\n]{0,300})"|'([^'\n]{0,300})')/g;

/** The same of a net in protobuf's text form. */
export function pythonLayersOf(text: string): PythonLayer[] {
  return [...text.matchAll(BLOCK)].map(([, body = ""]) => {
    const fields = new Map(
      [...body.matchAll(FIELD)].map(([, key = "", double, single]) => [key, double ?? single ?? ""]),
    );
    return { module: fields.get("module") ?? "", layer: fields.get("layer") ?? "" };
  });
}
