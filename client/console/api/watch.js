// Streams that stay open: opened again, where they ended, when hookd restarts, drops a slow caller or falls silent, and
// when a page that was hidden is seen again.

import { ApiError, isOutage, stream } from '/console/api/client.js';
import { whenReachable } from '/console/api/connection.js';

/** hookd sends a message or a heartbeat at least every 30 seconds: a stream that is silent for longer is dead. */
const SILENCE_MS = 35_000;
/**
 * A page that has been hidden for this long closes its streams until it is seen again: browsers have few connections for
 * all pages of a server.
 */
const HIDDEN_MS = 10_000;
/** hookd answers with the first message. A call that has not failed by then is taken as accepted. */
const ACCEPTED_MS = 1000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/** @typedef {'open' | 'lost'} WatchState */
/** @typedef {{signal?: AbortSignal, onState?: (state: WatchState) => void}} WatchOptions */

/**
 * Returns a signal that is aborted when the page has been hidden for a while, or nothing was heard for a while.
 * @returns {{signal: AbortSignal, heard: () => void, end: () => void}}
 */
function makeWatchdog() {
  const stop = new AbortController();
  const ended = new AbortController();
  const wait = (/** @type {number} */ milliseconds) => setTimeout(() => stop.abort(), milliseconds);
  let silence = wait(SILENCE_MS);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let hidden;
  const look = () => {
    clearTimeout(hidden);
    if (document.hidden) hidden = wait(HIDDEN_MS);
  };
  document.addEventListener('visibilitychange', look, { signal: ended.signal });
  look();
  return {
    signal: stop.signal,
    heard: () => {
      clearTimeout(silence);
      silence = wait(SILENCE_MS);
    },
    end: () => {
      ended.abort();
      clearTimeout(silence);
      clearTimeout(hidden);
    },
  };
}

/**
 * Reads a stream once. Throws ApiError UNREACHABLE when it falls silent, or the page is hidden.
 * @param {string} path
 * @param {import('/console/api/client.js').Query} query
 * @param {AbortSignal | undefined} signal
 * @returns {AsyncGenerator<any, void, void>}
 */
async function* readOnce(path, query, signal) {
  const watchdog = makeWatchdog();
  const either = signal ? AbortSignal.any([signal, watchdog.signal]) : watchdog.signal;
  try {
    for await (const message of stream(path, { query, signal: either })) {
      watchdog.heard();
      yield message;
    }
  } catch (error) {
    throw watchdog.signal.aborted && !signal?.aborted ? new ApiError(0, 'UNREACHABLE', '') : error;
  } finally {
    watchdog.end();
  }
}

/**
 * Resolves after a pause, once the page is seen; or when `signal` is aborted.
 * @param {number} milliseconds
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const ended = new AbortController();
    const done = () => {
      ended.abort();
      clearTimeout(timer);
      resolve();
    };
    const look = () => {
      if (!document.hidden) done();
    };
    const timer = setTimeout(() => {
      document.addEventListener('visibilitychange', look, { signal: ended.signal });
      look();
    }, milliseconds);
    signal?.addEventListener('abort', done, { signal: ended.signal });
  });
}

/**
 * Reads a stream, and opens it again, where it ended, until `signal` is aborted. Throws ApiError when hookd refuses the
 * call.
 * @param {string} path
 * @param {(position: string | null, since: string | null) => import('/console/api/client.js').Query} queryFrom the query,
 *   given the last position and, when the stream is opened again, when it was opened first
 * @param {(message: any) => string | undefined} positionOf
 * @param {WatchOptions} [options]
 * @returns {AsyncGenerator<any, void, void>}
 */
export async function* watch(path, queryFrom, positionOf, { signal, onState = () => {} } = {}) {
  const opened = new Date().toISOString();
  /** @type {string | null} */
  let position = null;
  /** @type {string | null} */
  let since = null;
  let wait = FIRST_PAUSE_MS;
  while (!signal?.aborted) {
    const accepted = setTimeout(onState, ACCEPTED_MS, 'open');
    /** @type {number | null} */
    let asked = null;
    try {
      for await (const message of readOnce(path, queryFrom(position, since), signal)) {
        clearTimeout(accepted);
        onState('open');
        wait = FIRST_PAUSE_MS;
        position = positionOf(message) || position;
        yield message;
      }
    } catch (error) {
      // RESOURCE_EXHAUSTED: the page fell behind, or too many streams are open.
      const passes = error instanceof ApiError && (isOutage(error) || error.code === 'RESOURCE_EXHAUSTED');
      if (!passes) throw error;
      asked = error.retryAfterMs;
    } finally {
      clearTimeout(accepted);
    }
    if (signal?.aborted) return;
    since = opened;
    onState('lost');
    await pause(Math.max(wait, asked ?? 0), signal);
    wait = Math.min(wait * 2, LONGEST_PAUSE_MS);
    await whenReachable(signal);
  }
}
