// PaddlePaddle: paddle/fluid/framework/framework.proto (2.6)
import { type Shape, shape } from "../protobuf/shape.js";

export interface PaddleAttribute {
  readonly name: string;
  readonly texts: readonly string[];
}

export interface PaddleOp {
  readonly type: string;
  readonly attributes: readonly PaddleAttribute[];
  readonly offset: number;
}

export interface PaddleProgram {
  readonly ops: readonly PaddleOp[];
  readonly blocks: number;
  readonly variables: number;
}

const attributeShape: Shape<PaddleAttribute> = shape(
  "OpDesc.Attr",
  { name: [1, "text"], s: [5, "text"], strings: [8, "text"] },
  (message) => ({ name: message.text("name") ?? "", texts: [...message.texts("s"), ...message.texts("strings")] }),
);

const opShape: Shape<PaddleOp> = shape(
  "OpDesc",
  { type: [3, "text"], attrs: [4, () => attributeShape] },
  (message) => ({
    type: message.text("type") ?? "",
    attributes: message.children("attrs", attributeShape),
    offset: message.offset,
  }),
);

interface Block {
  readonly ops: readonly PaddleOp[];
  readonly variables: number;
}

const blockShape: Shape<Block> = shape("BlockDesc", { vars: [3, "extent"], ops: [4, () => opShape] }, (message) => ({
  ops: message.children("ops", opShape),
  variables: message.extents("vars").length,
}));

export const programShape: Shape<PaddleProgram> = shape("ProgramDesc", { blocks: [1, () => blockShape] }, (message) => {
  const blocks = message.children("blocks", blockShape);
  const variables = blocks.reduce((sum, block) => sum + block.variables, 0);
  return { ops: blocks.flatMap(({ ops }) => ops), blocks: blocks.length, variables };
});
