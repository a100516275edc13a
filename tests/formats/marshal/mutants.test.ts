import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ParseError } from "../../../src/errors.js";
import { readBytecode } from "../../../src/formats/bytecode/read-bytecode.js";
import { codeFieldCounts } from "../../../src/formats/marshal/code-object.js";
import { readMarshal } from "../../../src/formats/marshal/read-marshal.js";
import { isKind } from "../../../src/formats/marshal/value.js";
import { fixture } from "../../builders/fixture.js";

/** Reads everything that the bytes could be; anything but a ParseError is a fault of ours. */
function readAll(bytes: Uint8Array): void {
  for (const codeFields of [undefined, ...codeFieldCounts(bytes)]) {
    try {
      const value = readMarshal(bytes, codeFields === undefined ? {} : { codeFields });
      if (isKind(value, "code")) readBytecode(value);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
    }
  }
}

const bodies = ["27", "38", "311", "314"].map((version) => {
  return fixture(`python-bytecode/bad.shell.cpython-${version}.pyc`).subarray(version === "27" ? 8 : 16);
});

describe("damaged bytecode", () => {
  it("cut anywhere is read or refused", () => {
    for (const body of bodies)
      for (let length = 0; length < body.length; length += 7) readAll(body.subarray(0, length));
  });

  it("with flipped bytes is read or refused", () => {
    const flips = fc.array(fc.tuple(fc.nat(900), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.constantFrom(...bodies), flips, (body, changes) => {
        const mutant = Buffer.from(body);
        for (const [at, value] of changes) mutant[at % mutant.length] = value;
        readAll(mutant);
      }),
      { numRuns: 150, seed: 20260801 },
    );
  });

  it("of random bytes behind a code object's type is read or refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => readAll(Buffer.concat([Buffer.from("c"), bytes]))),
      { numRuns: 200, seed: 7 },
    );
    expect(codeFieldCounts(Buffer.from("c"))).toEqual([]);
  });
});
