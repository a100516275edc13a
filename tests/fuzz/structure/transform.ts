// Files changed at the level of their structure, at any depth: a member of an archive by its own structure.

import type { Dice } from "../../builders/pickle-grammar.js";
import { flatbufferStructure } from "./flatbuffer.js";
import { ggufStructure } from "./gguf.js";
import { hdf5Structure } from "./hdf5.js";
import { jsonStructure, safetensorsStructure } from "./json.js";
import { msgpackStructure } from "./msgpack.js";
import { insideNpy, npyStructure } from "./npy.js";
import { pickleStructure } from "./pickle.js";
import { protobufStructure } from "./protobuf.js";
import { sevenZipStructure } from "./sevenzip.js";
import { brotliStructure, insideStream, streamStructure } from "./streams.js";
import { type Change, type Structure, shuffled } from "./structure.js";
import { insideTar, tarStructure } from "./tar.js";
import { hashTextStructure, jinjaStructure, pythonStructure, xmlStructure } from "./text.js";
import { insideZip, zipStructure } from "./zip.js";

const STRUCTURES: readonly Structure[] = [
  ...[pickleStructure, zipStructure, tarStructure, sevenZipStructure, hdf5Structure, protobufStructure, ggufStructure],
  ...[safetensorsStructure, jsonStructure, npyStructure, msgpackStructure, flatbufferStructure, streamStructure],
  ...[brotliStructure, hashTextStructure, pythonStructure, jinjaStructure, xmlStructure],
];

const DEEPEST = 2;
const MOST_STEPS = 3;

/** Harmless changes leave the file what it is and ordinary; odd ones leave what a loader meets; lies leave neither. */
export type Kind = "harmless" | "odd" | "lies";

export interface Transformed {
  readonly bytes: Uint8Array;
  /** What was done, in order. */
  readonly steps: readonly string[];
}

/** Up to three changes of a kind; undefined where no structure of the file is known. */
export function transform(name: string, bytes: Uint8Array, dice: Dice, kind: Kind): Transformed | undefined {
  let changed = bytes;
  const steps: string[] = [];
  for (let left = 1 + dice.below(MOST_STEPS); left > 0; left--) {
    const step = stepOf(name, changed, dice, kind, 0);
    if (step === undefined) break;
    changed = step.bytes;
    steps.push(step.name);
  }
  return steps.length > 0 ? { bytes: changed, steps } : undefined;
}

interface Step {
  readonly name: string;
  readonly bytes: Uint8Array;
}

function stepOf(name: string, bytes: Uint8Array, dice: Dice, kind: Kind, depth: number): Step | undefined {
  const inner = depth < DEEPEST && dice.below(2) === 0 ? insideStep(bytes, dice, kind, depth) : undefined;
  if (inner !== undefined) return inner;
  for (const structure of shuffled(STRUCTURES, dice)) {
    if (structure.names?.test(name) === false) continue;
    for (const [what, change] of shuffled(changesOf(structure, kind), dice)) {
      const changed = change(bytes, dice);
      if (changed !== undefined) return { name: `${structure.name} ${what}`, bytes: changed };
    }
  }
  return undefined;
}

function changesOf(structure: Structure, kind: Kind): [string, Change][] {
  return Object.entries(kind === "odd" ? { ...structure.harmless, ...structure.odd } : (structure[kind] ?? {}));
}

function insideStep(bytes: Uint8Array, dice: Dice, kind: Kind, depth: number): Step | undefined {
  let what = "";
  const change: Change = (content) => {
    const step = stepOf("member", content, dice, kind, depth + 1);
    what = step?.name ?? "";
    return step?.bytes;
  };
  for (const inside of [insideZip, insideTar, insideStream, insideNpy]) {
    const changed = inside(change)(bytes, dice);
    if (changed !== undefined) return { name: `inside: ${what}`, bytes: changed };
  }
  return undefined;
}
