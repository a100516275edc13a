import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { ParseError } from "../errors.js";
import { FileSource } from "../io/byte-source.js";

/** Opens a regular file and nothing else: a pipe or a device put in its place is refused without waiting on it. */
export function openFile(path: string): FileSource {
  const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  const stats = fstatSync(fd);
  if (stats.isFile()) return FileSource.adopt(fd, stats.size);
  closeSync(fd);
  throw new ParseError("not a regular file");
}
