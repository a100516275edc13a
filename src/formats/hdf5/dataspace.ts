// HDF5 File Format Specification, part IV.A.2.b: the dataspace message, versions 1 and 2.

import { ParseError } from "../../errors.js";
import type { HdfCursor } from "./cursor.js";

/** Current extent. No dimensions is a scalar; a null dataspace has no elements. */
export interface Dataspace {
  readonly dims: readonly number[];
  readonly elements: number;
}

/** H5S_MAX_RANK. */
export const MAX_RANK = 32;
const NULL_SPACE = 2;

export function readDataspace(cursor: HdfCursor): Dataspace {
  const start = cursor.offset;
  const version = cursor.u8();
  if (version !== 1 && version !== 2) throw new ParseError(`dataspace version ${version} is not known`, start);
  const rank = cursor.u8();
  if (rank > MAX_RANK) throw new ParseError(`dataspace of rank ${rank}, limit ${MAX_RANK}`, start);
  cursor.skip(1); // flags: maximum sizes, permutation
  const type = cursor.u8();
  if (version === 1) cursor.skip(4); // reserved
  const dims: number[] = [];
  for (let i = 0; i < rank; i++) dims.push(cursor.length());
  if (version === 2 && type === NULL_SPACE) return { dims, elements: 0 };
  return { dims, elements: dims.reduce((product, size) => product * size, 1) };
}
