// Whether somebody may see the page.

/** For how long a page may be hidden before what it does in the background ends. */
const HIDDEN_MS = 10_000;

/**
 * Returns a signal that is aborted when the page has been hidden for a while, and a function that ends the observation.
 */
export function whileSeen() {
  const hidden = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const look = () => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(() => hidden.abort(), HIDDEN_MS);
  };
  document.addEventListener('visibilitychange', look);
  look();
  const end = () => {
    document.removeEventListener('visibilitychange', look);
    clearTimeout(timer);
  };
  return { signal: hidden.signal, end };
}

/**
 * Resolves once the page is not hidden, or `signal` is aborted.
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export function whenSeen(signal) {
  if (!document.hidden || signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      if (document.hidden && !signal?.aborted) return;
      document.removeEventListener('visibilitychange', done);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    document.addEventListener('visibilitychange', done);
    signal?.addEventListener('abort', done);
  });
}
