/** SEXPTYPE codes that stand in a serialisation: R's Rinternals.h and serialize.c. */
export const R_TYPES = {
  symbol: 1,
  pairlist: 2,
  closure: 3,
  environment: 4,
  promise: 5,
  language: 6,
  special: 7,
  builtin: 8,
  string: 9,
  logical: 10,
  integer: 13,
  real: 14,
  complex: 15,
  character: 16,
  dots: 17,
  list: 19,
  expression: 20,
  bytecode: 21,
  externalPointer: 22,
  weakReference: 23,
  raw: 24,
  object: 25,
  alternative: 238,
  attributePairlist: 239,
  attributeLanguage: 240,
  baseEnvironment: 241,
  emptyEnvironment: 242,
  bytecodeReference: 243,
  bytecodeDefinition: 244,
  persistent: 247,
  package: 248,
  namespace: 249,
  baseNamespace: 250,
  missingArgument: 251,
  unboundValue: 252,
  globalEnvironment: 253,
  nil: 254,
  reference: 255,
} as const;

/** What an item is to those around it, shortened to what can be shown. */
export interface RValue {
  readonly type: number;
  /** As R code. */
  readonly code: string;
  /** The name of a symbol, the first of a vector of texts. */
  readonly name?: string;
}
