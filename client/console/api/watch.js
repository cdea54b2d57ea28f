// Streams that stay open: opened again, where they ended, when hookd restarts, drops a slow caller or falls silent.

import { ApiError, isOutage, stream } from '/console/api/client.js';
import { whenReachable } from '/console/api/connection.js';

/** hookd sends a message or a heartbeat at least every 30 seconds: a stream that is silent for longer is dead. */
const SILENCE_MS = 35_000;
/** hookd answers with the first message. A call that has not failed by then is taken as accepted. */
const ACCEPTED_MS = 1000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/** @typedef {'open' | 'lost'} WatchState */
/** @typedef {{signal?: AbortSignal, onState?: (state: WatchState) => void}} WatchOptions */

/**
 * Reads a stream once. Throws ApiError UNREACHABLE when it falls silent.
 * @param {string} path
 * @param {import('/console/api/client.js').Query} query
 * @param {AbortSignal | undefined} signal
 * @returns {AsyncGenerator<any, void, void>}
 */
async function* unlessSilent(path, query, signal) {
  const silence = new AbortController();
  const either = signal ? AbortSignal.any([signal, silence.signal]) : silence.signal;
  const wait = () => setTimeout(() => silence.abort(), SILENCE_MS);
  let timer = wait();
  try {
    for await (const message of stream(path, { query, signal: either })) {
      clearTimeout(timer);
      timer = wait();
      yield message;
    }
  } catch (error) {
    throw silence.signal.aborted && !signal?.aborted ? new ApiError(0, 'UNREACHABLE', '') : error;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Reads a stream, and opens it again, where it ended, until `signal` is aborted. Throws ApiError when hookd refuses the
 * call.
 * @param {string} path
 * @param {(position: string | null) => import('/console/api/client.js').Query} queryFrom the query, given the last position
 * @param {(message: any) => string | undefined} positionOf
 * @param {WatchOptions} [options]
 * @returns {AsyncGenerator<any, void, void>}
 */
export async function* watch(path, queryFrom, positionOf, { signal, onState = () => {} } = {}) {
  /** @type {string | null} */
  let position = null;
  let wait = FIRST_PAUSE_MS;
  while (!signal?.aborted) {
    const accepted = setTimeout(onState, ACCEPTED_MS, 'open');
    /** @type {number | null} */
    let asked = null;
    try {
      for await (const message of unlessSilent(path, queryFrom(position), signal)) {
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
    onState('lost');
    await pause(Math.max(wait, asked ?? 0), signal);
    wait = Math.min(wait * 2, LONGEST_PAUSE_MS);
    await whenReachable(signal);
  }
}

/**
 * @param {number} milliseconds
 * @param {AbortSignal} [signal]
 */
function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    const stop = () => {
      clearTimeout(timer);
      resolve(undefined);
    };
    signal?.addEventListener('abort', stop, { once: true });
  });
}
