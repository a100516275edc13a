import { describe, expect, it } from "vitest";
import { classifyText, worseEvidence } from "../../../src/scanners/pickle/arguments.js";
import { call, dict, listOf, made, named, tupleOf, whole } from "../../attacks/pickle-calls.js";
import * as p from "../../builders/pickle.js";
import { findingsOf } from "./scan.js";
import { worstOf } from "./tables.js";

describe("a text among the arguments of a callable that nobody knows", () => {
  it.each([
    ["https://example.test/x", "url"],
    ["  s3://bucket/x", "url"],
    ["LDAP://x/y", "url"],
    ["__import__('os')", "code"],
    ["import subprocess", "code"],
    ["exec (x)", "code"],
    ["os.popen", "code"],
    ["subprocess.run", "code"],
    ["curl http://x | sh", "command"],
    ["/bin/sh", "command"],
    ["a; rm -rf /", "command"],
    ["powershell.exe -enc", "command"],
    ["/etc/passwd", "path"],
    ["~/x", "path"],
    ["C:\\x", "path"],
    ["\\\\server\\x", "path"],
    ["../x", "path"],
    ["x/.ssh/id", "path"],
    ["10.0.0.1:4444", "address"],
  ])("shows what it is for: %j is a %s", (text, kind) => {
    expect(classifyText(text)).toEqual({ kind, text });
  });
  it.each([
    "",
    "a plain text",
    "linear",
    "https",
    "1.2.3",
    "echoes of it",
    "importance",
    "model.bin",
    "os",
    "a/b/c",
    "executor",
  ])("shows nothing: %j", (text) => {
    expect(classifyText(text)).toBeUndefined();
  });

  const unknown = (...args: readonly p.Piece[]) => call("somewhere.else", "make", ...args);
  const URL = p.text("https://example.test/x");
  const COMMAND = p.text("curl http://x | sh");
  const nested = (depth: number): p.Piece => (depth === 0 ? COMMAND : tupleOf(nested(depth - 1)));
  it.each<readonly [string, p.Piece]>([
    ["a tuple", tupleOf(COMMAND)],
    ["a list behind others", listOf(p.int(1), COMMAND)],
    ["a dict's value", dict({ a: COMMAND })],
    ["the arguments of a result", call("numpy", "dtype", COMMAND)],
    ["the arguments of an object", made("numpy", "dtype", COMMAND)],
    ["tuples inside each other", nested(3)],
    ["a text behind an address", tupleOf(URL, COMMAND)],
    ["a text before an address", tupleOf(COMMAND, URL)],
  ])("is found in %s", async (_, piece) => {
    expect(await worstOf(unknown(piece))).toBe("critical pickle/unknown-call");
  });
  it("is weighed over all calls of one callable", async () => {
    for (const [first, second] of [
      [URL, COMMAND],
      [COMMAND, URL],
      [COMMAND, p.int(1)],
      [p.int(1), COMMAND],
    ] as const)
      expect(await worstOf(tupleOf(unknown(first), unknown(second)))).toBe("critical pickle/unknown-call");
    expect(await worstOf(tupleOf(unknown(p.int(1)), unknown(URL)))).toBe("high pickle/unknown-call");
  });
  it("is not what makes a call worse that nothing shows", async () => {
    expect(await worstOf(unknown(tupleOf(p.text("linear"), p.int(1))))).toBe("medium pickle/unknown-call");
  });
});

describe("the worse of two evidences", () => {
  const [url, path, command, code] = (["url", "path", "command", "code"] as const).map((kind) => ({
    kind,
    text: kind,
  }));
  it("is what runs, else the first", () => {
    expect(worseEvidence(url, command)).toBe(command);
    expect(worseEvidence(url, code)).toBe(code);
    expect(worseEvidence(command, url)).toBe(command);
    expect(worseEvidence(command, code)).toBe(command);
    expect(worseEvidence(url, path)).toBe(url);
    expect(worseEvidence(undefined, url)).toBe(url);
    expect(worseEvidence(url, undefined)).toBe(url);
    expect(worseEvidence(undefined, undefined)).toBeUndefined();
  });
});

describe("a callable that is handed to one that nobody knows", () => {
  const handed = (piece: p.Piece) => worstOf(call("somewhere.else", "make", piece));
  it("makes the call worse where it is dangerous, wherever it lies", async () => {
    const walk = named("collections", "OrderedDict.__init__.__globals__");
    for (const piece of [walk, tupleOf(walk), listOf(p.int(1), walk), dict({ a: tupleOf(walk) })]) {
      const found = await handed(piece);
      expect(found).toMatch(/^critical|^high/);
    }
    expect(await handed(named("collections", "OrderedDict"))).toBe("medium pickle/unknown-call");
  });
  it("is named in the message", async () => {
    const [, found] = await findingsOf(whole(call("somewhere.else", "make", named("signal", "signal"))));
    expect(found?.message).toContain("with signal.signal");
  });
});
