import { type Dataspace, readDataspace } from "./dataspace.js";
import { type Datatype, readDatatype } from "./datatype.js";
import type { HdfFile } from "./file.js";
import { type Filter, readFilters } from "./filters.js";
import { readLocalHeap } from "./heaps.js";
import { type Layout, readLayout } from "./layout.js";
import { MESSAGE, messagesOf, type ObjectHeader, openMessage } from "./object-header.js";

export interface Dataset {
  readonly type: Datatype;
  readonly space: Dataspace;
  readonly layout: Layout;
  readonly filters: readonly Filter[];
}

/** Undefined for what is not a dataset. */
export async function readDataset(file: HdfFile, header: ObjectHeader): Promise<Dataset | undefined> {
  const [layout] = messagesOf(header, MESSAGE.layout);
  const [type] = messagesOf(header, MESSAGE.datatype);
  const [space] = messagesOf(header, MESSAGE.dataspace);
  if (layout === undefined || type === undefined || space === undefined) return undefined;
  return {
    type: readDatatype(await openMessage(file, type)),
    space: readDataspace(await openMessage(file, space)),
    layout: readLayout(await openMessage(file, layout)),
    filters: await readPipeline(file, header),
  };
}

async function readPipeline(file: HdfFile, header: ObjectHeader): Promise<Filter[]> {
  const filters: Filter[] = [];
  for (const message of messagesOf(header, MESSAGE.filters)) {
    filters.push(...readFilters(await openMessage(file, message)));
  }
  return filters;
}

/** A part of a dataset that lies in another file of any kind (part IV.A.2.h). */
export interface ExternalSegment {
  readonly file: string;
  readonly offset: number;
}

export async function readExternalFiles(file: HdfFile, header: ObjectHeader): Promise<ExternalSegment[]> {
  const segments: ExternalSegment[] = [];
  for (const message of messagesOf(header, MESSAGE.externalFiles)) {
    const body = await openMessage(file, message);
    body.skip(1 + 3 + 2); // version, reserved, allocated slots
    const count = body.u16();
    const heapAddress = body.address();
    if (heapAddress === undefined) continue;
    const heap = await readLocalHeap(file, heapAddress);
    for (let i = 0; i < count; i++) {
      const name = heap.textAt(body.length());
      segments.push({ file: name, offset: body.length() });
      body.skip(file.sizes.length); // size, all bits set for an unlimited one
    }
  }
  return segments;
}
