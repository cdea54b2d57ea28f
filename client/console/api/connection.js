// Whether hookd answers. Without an answer, asks /healthz until there is one.

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8000;

/** Sends 'change' when hookd stops or starts to answer. */
export const connection = new EventTarget();

let reachable = true;
/** Ends the pause before the next question. */
let askNow = () => {};

export function isReachable() {
  return reachable;
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return /** @type {Promise<void>} */ (
    new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      askNow = () => {
        clearTimeout(timer);
        resolve();
      };
    })
  );
}

async function answers() {
  try {
    return (await fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(5000) })).ok;
  } catch {
    return false;
  }
}

/** @param {boolean} value */
function setReachable(value) {
  if (reachable === value) return;
  reachable = value;
  connection.dispatchEvent(new Event('change'));
}

/** @type {Promise<void> | null} */
let asking = null;

async function ask() {
  for (let wait = FIRST_PAUSE_MS; !(await answers()); wait = Math.min(wait * 1.7, LONGEST_PAUSE_MS)) {
    setReachable(false);
    await pause(wait);
  }
  asking = null;
  setReachable(true);
}

/**
 * To be called when a call got no answer. Resolves when hookd answers again.
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export function whenReachable(signal) {
  asking ??= ask();
  const answered = asking;
  if (!signal) return answered;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    answered.then(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
  });
}

/** Asks at once instead of after the current pause. */
export function tryNow() {
  askNow();
}

window.addEventListener('online', () => askNow());
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') askNow();
});
