import { describe, expect, it } from "vitest";
import { call, named, whole } from "../../attacks/pickle-calls.js";
import * as p from "../../builders/pickle.js";
import { findingsOf } from "./scan.js";
import { allOf, silent } from "./tables.js";

const EVIL = Buffer.from(p.osSystem("id", 4));
const CUT = Buffer.from(p.pickle(p.proto(2), p.global("os", "system")));
const OWN = Buffer.from(whole(named("__main__", "Own")));
const UNKNOWN = Buffer.from(whole(call("somewhere.else", "make", p.int(1))));
const NOTHING = Buffer.from(whole(p.none));

/** The ways in which a constant holds a file. */
const WAYS: readonly (readonly [string, (file: Buffer) => p.Piece])[] = [
  ["bytes", (file) => p.bytes(file)],
  ["a bytearray", (file) => p.pickle([0x96, ...p.le(file.length, 8)], file)],
  ["base64 in a text", (file) => p.text(file.toString("base64"))],
  ["base64 in bytes", (file) => p.bytes(file.toString("base64"))],
  ["hex in a text", (file) => p.text(file.toString("hex"))],
  ["hex in capitals", (file) => p.text(file.toString("hex").toUpperCase())],
  ["hex in bytes", (file) => p.bytes(file.toString("hex"))],
  ["latin-1 in a text", (file) => p.text(file.toString("latin1"))],
  ["what b64decode returns", (file) => call("base64", "b64decode", p.text(file.toString("base64")))],
];

describe("a pickle inside a constant", () => {
  it.each(WAYS)("is told where it is not clean, and not where it is: %s", async (_, way) => {
    const told = await allOf(way(EVIL));
    expect(told).toContain("critical pickle/unsafe-call");
    expect((await findingsOf(whole(way(EVIL)))).map(({ rule }) => rule)).toContain("pickle/nested-pickle");
    expect((await findingsOf(whole(way(NOTHING)))).map(({ rule }) => rule)).not.toContain("pickle/nested-pickle");
  });

  it.each(WAYS)("is told by what it imports where it breaks off behind that: %s", async (_, way) => {
    expect(await allOf(way(CUT))).toContain("critical pickle/unsafe-import");
  });

  it("is told in base64 as b64decode reads it, which skips what belongs to no alphabet", async () => {
    const base64 = EVIL.toString("base64");
    for (const foreign of ["!", "*", "\n ", "\u00e9"])
      expect(await allOf(p.text(base64.slice(0, 9) + foreign + base64.slice(9)))).toContain(
        "critical pickle/unsafe-call",
      );
  });

  it.each(["]cos\nsystem\n(S'id'\ntR.", "(S'id'\nios\nsystem\n.", "N0cos\nsystem\n(S'id'\ntR."])(
    "is told without PROTO as well: %j",
    async (file) => {
      const told = async (...before: readonly p.Piece[]) => await findingsOf(whole(...before, p.bytes(file)));
      for (const before of [[], [p.text("x".repeat(700)), p.pop]])
        expect((await told(...before)).map(({ rule }) => rule)).toEqual(["pickle/unsafe-call", "pickle/nested-pickle"]);
    },
  );

  it("is told itself from medium on", async () => {
    const rulesOf = async (file: Buffer) => (await findingsOf(whole(p.bytes(file)))).map(({ rule }) => rule).sort();
    expect(await rulesOf(OWN)).toEqual(["pickle/unknown-class"]);
    expect(await rulesOf(UNKNOWN)).toEqual(["pickle/nested-pickle", "pickle/unknown-call"]);
  });

  it("is told with what it is and where it lies", async () => {
    const found = (await findingsOf(whole(p.int(1), p.pop, p.bytes(EVIL)))).find(
      ({ rule }) => rule === "pickle/nested-pickle",
    );
    expect(found).toMatchObject({ message: "the constant at byte 8 holds pickle that is not clean", offset: 8 });
  });

  silent([
    ["bytes that begin like base64 of one", p.bytes("gzip")],
    ["bytes that begin like hex of one", p.bytes("8000 m")],
    ["a text that begins like base64 of one", p.text("gASoline")],
    ["a text that begins like hex of one", p.text("8004 metres above the sea")],
  ]);
});
