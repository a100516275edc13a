import { ParseError } from "../../errors.js";

/** A legal structure that this reader leaves to the library: nothing is wrong with the file. */
export class UnsupportedError extends ParseError {
  override readonly name = "UnsupportedError";
}
