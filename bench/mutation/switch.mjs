// The switch around each mutant. One object for the whole thread: a bundle that is loaded again takes it over.

const state = globalThis.mutation;

/** True for the active mutant. Counts who was passed, and ends what goes on for far longer than without a mutant. */
export function $m(id) {
  state.hits[id] = 1;
  if (++state.steps > state.maxSteps) throw new Error("the mutant does not end");
  return id === state.active;
}
