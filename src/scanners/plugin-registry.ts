import type { ScannerDescriptor } from "./registry.js";

/** A scanner from outside. It names no format: it looks at the content itself. */
export interface PluginDescriptor extends ScannerDescriptor {
  /** Whether the content is its business, by the first bytes and the name. */
  readonly matches: (head: Uint8Array, name: string) => boolean;
  /** The module it came from. */
  readonly path: string;
}

/** Bytes at the start of every file that a plugin is shown. */
export const PLUGIN_HEAD_BYTES = 4096;

const added: PluginDescriptor[] = [];

/** The scanners of this thread's plugins. */
export function pluginScanners(): readonly PluginDescriptor[] {
  return added;
}

export function addPluginScanner(descriptor: PluginDescriptor): void {
  added.push(descriptor);
}
