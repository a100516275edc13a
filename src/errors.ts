/** Bytes that do not have the structure their format demands. Ends as an `analysis/malformed` finding. */
export class ParseError extends Error {
  override readonly name: string = "ParseError";

  constructor(
    message: string,
    /** Byte offset inside the artifact, where it is known. */
    readonly offset?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A budget that ran out. Ends as an `analysis/limit-exceeded` finding; the artifact becomes `partial`. */
export class LimitError extends ParseError {
  override readonly name = "LimitError";

  constructor(
    /** The key of the exhausted limit in `[limits]`. */
    readonly limit: string,
    message: string,
    offset?: number,
  ) {
    super(message, offset);
  }
}

/** Content that is there but cannot be read without a key. Ends as an `archive/encrypted` finding. */
export class EncryptedError extends ParseError {
  override readonly name = "EncryptedError";
}

/** Something the user asked for that cannot be done as asked. Message and hints go to stderr, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";

  constructor(
    message: string,
    /** Two or three things to try. */
    readonly hints: readonly string[] = [],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
