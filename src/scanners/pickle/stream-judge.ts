import type { Value } from "../../formats/pickle/value.js";
import { isArrayWrapper } from "./arrays.js";
import { type JudgeOptions, PickleJudge } from "./judge.js";
import { qualified } from "./qualified.js";
import type { StorageTable } from "./storages.js";

export interface StreamJudgeOptions extends JudgeOptions {
  /** Gets the storages that the stream refers to. */
  readonly storageTable?: StorageTable;
  /** Called behind a BUILD, after which joblib's loader reads raw data from the file; returns where it goes on. */
  readonly readArray: (state: Value, judge: StreamJudge, offset: number) => number | undefined;
}

/** A judge that also follows raw arrays and remembers storages, as joblib's and torch's loaders do. */
export class StreamJudge extends PickleJudge {
  /** What the stream leaves, once it has stopped. */
  result: Value | undefined;

  constructor(private readonly options: StreamJudgeOptions) {
    super(options);
  }

  override built(offset: number, target: Value, state: Value): void {
    super.built(offset, target, state);
    if (!isArrayWrapper(this.inspect, target)) return;
    // The class that the array had; joblib makes a plain array where it is `memmap`, and views any other (joblib/numpy_pickle.py).
    const subclass = this.inspect.entries(state).get("subclass");
    const entry = subclass && this.inspect.global(subclass);
    if (entry && qualified(entry.resolvedModule, entry.resolvedName) === "numpy.memmap") this.excuse(subclass);
    const next = this.options.readArray(state, this, offset + 1);
    if (next !== undefined) this.machine?.jump(next);
  }

  override persistentId(offset: number, id: Value): void {
    super.persistentId(offset, id);
    this.options.storageTable?.add(this.inspect, id);
  }

  stopped(_offset: number, result: Value): void {
    this.result = result;
  }
}
