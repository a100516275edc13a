import { ParseError } from "../errors.js";
import { HdfFile } from "../formats/hdf5/file.js";
import { findSuperblock, readSuperblock, SIGNATURE_BYTES, type Superblock } from "../formats/hdf5/superblock.js";
import { UnsupportedError } from "../formats/hdf5/unsupported.js";
import { type ByteSource, slice } from "../io/byte-source.js";
import { toSync } from "../io/spool.js";
import { Judge } from "./hdf5/judge.js";
import { consultLibrary } from "./hdf5/second-opinion.js";
import { HdfWalk, MAX_PROBLEMS, type Problem } from "./hdf5/walk.js";
import type { ScanContext, Scanner } from "./scanner.js";
import { inspectTail } from "./trailing.js";

/** MATLAB 7.3 begins its files with this text; the rest of its 512 bytes is a version mark. */
const MATLAB_PREFIX = "MATLAB 7.3 MAT-file";
/** A longer prefix than this is scanned whatever it holds. */
const MAX_EMPTY_PREFIX = 64 << 10;

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
    const problems = await this.read(source, start, judge, context);
    await judge.judgeConfigs(); // before the library, which may have to be killed
    await this.consult(slice(source, start), problems, judge, context);
    const brokenConfig = await judge.finish();
    const malformed = problems.find(({ error }) => !(error instanceof UnsupportedError));
    const problem = malformed?.error ?? brokenConfig;
    if (problem !== undefined) throw problem;
  }

  /** Returns what could not be read. */
  private async read(source: ByteSource, start: number, judge: Judge, context: ScanContext): Promise<Problem[]> {
    let superblock: Superblock;
    try {
      superblock = await readSuperblock(source, start);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      // A signature and nothing else that is HDF5: the rest may be anything.
      const rest = start + SIGNATURE_BYTES;
      await context.descend({ name: "after the signature", source: slice(source, rest), offset: rest });
      return [{ path: "/", error }];
    }
    const file = new HdfFile(source, superblock, context.budget);
    const walk = new HdfWalk(file, judge);
    await walk.run();
    context.examined(file.examined);
    context.describe("hdf5", { superblock: superblock.version, ...walk.counts });
    await this.scanTail(source, superblock, context);
    return walk.problems;
  }

  private async scanPrefix(source: ByteSource, length: number, context: ScanContext): Promise<void> {
    const prefix = slice(source, 0, length);
    const head = await prefix.read(0, MAX_EMPTY_PREFIX);
    const isEmpty = length <= MAX_EMPTY_PREFIX && head.every((byte) => byte === 0);
    const isMatlab = new TextDecoder("latin1").decode(head).startsWith(MATLAB_PREFIX);
    context.report({
      rule: "hdf5/user-block",
      severity: isEmpty || isMatlab ? "info" : "low",
      message: `${length} ${isEmpty ? "zero bytes" : "bytes"} stand before the HDF5 content`,
      subject: "user block",
      evidence: { bytes: length },
    });
    if (!isEmpty) await context.descend({ name: "user block", source: prefix, offset: 0 });
  }

  private async scanTail(source: ByteSource, { base, end }: Superblock, context: ScanContext): Promise<void> {
    if (end === 0) return;
    const stated = base + end;
    if (stated > source.size) {
      context.report({
        rule: "analysis/truncated",
        message: `the file should have ${stated} bytes, has ${source.size}`,
      });
      context.incomplete(`${stated - source.size} bytes are missing`);
    }
    await inspectTail(source, { start: stated, after: "the HDF5 content" }, context);
  }

  /** A broken object may hide anything, so the library then sees the whole file; else only what our reader leaves to it. */
  private async consult(
    source: ByteSource,
    problems: readonly Problem[],
    judge: Judge,
    context: ScanContext,
  ): Promise<void> {
    const isBroken = problems.some(({ error }) => !(error instanceof UnsupportedError));
    const left = problems.filter(({ error }) => error instanceof UnsupportedError && error.isForLibrary);
    const beyond = problems.filter(({ error }) => error instanceof UnsupportedError && !error.isForLibrary);
    for (const { path, error } of beyond) context.incomplete(`${path}: ${error.message} cannot be read`);
    const isIncomplete = left.length > 0 && problems.length >= MAX_PROBLEMS;
    const paths = isBroken || isIncomplete ? ["/"] : left.map(({ path }) => path);
    if (paths.length === 0) return;
    context.isolate();
    const unread = await consultLibrary(await toSync(source), paths, { judge, budget: context.budget });
    for (const { message } of unread) context.incomplete(message);
  }
}
