// Follows a pending delivery: reads it again when something can have happened to it.
import { isPending } from '/console/screens/delivery_state.js';

/** @import { Delivery } from '/console/api/types.js' */

const SHORTEST_MS = 1000;
const LONGEST_MS = 30_000;
/** How long after its due time an attempt has probably started and ended. */
const ATTEMPT_MS = 500;

/**
 * How long to wait before a delivery is read again: until its next attempt, or longer each time.
 * @param {Delivery} delivery
 * @param {number} now
 * @param {number} unchanged How many times it was the same.
 */
export function pauseBefore(delivery, now, unchanged) {
  const due = delivery.nextAttemptTime ? Date.parse(delivery.nextAttemptTime) + ATTEMPT_MS - now : 0;
  const pause = due > 0 ? due : SHORTEST_MS * 2 ** unchanged;
  return Math.min(Math.max(pause, SHORTEST_MS), LONGEST_MS);
}

/**
 * @param {Delivery} one
 * @param {Delivery} other
 */
function isSame(one, other) {
  return (
    one.state === other.state &&
    one.attemptCount === other.attemptCount &&
    one.nextAttemptTime === other.nextAttemptTime
  );
}

/**
 * Reads a delivery again and again while it is pending and the page can be seen.
 * @param {object} options
 * @param {() => Delivery} options.delivery What is shown.
 * @param {() => Promise<Delivery>} options.read
 * @param {(delivery: Delivery) => void} options.onChange
 * @param {AbortSignal} options.signal
 * @returns {() => void} To be called when the delivery may be pending again.
 */
export function followPending({ delivery, read, onChange, signal }) {
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  let unchanged = 0;
  const schedule = () => {
    clearTimeout(timer);
    if (signal.aborted || document.hidden || !isPending(delivery())) return;
    timer = setTimeout(look, pauseBefore(delivery(), Date.now(), unchanged));
  };
  const look = async () => {
    try {
      const next = await read();
      if (signal.aborted) return;
      const same = isSame(next, delivery());
      unchanged = same ? unchanged + 1 : 0;
      if (!same) onChange(next);
    } catch {
      // What is shown stays; a later read may succeed.
      unchanged += 1;
    }
    schedule();
  };
  document.addEventListener('visibilitychange', schedule, { signal });
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  schedule();
  return () => {
    unchanged = 0;
    schedule();
  };
}
