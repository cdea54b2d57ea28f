// Streams that survive a restart of hookd.

import { isOutage, stream } from '/console/api/client.js';
import { whenReachable } from '/console/api/connection.js';

/**
 * Reads a stream, and opens it again, where it ended, when hookd ends it or stops to answer.
 * @param {string} path
 * @param {(position: string | null) => import('/console/api/client.js').Query} queryFrom the query, given the last position
 * @param {(message: any) => string | undefined} positionOf
 * @param {AbortSignal} [signal]
 * @returns {AsyncGenerator<any, void, void>}
 */
export async function* watch(path, queryFrom, positionOf, signal) {
  /** @type {string | null} */
  let position = null;
  while (!signal?.aborted) {
    try {
      for await (const message of stream(path, { query: queryFrom(position), signal })) {
        position = positionOf(message) || position;
        yield message;
      }
    } catch (error) {
      if (!isOutage(error)) throw error;
    }
    await pause(500, signal);
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
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve(undefined);
    });
  });
}
