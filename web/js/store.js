/** A state, who listens to which part of it, and its place in the address: each page's own state is one. @module */

/**
 * @template {Record<string, any>} State
 * @param {State} state what holds at first
 * @param {(state: State) => string} address what stands in the address bar for a state
 */
export function makeStore(state, address) {
  /** @type {Map<keyof State, Set<() => void>>} */
  const listeners = new Map();

  /**
   * Call `listener` after any of these parts changed.
   *
   * @param {(keyof State)[]} keys
   * @param {() => void} listener
   */
  function onChange(keys, listener) {
    for (const key of keys) {
      const set = listeners.get(key) ?? new Set();
      listeners.set(key, set.add(listener));
    }
  }

  /**
   * Change parts of the state, tell whoever listens, and write the address.
   *
   * @param {Partial<State>} changes
   * @param {"push" | "replace" | "keep"} [history] whether the back button returns here
   */
  function change(changes, history = "replace") {
    /** @type {Set<() => void>} */
    const told = new Set();
    for (const [key, value] of Object.entries(changes)) {
      if (JSON.stringify(state[key]) === JSON.stringify(value)) continue;
      /** @type {any} */ (state)[key] = value;
      for (const listener of listeners.get(key) ?? []) told.add(listener);
    }
    if (history === "push" && told.size) window.history.pushState(null, "", address(state));
    else if (history !== "keep") window.history.replaceState(null, "", address(state));
    for (const listener of told) listener();
  }

  return { state, onChange, change };
}
