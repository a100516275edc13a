import { emptyDict, global, pickle, proto, reduce, setitem, stop, text, tuple1 } from "./pickle.js";

/** Runs `os.system("echo pwned")` when loaded. */
export const EVIL_PICKLE = pickle(proto(2), global("os", "system"), text("echo pwned"), tuple1, reduce, stop);
/** A dictionary of two texts. */
export const PLAIN_PICKLE = pickle(proto(4), emptyDict, text("layer"), text("dense"), setitem, stop);
/** Bytes of no known format. */
export const NOISE = Uint8Array.from({ length: 64 }, (_, i) => ((i * 89 + 7) % 120) + 128);
