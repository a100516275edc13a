/** Python 3.11 bytecode as Keras stores it: `lambda x: x * 2 + 1`. */
export const ARITHMETIC =
  "4wEAAAAAAAAAAAAAAAIAAAADAAAA8xIAAACXAHwAZAF6BQAAZAJ6AAAAUwApA07pAgAAAOkBAAAAqQApAdoBeHMBAAAAIPoIbW9kZWwucHn6CDxsYW1iZGE+cgcAAAABAAAAcw4AAACAAIghiGGJJZAhiSmAAPMAAAAA";
/** `lambda x: __import__('os').system('echo pwned')` */
export const RUNS_OS =
  "4wEAAAAAAAAAAAAAAAMAAAADAAAA80YAAACXAHQBAAAAAAAAAAAAAGQBpgEAAKsBAAAAAAAAAACgAQAAAAAAAAAAAAAAAAAAAAAAAAAAZAKmAQAAqwEAAAAAAAAAAFMAKQNO2gJvc3oKZWNobyBwd25lZCkC2gpfX2ltcG9ydF9f2gZzeXN0ZW0pAdoBeHMBAAAAIPoIbW9kZWwucHn6CDxsYW1iZGE+cgcAAAABAAAAcxwAAACAAI0qkFTRChrUChrXCiHSCiGgLNEKL9QKL4AA8wAAAAA=";

interface Json {
  readonly [key: string]: unknown;
}

/** A Sequential model of Keras 3 with these layers behind its input. */
export function sequential(layers: readonly Json[], more: Json = {}): Json {
  const input = layer("InputLayer", { batch_shape: [null, 2], name: "input" });
  return {
    module: "keras",
    class_name: "Sequential",
    config: { name: "m", layers: [input, ...layers] },
    registered_name: null,
    ...more,
  };
}

/** A layer as Keras 3 describes it. */
export function layer(className: string, config: Json, more: Json = {}): Json {
  return { module: "keras.layers", class_name: className, config, registered_name: null, ...more };
}

/** A function as Keras 3 describes it. */
export function functionOf(module: string, name: string): Json {
  return { module, class_name: "function", config: name, registered_name: name };
}

/** A Lambda as Keras 3 stores it. */
export function lambda(code: string): Json {
  return { class_name: "__lambda__", config: { code, defaults: null, closure: null } };
}
