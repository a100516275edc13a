import { describe, expect, it } from "vitest";
import { java, javaStream } from "../builders/java.js";
import { scanBytes, told } from "../builders/scan.js";

const scan = async (bytes: Uint8Array) => told(await scanBytes("tree.model", bytes));

describe("a Java object stream", () => {
  it("is silent on classes of known libraries", async () => {
    const inner = java.written("java.util.HashMap", java.block(0, 0, 0, 1), java.text("key"), java.bytes(1, 2));
    expect(await scan(javaStream(java.object("weka.classifiers.trees.J48", inner)))).toEqual([]);
  });

  it("tells classes of known attacks, wherever they are nested", async () => {
    const gadget = java.object("org.apache.commons.collections.functors.InvokerTransformer");
    const map = java.written("java.util.HashMap", java.block(0), gadget);
    expect(await scan(javaStream(java.object("weka.core.Instances", map)))).toEqual(["critical java/gadget-class"]);
  });

  it("reads names in more bytes than they need, as Java does", async () => {
    const gadget = "org.apache.commons.collections.functors.InvokerTransformer";
    const long = gadget.replaceAll(/[a-z]/g, (letter) => letters(0xc1, 0x80 | (letter.charCodeAt(0) & 0x3f)));
    const longer = gadget.replaceAll("o", letters(0xe0, 0x81, 0xaf));
    expect(await scan(inBytes(gadget, long))).toEqual(["critical java/gadget-class"]);
    expect(await scan(inBytes(gadget, longer))).toEqual(["critical java/gadget-class"]);
    expect(
      await scan(inBytes("weka.core.Instances", "weka.core.Instances".replaceAll("e", letters(0xc1, 0xa5)))),
    ).toEqual([]);
  });

  it("tells proxies and unknown classes", async () => {
    expect(await scan(javaStream(java.proxy("java.util.Map")))).toEqual(["high java/proxy"]);
    expect(await scan(javaStream(java.object("org.example.Model")))).toEqual(["low java/unknown-class"]);
  });

  it("ends on what cannot be", async () => {
    expect(await scan(javaStream(Uint8Array.of(0x73, 0x71, 0, 0x7e, 0, 9)))).toEqual(["medium analysis/malformed"]);
    let deep = java.nothing;
    const parts: Uint8Array[] = [];
    for (let i = 0; i < 4000; i++)
      parts.push(java.class("weka.A").length > 0 ? Buffer.concat([Uint8Array.of(0x73), java.class("weka.A")]) : deep);
    deep = Buffer.concat(parts);
    expect(await scan(javaStream(deep))).toEqual(["medium analysis/limit-exceeded"]);
  });
});

function letters(...bytes: readonly number[]): string {
  return String.fromCharCode(...bytes);
}

/** A stream of one object whose class has its name spelled in these bytes, a character each. */
function inBytes(name: string, spelled: string): Uint8Array {
  const stream = Buffer.from(javaStream(java.object(name)));
  const at = stream.indexOf(name);
  const length = Buffer.from([spelled.length >> 8, spelled.length & 0xff]);
  return Buffer.concat([
    stream.subarray(0, at - 2),
    length,
    Buffer.from(spelled, "latin1"),
    stream.subarray(at + name.length),
  ]);
}
