import { LimitError, ParseError } from "../../errors.js";
import { type Attribute, readAttributes } from "../../formats/hdf5/attributes.js";
import { type Dataset, readDataset, readExternalFiles } from "../../formats/hdf5/dataset.js";
import type { HdfFile } from "../../formats/hdf5/file.js";
import { GlobalHeap } from "../../formats/hdf5/heaps.js";
import { readLinks } from "../../formats/hdf5/links.js";
import { type ObjectHeader, readObjectHeader } from "../../formats/hdf5/object-header.js";
import {
  HEAD_BYTES,
  holdsBytes,
  isByte,
  openBytes,
  openPiece,
  type Piece,
  piecesOf,
} from "../../formats/hdf5/pieces.js";
import { readRaw } from "../../formats/hdf5/raw-data.js";
import { readVirtualSources } from "../../formats/hdf5/virtual.js";
import { Spool } from "../../io/spool.js";
import type { Judge } from "./judge.js";
import { isSerialised } from "./serialised.js";

interface Place {
  readonly address: number;
  readonly path: string;
}

/** An object, or a part of one, that could not be read. */
export interface Problem {
  readonly path: string;
  readonly error: ParseError;
}

/** Unreadable objects kept; a broken file has thousands. */
export const MAX_PROBLEMS = 1000;
/** Characters of a path: a loop of groups is cut by the visited set, long names by this. */
const MAX_PATH = 4096;

/** Visits every object of a file once, by its hard links, and hands what it finds to the judge. */
export class HdfWalk {
  /** What could not be read. One broken object does not hide the others. */
  readonly problems: Problem[] = [];
  readonly counts = { groups: 0, datasets: 0, attributes: 0 };
  private readonly heap: GlobalHeap;

  constructor(
    private readonly file: HdfFile,
    private readonly judge: Judge,
  ) {
    this.heap = new GlobalHeap(file);
  }

  async run(): Promise<void> {
    const seen = new Set<number>();
    const open: Place[] = [{ address: this.file.superblock.root, path: "/" }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen.has(next.address)) continue;
      seen.add(next.address);
      const place = next;
      await this.attempt(place, async () => {
        const header = await readObjectHeader(this.file, place.address);
        await this.attempt(place, () => this.visitAttributes(header, place));
        await this.attempt(place, () => this.visitLinks(header, place, open));
        await this.attempt(place, () => this.visitDataset(header, place));
      });
    }
  }

  /** Keeps what is wrong with one object apart from the rest; the scanner reports it in the end. */
  private async attempt({ path }: Place, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof ParseError) || error instanceof LimitError) throw error;
      if (this.problems.length < MAX_PROBLEMS) this.problems.push({ path, error });
    }
  }

  private async visitLinks(header: ObjectHeader, { path }: Place, open: Place[]): Promise<void> {
    let members = 0;
    for await (const link of readLinks(this.file, header)) {
      this.file.budget.spendSteps();
      if (members++ === 0) this.counts.groups++;
      const child = `${path === "/" ? "" : path}/${link.name}`.slice(0, MAX_PATH);
      if (link.kind === "hard") open.push({ address: link.address, path: child });
      else await this.judge.link(child, link);
    }
  }

  private async visitAttributes(header: ObjectHeader, place: Place): Promise<void> {
    const attributes: Attribute[] = [];
    try {
      for await (const attribute of readAttributes(this.file, header)) attributes.push(attribute);
    } finally {
      this.counts.attributes += attributes.length;
      for (const attribute of attributes) await this.attempt(place, () => this.visitAttribute(attribute, place.path));
    }
  }

  private async visitAttribute({ name, type, space, raw }: Attribute, path: string): Promise<void> {
    const place = { path, attribute: name };
    if (isByte(type)) {
      await this.judge.bytes(place, openBytes(raw.subarray(0, space.elements)));
      return;
    }
    for (const piece of piecesOf(type, raw, space.elements, this.file.sizes)) {
      this.file.budget.spendSteps();
      for await (const value of openPiece(this.file, this.heap, piece)) await this.judge.bytes(place, value);
    }
  }

  private async visitDataset(header: ObjectHeader, { path }: Place): Promise<void> {
    for (const segment of await readExternalFiles(this.file, header)) await this.judge.externalFile(path, segment);
    const dataset = await readDataset(this.file, header);
    if (dataset === undefined) return;
    this.counts.datasets++;
    for (const filter of dataset.filters) this.judge.filter(path, filter);
    const { layout } = dataset;
    if (layout.kind === "virtual") {
      if (layout.collection === undefined) return;
      const reference = { collection: layout.collection, index: layout.index };
      for (const source of await readVirtualSources(this.file, this.heap, reference)) {
        await this.judge.virtualSource(path, source);
      }
    } else if (isByte(dataset.type) && dataset.space.dims.length <= 1) await this.visitByteArray(dataset, path);
    else if (holdsBytes(dataset.type)) await this.visitElements(dataset, path);
  }

  /** A row of bytes is one value; with more dimensions it is an image. Its beginning tells whether it is anything else than numbers. */
  private async visitByteArray(dataset: Dataset, path: string): Promise<void> {
    let whole: Spool | undefined;
    for await (const { bytes } of readRaw(this.file, dataset)) {
      if (whole === undefined && !isSerialised(bytes.subarray(0, HEAD_BYTES), dataset.space.elements)) return;
      whole ??= new Spool();
      whole.write(bytes.subarray(0, Math.max(0, dataset.space.elements - whole.size)));
    }
    if (whole === undefined) return;
    const source = whole.finish();
    await this.judge.bytes({ path }, { source, head: await source.read(0, HEAD_BYTES) });
    source.close?.();
  }

  private async visitElements(dataset: Dataset, path: string): Promise<void> {
    for await (const { bytes } of readRaw(this.file, dataset)) {
      for (const piece of piecesOf(dataset.type, bytes, Number.POSITIVE_INFINITY, this.file.sizes)) {
        this.file.budget.spendSteps();
        // Texts by the million are passed over without an object for each.
        if (piece.kind === "inline") {
          if (isSerialised(piece.bytes.subarray(0, HEAD_BYTES), piece.bytes.length)) {
            await this.judge.bytes({ path }, openBytes(piece.bytes));
          }
        } else await this.visitReference(piece, path);
      }
    }
  }

  private async visitReference(piece: Piece, path: string): Promise<void> {
    for await (const value of openPiece(this.file, this.heap, piece)) {
      if (isSerialised(value.head, value.source.size)) await this.judge.bytes({ path }, value);
    }
  }
}
