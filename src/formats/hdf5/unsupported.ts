import { ParseError } from "../../errors.js";

/** A legal structure that this reader does not read: nothing is wrong with the file. */
export class UnsupportedError extends ParseError {
  override readonly name = "UnsupportedError";

  constructor(
    message: string,
    offset?: number,
    /** False where the HDF5 library, as it comes to us, cannot read it either. */
    readonly isForLibrary = true,
  ) {
    super(message, offset);
  }
}
