// Case number i of a seed: which file, what is done to it, and what must hold of its report.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { FileReport } from "../../src/engine/result.js";
import { BufferSource } from "../../src/io/byte-source.js";
import { listFixtures } from "../builders/fixtures.js";
import * as pickle from "../builders/pickle.js";
import { Dice, randomPickle } from "../builders/pickle-grammar.js";
import { disguisePickle, payload, wrap } from "./disguise.js";
import { mutate } from "./mutate.js";
import { alarmsOf, type Isolate, isOfContent, scanHonestly, type Told } from "./properties.js";
import type { Structure } from "./structure/structure.js";
import { type Kind, transform } from "./structure/transform.js";

/** Larger files are slow to damage and no different inside. */
const LARGEST_INPUT = 256 << 10;
const KINDS: readonly Kind[] = ["harmless", "odd", "lies"];

export interface Input {
  readonly name: string;
  readonly path: string;
  /** Code runs when it is loaded, by its folder and by what the scanner says of it undamaged. */
  readonly bad: boolean;
}

export interface Case {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What was done to which file. */
  readonly origin: string;
  /** It must not come out clean. */
  readonly malicious: boolean;
  /** What must be told of it, at least as bad. */
  readonly mustTell?: readonly Told[];
  /** Nothing of medium or above must be told of it. */
  readonly silent?: boolean;
}

/** The fixtures, and all files of a folder. */
export function listInputs(folder?: string, largest: number = LARGEST_INPUT): Input[] {
  const fixtures = listFixtures().filter(({ isFolder }) => !isFolder);
  const own = fixtures.map(({ path, bad }) => ({ name: basename(path), path, bad }));
  return [...own, ...(folder === undefined ? [] : filesBelow(folder))].filter(
    ({ path }) => statSync(path).size <= largest,
  );
}

function filesBelow(folder: string): Input[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => ({ name: basename(name), path: join(folder, name), bad: false }))
    .filter(({ path }) => statSync(path, { throwIfNoEntry: false })?.isFile());
}

export async function makeCase(
  inputs: readonly Input[],
  seed: number,
  index: number,
  isolate: Isolate = () => {},
): Promise<Case> {
  const dice = diceOf(seed, index);
  const kind = dice.below(20);
  if (kind < 6) return damagedFile(inputs, dice);
  if (kind === 6) return damagedPickle(dice);
  if (kind === 7) return (await wrappedFile(inputs, dice, isolate)) ?? disguised(dice);
  if (kind < 10) return disguised(dice);
  return (await transformedFile(inputs, dice, { kind: dice.pick(KINDS) }, isolate)) ?? disguised(dice);
}

function diceOf(seed: number, index: number): Dice {
  const dice = new Dice(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
  for (let warm = 0; warm < 4; warm++) dice.next();
  return dice;
}

function disguised(dice: Dice): Case {
  return { ...disguisePickle(payload(dice), dice), origin: "a payload in disguise", malicious: true };
}

/** The report of each file as it is, so that every file is its own measure; undefined where there is none. */
const whole = new Map<string, Promise<FileReport | undefined>>();

function reportOfWhole({ name, path }: Input, bytes: Uint8Array, isolate: Isolate): Promise<FileReport | undefined> {
  const known = whole.get(path);
  if (known !== undefined) return known;
  const report = scanHonestly(name, () => new BufferSource(bytes), isolate).then((outcome) =>
    "violation" in outcome ? undefined : outcome.report,
  );
  whole.set(path, report);
  return report;
}

/** Like `makeCase`, with nothing but changes by these structures. */
export async function makeStructuralCase(
  inputs: readonly Input[],
  structures: readonly Structure[],
  { seed, index, isolate = () => {} }: { readonly seed: number; readonly index: number; readonly isolate?: Isolate },
): Promise<Case> {
  const dice = diceOf(seed, index);
  for (;;) {
    const made = await transformedFile(inputs, dice, { kind: dice.pick(KINDS), structures }, isolate);
    if (made !== undefined) return made;
  }
}

interface Wanted {
  readonly kind: Kind;
  readonly structures?: readonly Structure[];
}

/** Changed by its structure: what was told must be told still, and where nothing was, nothing. */
async function transformedFile(
  inputs: readonly Input[],
  dice: Dice,
  { kind, structures }: Wanted,
  isolate: Isolate,
): Promise<Case | undefined> {
  for (let tries = 0; tries < 20; tries++) {
    const input = dice.pick(inputs);
    const bytes = new Uint8Array(readFileSync(input.path));
    const transformed = transform({ name: input.name, bytes }, dice, kind, structures);
    if (transformed === undefined) continue;
    const origin = `${input.path}, ${kind}: ${transformed.steps.join(", ")}`;
    const one = { name: input.name, bytes: transformed.bytes, origin, malicious: false };
    if (kind === "lies") return one;
    const report = await reportOfWhole(input, bytes, isolate);
    // What is two things at once is no longer both when it was written anew as one of them.
    if (report === undefined || report.formats.length > 1) continue;
    const alarms = alarmsOf(report);
    return { ...one, mustTell: alarms.filter(isOfContent), silent: kind === "harmless" && alarms.length === 0 };
  }
  return undefined;
}

function damagedFile(inputs: readonly Input[], dice: Dice): Case {
  const input = dice.pick(inputs);
  const other = dice.pick(inputs);
  const bytes = mutate(readFileSync(input.path), dice, readFileSync(other.path));
  return { name: input.name, bytes, origin: `${input.path} damaged, with pieces of ${other.path}`, malicious: false };
}

function damagedPickle(dice: Dice): Case {
  const bytes = randomPickle(dice.next(), { length: 10 + dice.below(400), broken: dice.pick([0, 2, 10]) });
  const damaged = dice.below(2) === 0 ? bytes : mutate(bytes, dice, pickle.osSystem());
  return { name: "random.pkl", bytes: damaged, origin: "a random pickle", malicious: false };
}

function contentAlarms(report: FileReport | undefined): Told[] {
  return report === undefined ? [] : alarmsOf(report).filter(isOfContent);
}

/** In a container, or two: what was told of the file is told of its member. */
async function wrappedFile(inputs: readonly Input[], dice: Dice, isolate: Isolate): Promise<Case | undefined> {
  for (let tries = 0; tries < 20; tries++) {
    const input = dice.pick(inputs);
    const bytes = new Uint8Array(readFileSync(input.path));
    const report = await reportOfWhole(input, bytes, isolate);
    // A container tells of a program in it by a rule of its own.
    const mustTell = contentAlarms(report).filter(({ rule }) => rule !== "executable/disguised");
    if (mustTell.length === 0) continue;
    const wrapped = wrap({ name: input.name, bytes }, dice);
    return { ...wrapped, origin: `${input.path} wrapped as ${wrapped.name}`, malicious: true, mustTell };
  }
  return undefined;
}
