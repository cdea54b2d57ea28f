// Doing something again and again while somebody may see it.

const EVERY_MS = 5000;
const LONGEST_MS = 60_000;

/**
 * Runs `run` every few seconds until `signal` is aborted, but not while the page is hidden. After a failure, it waits
 * longer each time.
 * @param {AbortSignal} signal
 * @param {() => Promise<void>} run
 */
export function repeat(signal, run) {
  let pause = EVERY_MS;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let running = false;
  const step = async () => {
    if (document.hidden || running) return;
    running = true;
    try {
      await run();
      pause = EVERY_MS;
    } catch {
      pause = Math.min(pause * 2, LONGEST_MS);
    }
    running = false;
    if (!signal.aborted) timer = setTimeout(step, pause);
  };
  const show = () => {
    clearTimeout(timer);
    step();
  };
  timer = setTimeout(step, pause);
  document.addEventListener('visibilitychange', show, { signal });
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
}
