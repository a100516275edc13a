import type { Probe } from "./probe.js";
import { startsWith } from "./probe.js";
import type { Recognition } from "./table.js";

/** The specification keeps pointers below this size (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md). */
const MAX_POINTER = 1024;

/** The current address of the specification and the one before Git LFS had its name. */
const VERSIONS = ["version https://git-lfs.github.com/spec/v1", "version https://hawser.github.com/spec/v1"] as const;

function isPointer({ head, size }: Probe): boolean {
  return size < MAX_POINTER && VERSIONS.some((version) => startsWith(head, version));
}

export const LFS_POINTER_RECOGNITION: Recognition = { format: "lfs-pointer", test: isPointer };
