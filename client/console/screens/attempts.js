// The attempts of a delivery that are known. GetDelivery has the first and the newest ones; the rest is read on demand.
import { listAttempts } from '/console/api/methods.js';

/** @import { Attempt, Delivery } from '/console/api/types.js' */

/** How many attempts are read at a time. */
const PAGE_SIZE = 100;

/**
 * @param {Delivery} delivery
 * @param {AbortSignal} signal
 */
export function makeAttempts(delivery, signal) {
  /** @type {Map<number, Attempt>} */
  const known = new Map();
  let pageToken = '';

  /** @param {Attempt[]} attempts */
  function add(attempts) {
    for (const attempt of attempts) known.set(attempt.number ?? 0, attempt);
  }

  function all() {
    return [...known.values()].sort((one, other) => (one.number ?? 0) - (other.number ?? 0));
  }

  /** Reads the first attempts that are not known, at most a page of them. */
  async function loadMissing() {
    const before = known.size;
    do {
      const request = { name: delivery.name ?? '', pageSize: PAGE_SIZE, pageToken };
      const page = await listAttempts(request, { signal });
      add(page.attempts ?? []);
      pageToken = page.nextPageToken ?? '';
    } while (known.size === before && pageToken !== '');
    return known.size > before;
  }

  add(delivery.attempts ?? []);
  return {
    add,
    all,
    /** @param {number|null} number */
    get: (number) => (number === null ? undefined : known.get(number)),
    last: () => all().at(-1),
    loadMissing,
    /** Reads attempts until this one is known, if there is one of this number. @param {number} number */
    async loadUntil(number) {
      const isMissing = () => number > 0 && number < (all().at(-1)?.number ?? 0) && !known.has(number);
      while (isMissing() && (await loadMissing()));
    },
  };
}
