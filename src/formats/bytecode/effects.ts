// Stack effects of instructions that neither name nor call anything: how many values go, how many unknown ones come.
// From `dis` and Python/bytecodes.c of the versions in opcode-tables.ts. What is in neither table here does nothing to the stack.

type Effect = readonly [pops: number, pushes: number];

const PLAIN: { readonly [op: string]: Effect } = {
  POP_TOP: [1, 0],
  POP_ITER: [1, 0],
  END_FOR: [1, 0],
  PRINT_EXPR: [1, 0],
  PRINT_ITEM: [1, 0],
  PRINT_ITEM_TO: [2, 0],
  PRINT_NEWLINE_TO: [1, 0],
  RETURN_VALUE: [1, 0],
  YIELD_VALUE: [1, 1],
  YIELD_FROM: [2, 1],
  SEND: [1, 1],
  GET_ANEXT: [0, 1],
  RETURN_GENERATOR: [0, 1],
  UNARY_POSITIVE: [1, 1],
  UNARY_NEGATIVE: [1, 1],
  UNARY_NOT: [1, 1],
  UNARY_INVERT: [1, 1],
  COMPARE_OP: [2, 1],
  CONTAINS_OP: [2, 1],
  IS_OP: [2, 1],
  CHECK_EXC_MATCH: [1, 1],
  CHECK_EG_MATCH: [2, 2],
  JUMP_IF_NOT_EXC_MATCH: [2, 0],
  POP_JUMP_IF_FALSE: [1, 0],
  POP_JUMP_IF_TRUE: [1, 0],
  POP_JUMP_IF_NONE: [1, 0],
  POP_JUMP_IF_NOT_NONE: [1, 0],
  POP_JUMP_FORWARD_IF_FALSE: [1, 0],
  POP_JUMP_FORWARD_IF_TRUE: [1, 0],
  POP_JUMP_FORWARD_IF_NONE: [1, 0],
  POP_JUMP_FORWARD_IF_NOT_NONE: [1, 0],
  POP_JUMP_BACKWARD_IF_FALSE: [1, 0],
  POP_JUMP_BACKWARD_IF_TRUE: [1, 0],
  POP_JUMP_BACKWARD_IF_NONE: [1, 0],
  POP_JUMP_BACKWARD_IF_NOT_NONE: [1, 0],
  STORE_ATTR: [2, 0],
  DELETE_ATTR: [1, 0],
  DELETE_SUBSCR: [2, 0],
  STORE_SLICE: [4, 0],
  "STORE_SLICE+0": [2, 0],
  "STORE_SLICE+1": [3, 0],
  "STORE_SLICE+2": [3, 0],
  "STORE_SLICE+3": [4, 0],
  "DELETE_SLICE+0": [1, 0],
  "DELETE_SLICE+1": [2, 0],
  "DELETE_SLICE+2": [2, 0],
  "DELETE_SLICE+3": [3, 0],
  STORE_MAP: [2, 0],
  SET_UPDATE: [1, 0],
  IMPORT_STAR: [1, 0],
  LOAD_LOCALS: [0, 1],
  LOAD_ASSERTION_ERROR: [0, 1],
  LOAD_COMMON_CONSTANT: [0, 1],
  CALL_INTRINSIC_2: [2, 1],
  BUILD_INTERPOLATION: [2, 1],
  BUILD_TEMPLATE: [2, 1],
  GET_LEN: [0, 1],
  MATCH_MAPPING: [0, 1],
  MATCH_SEQUENCE: [0, 1],
  MATCH_KEYS: [0, 1],
  MATCH_CLASS: [3, 1],
  COPY_DICT_WITHOUT_KEYS: [1, 1],
  PUSH_EXC_INFO: [0, 1],
  WITH_EXCEPT_START: [0, 1],
  POP_EXCEPT: [1, 0],
  PREP_RERAISE_STAR: [2, 1],
  CLEANUP_THROW: [3, 2],
  END_SEND: [2, 1],
  END_ASYNC_FOR: [2, 0],
  BEFORE_ASYNC_WITH: [1, 2],
  BEGIN_FINALLY: [0, 1],
  WITH_CLEANUP_START: [0, 2],
  WITH_CLEANUP_FINISH: [2, 0],
  END_FINALLY: [1, 0],
  BUILD_CLASS: [3, 1],
  BEFORE_WITH: [1, 2],
  SETUP_WITH: [1, 2],
};

const BY_NAME: ReadonlyMap<string, Effect> = new Map(Object.entries(PLAIN));

export function effectOf(op: string): Effect | undefined {
  return BY_NAME.get(op);
}

/** Instructions after which the next one is not reached by falling through. */
export const ENDS_FLOW = new Set([
  "RETURN_VALUE",
  "RETURN_CONST",
  "RAISE_VARARGS",
  "RERAISE",
  "JUMP_FORWARD",
  "JUMP_ABSOLUTE",
  "JUMP_BACKWARD",
  "JUMP_BACKWARD_NO_INTERRUPT",
  "BREAK_LOOP",
  "CONTINUE_LOOP",
]);

/** Names of the operator that `BINARY_OP` carries as its argument (3.11 on); augmented assignments follow 13 later. */
export const BINARY_OPERATORS = ["+", "&", "//", "<<", "@", "*", "%", "|", "**", ">>", "-", "/", "^"];
/** `BINARY_OP` of 3.14 for a subscript. */
export const SUBSCRIPT_OPERATOR = 26;

/** Operators that were instructions of their own up to 3.10, after `BINARY_` or `INPLACE_`. */
export const OPERATORS: ReadonlyMap<string, string> = new Map([
  ["POWER", "**"],
  ["MULTIPLY", "*"],
  ["MATRIX_MULTIPLY", "@"],
  ["MODULO", "%"],
  ["ADD", "+"],
  ["SUBTRACT", "-"],
  ["FLOOR_DIVIDE", "//"],
  ["TRUE_DIVIDE", "/"],
  ["DIVIDE", "/"],
  ["LSHIFT", "<<"],
  ["RSHIFT", ">>"],
  ["AND", "&"],
  ["XOR", "^"],
  ["OR", "|"],
]);
