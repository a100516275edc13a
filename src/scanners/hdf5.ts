import { ParseError } from "../errors.js";
import { HdfFile } from "../formats/hdf5/file.js";
import { findSuperblock, readSuperblock } from "../formats/hdf5/superblock.js";
import { UnsupportedError } from "../formats/hdf5/unsupported.js";
import { type ByteSource, slice } from "../io/byte-source.js";
import { toSync } from "../io/spool.js";
import { Judge } from "./hdf5/judge.js";
import { consultLibrary } from "./hdf5/second-opinion.js";
import { HdfWalk } from "./hdf5/walk.js";
import type { ScanContext, Scanner } from "./scanner.js";

/** MATLAB 7.3 begins its files with this text; the rest of its 512 bytes is a version mark. */
const MATLAB_PREFIX = "MATLAB 7.3 MAT-file";

/**
 * HDF5 by our own reader, which opens nothing but this file and cannot loop. Where it meets what it cannot read, the HDF5 library
 * itself reads the file once more in a sandbox, because that is what a loader would do.
 */
export class HdfScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const start = await findSuperblock(source);
    if (start === undefined) throw new ParseError("no HDF5 superblock at 0, 512, 1024 or a further power of two");
    if (start > 0) await this.scanPrefix(source, start, context);
    const judge = new Judge(context);
    const problems = await this.walk(source, start, judge, context);
    const unread = problems.length > 0 ? await this.consult(source, start, judge, context) : [];
    await judge.finish();
    const malformed = problems.find((problem) => !(problem instanceof UnsupportedError));
    if (malformed !== undefined) throw malformed;
    for (const { message } of unread) context.incomplete(message);
  }

  /** Returns what could not be read. */
  private async walk(source: ByteSource, start: number, judge: Judge, context: ScanContext): Promise<ParseError[]> {
    let file: HdfFile;
    try {
      file = new HdfFile(source, await readSuperblock(source, start), context.budget);
    } catch (error) {
      if (error instanceof ParseError) return [error];
      throw error;
    }
    const { end, version } = file.superblock;
    const walk = new HdfWalk(file, judge);
    await walk.run();
    context.examined(file.examined);
    context.describe("hdf5", { superblock: version, ...walk.counts });
    if (end > 0) await this.scanTail(source, start + end, context);
    return walk.problems;
  }

  private async scanPrefix(source: ByteSource, length: number, context: ScanContext): Promise<void> {
    const prefix = slice(source, 0, length);
    const [name] = new TextDecoder("latin1").decode(await prefix.read(0, MATLAB_PREFIX.length)).split("\0", 1);
    context.report({
      rule: "hdf5/user-block",
      severity: name === MATLAB_PREFIX ? "info" : "low",
      message: `${length} bytes stand before the HDF5 content`,
      evidence: { bytes: length },
    });
    await context.descend({ name: "user block", source: prefix, offset: 0 });
  }

  private async scanTail(source: ByteSource, end: number, context: ScanContext): Promise<void> {
    const rest = source.size - end;
    if (rest < 0) {
      context.report({ rule: "analysis/truncated", message: `the file should have ${end} bytes, has ${source.size}` });
      context.incomplete(`${-rest} bytes are missing`);
    }
    if (rest <= 0) return;
    context.report({
      rule: "analysis/trailing-data",
      message: `${rest} bytes follow the HDF5 content`,
      offset: end,
      evidence: { bytes: rest },
    });
    await context.descend({ name: "trailing data", source: slice(source, end), offset: end });
  }

  private async consult(source: ByteSource, start: number, judge: Judge, context: ScanContext): Promise<ParseError[]> {
    context.isolate();
    const own = await toSync(source);
    return consultLibrary(slice(own, start), judge, context.budget);
  }
}
