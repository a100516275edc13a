import * as p from "../builders/pickle.js";

/** `module.name(...args)` by STACK_GLOBAL and REDUCE. */
export function call(module: string, name: string, ...args: readonly p.Piece[]): p.Piece {
  return p.pickle(named(module, name), p.mark, ...args, p.tuple, p.reduce);
}

/** Calls what another piece leaves on the stack. */
export function callOf(callee: p.Piece, ...args: readonly p.Piece[]): p.Piece {
  return p.pickle(callee, p.mark, ...args, p.tuple, p.reduce);
}

export function named(module: string, name: string): p.Piece {
  return p.pickle(p.text(module), p.text(name), p.stackGlobal);
}

/** `module.name.__new__(name, ...args)`. */
export function made(module: string, name: string, ...args: readonly p.Piece[]): p.Piece {
  return p.pickle(named(module, name), p.mark, ...args, p.tuple, p.newobj);
}

/** A dict of text keys. */
export function dict(entries: { readonly [key: string]: p.Piece }): p.Piece {
  const pairs = Object.entries(entries).flatMap(([key, value]) => [p.text(key), value]);
  return p.pickle(p.emptyDict, p.mark, ...pairs, p.setitems);
}

export function tupleOf(...items: readonly p.Piece[]): p.Piece {
  return p.pickle(p.mark, ...items, p.tuple);
}

export function listOf(...items: readonly p.Piece[]): p.Piece {
  return p.pickle(p.emptyList, p.mark, ...items, p.appends);
}

/** BUILD of an object with a state. */
export function withState(object: p.Piece, state: p.Piece): p.Piece {
  return p.pickle(object, state, p.build);
}

/** A function of a known package that is on no list: importing it alone is not told, calling it is. */
export const UNVETTED = named("torch.utils.made_up", "run_it");

export function whole(...pieces: readonly p.Piece[]): Uint8Array {
  return p.pickle(p.proto(4), ...pieces, p.stop);
}
