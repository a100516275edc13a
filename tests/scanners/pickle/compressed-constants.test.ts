import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { mayHoldFile } from "../../../src/scanners/pickle/compressed-constants.js";
import * as p from "../../builders/pickle.js";

const PICKLE = Buffer.concat([p.osSystem(), Buffer.alloc(100)]);
const RECORD = Buffer.from('{"text": "words"} '.repeat(20));

describe.each([
  ["gzip", gzipSync],
  ["zlib", deflateSync],
])("a constant that begins like %s", (_, pack) => {
  it("may hold a file where one comes out of it, also of its beginning", () => {
    expect(mayHoldFile(pack(PICKLE))).toBe(true);
    expect(mayHoldFile(pack(Buffer.concat([PICKLE, Buffer.alloc(5000, "noise")])).subarray(0, 80))).toBe(true);
  });

  it("holds none where a record comes out of it", () => {
    expect(mayHoldFile(pack(RECORD))).toBe(false);
    expect(mayHoldFile(pack(RECORD.subarray(0, 64)))).toBe(false);
  });

  it("may hold one where less comes out of it than tells, or where it breaks in the middle", () => {
    expect(mayHoldFile(pack(RECORD.subarray(0, 63)))).toBe(true);
    const noise = Buffer.from(Array.from({ length: 900 }, (_, i) => (Math.imul(i, 2_654_435_761) >>> 13) & 0xff));
    const broken = pack(Buffer.concat([RECORD, noise]));
    broken.fill(0xff, 60);
    expect(mayHoldFile(broken)).toBe(true);
  });

  it("holds none where it is no stream", () => {
    expect(mayHoldFile(Buffer.concat([pack(PICKLE).subarray(0, 2), Buffer.from("words ".repeat(20))]))).toBe(false);
  });
});

it("a constant that begins otherwise may hold a file", () => {
  for (const bytes of [PICKLE, Buffer.from([0x1f, 0x8c, 1, 2]), Buffer.from([0x1e, 0x8b, 1, 2]), Buffer.alloc(0)])
    expect(mayHoldFile(bytes)).toBe(true);
});
