import { deflateRawSync } from "node:zlib";
import { describe } from "vitest";
import * as p from "../builders/pickle.js";
import { failing } from "./attack.js";
import { call, dict, made, named, whole, withState } from "./pickle-calls.js";

const latin1 = (text: string) => Buffer.from(text, "latin1");
/** Pickles that do not begin with PROTO or GLOBAL. */
const BEHIND_NONE = latin1("N0cos\nsystem\n(S'id'\ntR.");
const BY_INST = latin1("(S'id'\nios\nsystem\n.");
const BY_OBJ = latin1("(cos\nsystem\nS'id'\no.");
const BY_STACK_GLOBAL = p.pickle(
  p.text("os"),
  p.text("system"),
  p.stackGlobal,
  p.text("id"),
  p.tuple1,
  p.reduce,
  p.stop,
);
const BEHIND_MEMO = latin1("I1\np0\n0cos\nsystem\n(S'id'\ntR.");
const BEHIND_STRING = p.pickle([0x42], p.le(300, 4), new Uint8Array(300), [0x30], latin1("cos\nsystem\n(S'id'\ntR."));
const BEHIND_FRAME = p.pickle(p.frame(30), BY_STACK_GLOBAL);

function loaded(inner: Uint8Array): Uint8Array {
  return whole(call("torch.storage", "_load_from_bytes", p.bytes(inner)));
}

describe("an attack by a pickle inside a pickle", () => {
  failing([
    {
      hope: "_load_from_bytes is given a pickle that begins with NONE",
      bytes: () => loaded(BEHIND_NONE),
      least: "critical",
    },
    {
      hope: "_load_from_bytes is given a pickle that calls by INST",
      bytes: () => loaded(BY_INST),
      least: "critical",
    },
    {
      hope: "_load_from_bytes is given a pickle that calls by OBJ",
      bytes: () => loaded(BY_OBJ),
      least: "critical",
    },
    {
      hope: "_load_from_bytes is given a pickle of protocol 4 without PROTO",
      bytes: () => loaded(BY_STACK_GLOBAL),
      least: "critical",
    },
    {
      hope: "_load_from_bytes is given a pickle that begins with a frame",
      bytes: () => loaded(BEHIND_FRAME),
      least: "critical",
    },
    {
      hope: "_load_from_bytes is given a pickle that begins with a number",
      bytes: () => loaded(BEHIND_MEMO),
      least: "critical",
    },
    {
      hope: "_load_from_bytes is given a pickle that begins with a constant of zeros",
      bytes: () => loaded(BEHIND_STRING),
      least: "critical",
    },
    {
      hope: "numba's _unpickle__CustomPickled loads bytes that begin with NONE",
      bytes: () => whole(call("numba.core.serialize", "_unpickle__CustomPickled", p.bytes(BEHIND_NONE))),
      least: "critical",
    },
    {
      hope: "numba's _unpickle__CustomPickled loads bytes that another call made",
      bytes: () =>
        whole(
          call("numba.core.serialize", "_unpickle__CustomPickled", call("builtins", "max", p.bytes("a"), p.bytes("b"))),
        ),
      least: "high",
    },
    {
      hope: "the state of a skorch net holds bytes that torch loads",
      bytes: () =>
        whole(
          withState(
            made("skorch.classifier", "NeuralNetClassifier"),
            dict({ __cuda_dependent_attributes__: p.bytes(BEHIND_NONE) }),
          ),
        ),
      least: "critical",
    },
    {
      hope: "an unknown loader is given a payload in a raw deflate stream",
      bytes: () => whole(call("torch.utils.made_up", "restore", p.bytes(deflateRawSync(p.osSystem())))),
      least: "medium",
    },
    {
      hope: "a bytearray holds the pickle instead of bytes",
      bytes: () =>
        p.pickle(
          p.proto(5),
          named("torch.storage", "_load_from_bytes"),
          [0x96],
          p.le(BEHIND_NONE.length, 8),
          BEHIND_NONE,
          p.tuple1,
          p.reduce,
          p.stop,
        ),
      least: "critical",
    },
    {
      hope: "protocol 2 writes the bytes as text through _codecs.encode",
      bytes: () =>
        whole(
          call(
            "torch.storage",
            "_load_from_bytes",
            call("_codecs", "encode", p.text(BEHIND_NONE.toString("latin1")), p.text("latin1")),
          ),
        ),
      least: "critical",
    },
  ]);
});
