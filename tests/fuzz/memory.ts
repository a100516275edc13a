// How much one scan grows the process. Linux tells the highest resident set since it was last asked; elsewhere nothing is measured.

import { readFileSync, writeFileSync } from "node:fs";

/**
 * What one scan of a small file may add to the resident set. Content that was unpacked stays in memory up to 8 MiB for each of up to
 * 16 containers in containers (`io/spool.ts`), and the wasm of 7z and HDF5 takes up to its dictionary and chunk limits.
 */
export const MEMORY_BOUND_MB = 256;

export class MemoryMeter {
  private before = 0;
  private readonly measures = canMeasure();

  begin(): void {
    if (!this.measures) return;
    writeFileSync("/proc/self/clear_refs", "5");
    this.before = status("VmRSS");
  }

  /** Megabytes that came on top. */
  end(): { readonly grown: number; readonly violation?: string } {
    if (!this.measures) return { grown: 0 };
    const grown = Math.round((status("VmHWM") - this.before) / 1024);
    return grown > MEMORY_BOUND_MB ? { grown, violation: `the process grew by ${grown} MB` } : { grown };
  }
}

function canMeasure(): boolean {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
    return status("VmHWM") > 0;
  } catch {
    return false;
  }
}

/** Kilobytes. */
function status(field: string): number {
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync("/proc/self/status", "latin1"))?.[1] ?? 0);
}
