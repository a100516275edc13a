import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parseLocalHeader } from "../../../src/formats/zip/records.js";
import { reportOf } from "../pickle/scan.js";

const FIXTURES = ["zip/ok.without-checksums.pt", "zip/ok.info-zip.zip", "zip/bad.zipcrypto.zip"];
const SIGNATURES = ["PK\x03\x04", "PK\x01\x02", "PK\x05\x06", "PK\x06\x06", "PK\x06\x07", "PK\x07\x08"];
/** Of the longest record, fixed part and some of what follows. */
const RECORD = 60;
const LIES = [0xffff, 0x7000];

it.each(FIXTURES)(
  "whatever two bytes of a record say, the archive is examined or told to be broken: %s",
  async (name) => {
    const bytes = readFileSync(new URL(`../../../fixtures/${name}`, import.meta.url));
    const records = SIGNATURES.flatMap((signature) => {
      const first = bytes.indexOf(signature, 0, "latin1");
      return first < 0 ? [] : [first, bytes.lastIndexOf(signature, undefined, "latin1")];
    });
    for (const record of new Set(records)) {
      for (let at = record + 4; at < Math.min(record + RECORD, bytes.length - 1); at += 2) {
        for (const lie of LIES) {
          const lying = Buffer.from(bytes);
          lying.writeUInt16LE(lie, at);
          const { findings } = await reportOf(new Uint8Array(lying), "model.pt");
          expect(findings.filter(({ rule }) => rule === "analysis/scanner-failed")).toEqual([]);
        }
      }
    }
  },
);

it.each([8, 9, 100, 0x7000, 0xffff])(
  "extra fields of %d bytes in a local header at the end of a file are read as far as they go",
  (extra) => {
    const local = Buffer.alloc(38);
    local.write("PK\x03\x04", "latin1");
    local.writeUInt16LE(extra, 28);
    local.set([0x55, 0x54, 4, 0, 1, 2, 3, 4], 30);
    expect(parseLocalHeader(local, { index: 0, at: 0 }).name).toBe("");
  },
);
