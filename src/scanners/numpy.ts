import { parseNpyHeader } from "../formats/npy/header.js";
import { type ByteSource, slice } from "../io/byte-source.js";
import { judgeEmbeddedProgram } from "./executable.js";
import type { ScanContext, Scanner } from "./scanner.js";

/** Elements that no array in memory has: a shape that exists to exhaust it. */
const ABSURD_RATIO = 64;

/** NumPy `.npy` files: object arrays are pickles, everything else is numbers that are not read. */
export class NumpyScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const header = await parseNpyHeader(source);
    context.examined(header.dataOffset);
    context.describe("dtype", header.descr.slice(0, 500));
    context.describe("shape", header.shape.map(String));
    if (header.code !== undefined) {
      context.report({
        rule: "numpy/header-code",
        message: `the header holds an expression: ${header.code.slice(0, 200)}`,
        subject: "header",
        offset: 10,
      });
    }
    if (header.longerThanLimit) {
      context.report({
        rule: "numpy/long-header",
        message: `the header has ${header.length} bytes, numpy refuses more than 10000`,
        subject: "header",
        offset: 8,
      });
    }
    if (header.hasObjects) await this.scanObjects(source, header.dataOffset, context);
    else {
      await this.checkExtent(source, header, context);
      const at = header.dataOffset;
      const outcome = await context.descend({ name: "data", source: slice(source, at), offset: at, headOnly: true });
      const program = judgeEmbeddedProgram(outcome.formats, "the array's data", at);
      if (program) context.report(program);
    }
  }

  private async scanObjects(source: ByteSource, offset: number, context: ScanContext): Promise<void> {
    if (offset >= source.size) {
      context.report({
        rule: "analysis/truncated",
        message: "the array announces objects, the file ends before them",
        subject: "objects",
        offset,
      });
      context.incomplete("the array's objects are not there");
      return;
    }
    context.report({
      rule: "numpy/object-array",
      message: "the array holds Python objects, which are a pickle",
      subject: "objects",
      offset,
      references: ["CVE-2019-6446"],
    });
    await context.descend({ name: "objects", source: slice(source, offset), formats: ["pickle"], offset });
  }

  private async checkExtent(
    source: ByteSource,
    header: Awaited<ReturnType<typeof parseNpyHeader>>,
    context: ScanContext,
  ): Promise<void> {
    const { dataOffset, itemBytes, elements } = header;
    if (itemBytes === undefined) {
      context.incomplete(`the size of the type ${header.descr.slice(0, 80)} is not known`);
      return;
    }
    const stated = elements * BigInt(itemBytes);
    const present = BigInt(source.size - dataOffset);
    if (stated > present) {
      const absurd = stated > present * BigInt(ABSURD_RATIO) + (1n << 30n);
      context.report({
        rule: absurd ? "numpy/absurd-shape" : "analysis/truncated",
        message: `the array announces ${stated} bytes of data, the file holds ${present}`,
        subject: "shape",
        offset: dataOffset,
      });
      context.incomplete("the array's data is not all there");
    } else if (stated < present) {
      const tail = dataOffset + Number(stated);
      context.report({
        rule: "analysis/trailing-data",
        message: `${present - stated} bytes follow the array`,
        subject: "trailing",
        offset: tail,
      });
      await context.descend({ name: `bytes at ${tail}`, source: slice(source, tail), offset: tail });
    }
  }
}
