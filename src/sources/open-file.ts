import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { ParseError } from "../errors.js";
import { FileSource } from "../io/byte-source.js";

/**
 * Opens a regular file and nothing else: a pipe or a device put in its place is refused without waiting on it, and so is a file of /proc or
 * of a file system like it, which has content and no size.
 */
export function openFile(path: string): FileSource {
  const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new ParseError("not a regular file");
    if (stats.size === 0 && readSync(fd, new Uint8Array(1), 0, 1, 0) > 0) {
      throw new ParseError("its size is given as 0, and it has content: copy it into a regular file");
    }
    return FileSource.adopt(fd, stats.size);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
