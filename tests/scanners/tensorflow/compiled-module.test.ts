import { expect, test } from "vitest";
import { scanBytes, told } from "../../builders/scan.js";
import { graph, node, text } from "../../builders/tensorflow.js";

/** A graph that runs a module written as text. */
async function judge(module: string): Promise<string[]> {
  const call = node("XlaCallModule", { attributes: { module: text(module) } });
  return told(await scanBytes("model.pb", graph({ nodes: [call] })));
}

test("a module that only computes is ordinary", async () => {
  expect(await judge("module { func.func @main() { return } }")).toEqual([]);
});

test.each(["lapack_sgeqrf_ffi", "Sharding", "cu_threefry2x32", "tf.call_tf_function"])(
  "a call to %s is ordinary",
  async (target) => {
    expect(await judge(`%0 = stablehlo.custom_call @${target}(%a)`)).toEqual([]);
    expect(await judge(`"stablehlo.custom_call"(%a) {call_target_name = "${target}"}`)).toEqual([]);
  },
);

test("a call to a target that nobody knows is suspicious, also beside one that is known", async () => {
  expect(await judge("%0 = stablehlo.custom_call @my_target(%a)")).toEqual(["medium tensorflow/custom-call"]);
  expect(await judge("stablehlo.custom_call @Sharding(%a) stablehlo.custom_call @my_target(%a)")).toEqual([
    "medium tensorflow/custom-call",
  ]);
});

test("a call back into Python is told", async () => {
  expect(await judge("%0 = stablehlo.custom_call @xla_python_cpu_callback(%a)")).toEqual([
    "high tensorflow/host-callback",
  ]);
});
