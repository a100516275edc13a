// Files changed at the level of their structure, at any depth: a member of an archive by its own structure.

import type { Dice } from "../../builders/pickle-grammar.js";
import { bytecodeStructure } from "./bytecode.js";
import { bzip2Structure } from "./bzip2.js";
import { carriedStructure, insidePackings, joblibStructure, packedRStructure } from "./carried.js";
import { flatbufferStructure } from "./flatbuffer.js";
import { ggufStructure } from "./gguf.js";
import { hdf5Structure } from "./hdf5.js";
import { javaStructure } from "./java.js";
import { jsonStructure, safetensorsStructure } from "./json.js";
import { lz4Structure } from "./lz4.js";
import { lzmaStructure, namedLzmaStructure } from "./lzma.js";
import { msgpackStructure } from "./msgpack.js";
import { insideNpy, npyStructure } from "./npy.js";
import { pickleStructure } from "./pickle.js";
import { protobufStructure } from "./protobuf.js";
import { rStructure } from "./r.js";
import { settingsStructure } from "./settings.js";
import { insideSevenZip, sevenZipStructure } from "./sevenzip.js";
import { brotliStructure, streamStructure } from "./streams.js";
import { type Change, type Structure, shuffled } from "./structure.js";
import { insideTar, tarStructure } from "./tar.js";
import { hashTextStructure, jinjaStructure, pythonStructure, xmlStructure } from "./text.js";
import { torch7Structure } from "./torch7.js";
import { ubjsonStructure } from "./ubjson.js";
import { markupStructure } from "./xml.js";
import { xzStructure } from "./xz.js";
import { yamlStructure } from "./yaml.js";
import { insideZip, zipStructure } from "./zip.js";
import { zstdStructure } from "./zstd.js";

export const STRUCTURES: readonly Structure[] = [
  ...[pickleStructure, zipStructure, tarStructure, sevenZipStructure, hdf5Structure, protobufStructure, ggufStructure],
  ...[safetensorsStructure, jsonStructure, npyStructure, msgpackStructure, flatbufferStructure, streamStructure],
  ...[brotliStructure, hashTextStructure, pythonStructure, jinjaStructure, xmlStructure],
  ...[bzip2Structure, xzStructure, lzmaStructure, namedLzmaStructure, lz4Structure, zstdStructure],
  ...[joblibStructure, packedRStructure, carriedStructure],
  ...[rStructure, torch7Structure, javaStructure, bytecodeStructure, ubjsonStructure, yamlStructure, markupStructure],
  settingsStructure,
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

/** Up to three changes of a kind, by these structures; undefined where none of them fits the file. */
export function transform(
  { name, bytes }: Named,
  dice: Dice,
  kind: Kind,
  structures: readonly Structure[] = STRUCTURES,
): Transformed | undefined {
  const surgery = { dice, kind, structures };
  let changed = bytes;
  const steps: string[] = [];
  for (let left = 1 + dice.below(MOST_STEPS); left > 0; left--) {
    const step = stepOf({ name, bytes: changed }, surgery, 0);
    if (step === undefined) break;
    changed = step.bytes;
    steps.push(step.name);
  }
  return steps.length > 0 ? { bytes: changed, steps } : undefined;
}

interface Named {
  readonly name: string;
  readonly bytes: Uint8Array;
}

interface Surgery {
  readonly dice: Dice;
  readonly kind: Kind;
  readonly structures: readonly Structure[];
}

function stepOf({ name, bytes }: Named, surgery: Surgery, depth: number): Named | undefined {
  const { dice, kind, structures } = surgery;
  const inner = depth < DEEPEST && dice.below(2) === 0 ? insideStep(bytes, surgery, depth) : undefined;
  if (inner !== undefined) return inner;
  for (const structure of shuffled(structures, dice)) {
    if (structure.names?.test(name) === false) continue;
    for (const [what, change] of shuffled(changesOf(structure, kind), dice)) {
      const changed = change(bytes, dice);
      if (changed !== undefined) return { name: `${structure.name} ${what}`, bytes: changed };
    }
  }
  return undefined;
}

export function changesOf(structure: Structure, kind: Kind): [string, Change][] {
  return Object.entries(kind === "odd" ? { ...structure.harmless, ...structure.odd } : (structure[kind] ?? {}));
}

function insideStep(bytes: Uint8Array, surgery: Surgery, depth: number): Named | undefined {
  let what = "";
  const change: Change = (content) => {
    const step = stepOf({ name: "member", bytes: content }, surgery, depth + 1);
    what = step?.name ?? "";
    return step?.bytes;
  };
  for (const inside of [insideZip, insideTar, insideSevenZip, insidePackings, insideNpy]) {
    const changed = inside(change)(bytes, surgery.dice);
    if (changed !== undefined) return { name: `inside: ${what}`, bytes: changed };
  }
  return undefined;
}
