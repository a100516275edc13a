// Archives that are made to unpack without end.

import { readFileSync } from "node:fs";
import { deflated, deflatedZeros, overlapping, packed, stored, zip } from "./archives.mjs";
import { STREAM_BOMBS } from "./stream-bombs.mjs";

const COPIES = 16;

/** Sixteen copies in sixteen copies, five levels of them, around four gigabytes of zeros each. */
function copiesInCopies() {
  let archive = zip([packed("0.dll", deflatedZeros(4096), 4096 * (1 << 20))]);
  for (let level = 0; level < 5; level++) {
    archive = zip(Array.from({ length: COPIES }, (_, copy) => deflated(`${level}${copy}.zip`, archive)));
  }
  return archive;
}

/** The same, no two archives alike. */
function differentInDifferent(level, path) {
  if (level === 0) return zip([packed(`${path}.bin`, deflatedZeros(64), 64 << 20)]);
  return zip(
    Array.from({ length: 4 }, (_, copy) =>
      deflated(`${path}${copy}.zip`, differentInDifferent(level - 1, `${path}${copy}`)),
    ),
  );
}

function deep(levels) {
  let archive = zip([stored("end.txt", Buffer.from("end"))]);
  for (let level = 0; level < levels; level++) archive = zip([stored("next.zip", archive)]);
  return archive;
}

/** Title -> the bytes. */
export const BOMBS = {
  "42.zip: copies in copies": copiesInCopies,
  "no two alike": () => differentInDifferent(4, "a"),
  "an archive that contains itself": () => readFileSync(new URL("../../fixtures/zip/bad.quine.zip", import.meta.url)),
  "overlapping entries (Fifield)": () => overlapping(250, 21),
  "ten gigabytes of zeros": () => zip([packed("zeros.bin", deflatedZeros(10_240), 10 * 2 ** 30)]),
  "a hundred times fifty megabytes of zeros": () =>
    zip(Array.from({ length: 100 }, (_, index) => packed(`${index}.bin`, deflatedZeros(50), 50 << 20))),
  "four hundred levels": () => deep(400),
  ...STREAM_BOMBS,
};
