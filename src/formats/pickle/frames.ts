import type { MachineState } from "./state.js";

/** Where FRAME said that opcodes end. Loaders differ in what they do about a wrong length, so nothing depends on it here but findings. */
export class Frames {
  /** Offset of the first byte behind the frame; infinite outside of frames. */
  end = Number.POSITIVE_INFINITY;

  constructor(private readonly state: MachineState) {}

  /** FRAME, at `at`, of `length` bytes from `from` on. */
  enter(from: number, length: number, at: number): void {
    const { state } = this;
    const left = state.window.end - from;
    if (at < this.end && this.end !== Number.POSITIVE_INFINITY)
      state.tell("frame-nested", at, `a frame begins inside another that ends at ${this.end}`);
    if (length > left) state.tell("frame-too-long", at, `a frame of ${length} bytes, ${left} are left`);
    this.end = from + length;
  }

  /** An opcode begins at `at`, at the frame's end or behind it. */
  leave(at: number): void {
    if (at > this.end)
      this.state.tell("frame-straddle", this.end, `the frame ends at ${this.end}, inside an opcode's argument`);
    this.end = Number.POSITIVE_INFINITY;
  }

  /** STOP, at `at`. */
  stop(at: number): void {
    if (this.end > at + 1 && this.end <= this.state.window.end)
      this.state.tell("frame-overhang", this.end, `the frame ends at ${this.end}, behind STOP at ${at}`);
  }
}
