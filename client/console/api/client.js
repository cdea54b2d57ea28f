// Calls hookd's HTTP API.

import { whenReachable } from '/console/api/connection.js';

/** How often a call that reads is repeated when it gets no answer. */
const MOST_REPEATS = 3;
const FIRST_PAUSE_MS = 200;
/** hookd that has not answered by then is taken as out of reach. A test of a webhook may take 30 seconds. */
const LONGEST_CALL_MS = 45_000;

/** The names of google.rpc.Code. */
const CODES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

/** @typedef {{field: string, description: string}} Violation */
/** @typedef {Record<string, string | number | boolean | string[] | null | undefined>} Query */

/** A call that failed. */
export class ApiError extends Error {
  /**
   * @param {number} status the HTTP status; 0 without an answer
   * @param {string} code the name of a google.rpc.Code, or UNREACHABLE without an answer
   * @param {string} message
   * @param {{violations?: Violation[], retryAfterMs?: number | null}} [details]
   */
  constructor(status, code, message, { violations = [], retryAfterMs = null } = {}) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    /** The fields that are wrong, by their path. */
    this.violations = violations;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Sends 'unauthenticated' (a CustomEvent whose detail is the ApiError) when hookd does not accept the token. */
export const apiEvents = new EventTarget();

/** @type {string | null} */
let secret = null;

/**
 * Sets the token's secret that every later call has.
 * @param {string | null} value
 */
export function setSecret(value) {
  secret = value;
}

/**
 * Whether `error` only says that the caller is no longer interested.
 * @param {unknown} error
 */
export function isAbort(error) {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** @param {Query} query */
function queryText(query) {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null || value === '' || value === false) continue;
    for (const one of Array.isArray(value) ? value : [value]) params.append(name, String(one));
  }
  const text = params.toString();
  return text && `?${text}`;
}

/**
 * @param {any} status a google.rpc.Status as JSON
 * @param {number} httpStatus
 * @param {string | null} retryAfter the header
 */
function errorOf(status, httpStatus, retryAfter) {
  /** @type {any[]} */
  const details = status.details ?? [];
  const violations = details.flatMap((detail) => detail.fieldViolations ?? []);
  const seconds = Number.parseFloat(details.find((detail) => detail.retryDelay)?.retryDelay ?? retryAfter);
  return new ApiError(httpStatus, CODES[status.code] ?? 'UNKNOWN', status.message ?? '', {
    violations,
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : null,
  });
}

/** @param {Response} response */
async function errorOfResponse(response) {
  let status = null;
  try {
    status = JSON.parse(await response.text());
  } catch {
    // A proxy's page, not hookd's answer.
  }
  if (typeof status?.code === 'number') {
    return errorOf(status, response.status, response.headers.get('Retry-After'));
  }
  if ([502, 503, 504].includes(response.status)) return new ApiError(response.status, 'UNREACHABLE', '');
  return new ApiError(response.status, 'UNKNOWN', `HTTP status ${response.status}`);
}

/**
 * @typedef {{query?: Query, body?: unknown, signal?: AbortSignal}} Options
 * @param {string} method
 * @param {string} path
 * @param {Options} options
 * @returns {Promise<Response>}
 */
async function send(method, path, { query = {}, body, signal }) {
  /** @type {Record<string, string>} */
  const headers = { Accept: 'application/json' };
  if (secret) headers.Authorization = `Bearer ${secret}`;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const sentSecret = secret;
  let response;
  try {
    response = await fetch(path + queryText(query), {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
      cache: 'no-store',
      credentials: 'same-origin',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
    });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError(0, 'UNREACHABLE', '');
  }
  if (response.ok) return response;
  const error = await errorOfResponse(response);
  reportRefusal(error, sentSecret);
  throw error;
}

/** @param {ApiError} error @param {string | null} sentSecret the token's secret that the call had */
function reportRefusal(error, sentSecret) {
  // The answer to a call with an earlier token says nothing about this one.
  if (error.code !== 'UNAUTHENTICATED' || sentSecret !== secret) return;
  apiEvents.dispatchEvent(new CustomEvent('unauthenticated', { detail: error }));
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** @param {unknown} error */
export function isOutage(error) {
  return error instanceof ApiError && (error.code === 'UNREACHABLE' || error.code === 'UNAVAILABLE');
}

/**
 * Calls hookd and returns the answer. A call that reads is repeated when hookd answers again; another one fails with
 * UNREACHABLE at once, because it may have taken effect. Throws ApiError, or AbortError once `signal` is aborted.
 * @param {'GET' | 'POST' | 'PATCH' | 'DELETE'} method
 * @param {string} path
 * @param {Options} [options]
 * @returns {Promise<any>}
 */
export async function call(method, path, options = {}) {
  for (let repeats = 0; ; repeats += 1) {
    const timeout = AbortSignal.timeout(LONGEST_CALL_MS);
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    try {
      const response = await send(method, path, { ...options, signal });
      const text = await response.text().catch((error) => {
        if (options.signal?.aborted) throw error;
        throw new ApiError(0, 'UNREACHABLE', '');
      });
      return text === '' ? {} : JSON.parse(text);
    } catch (error) {
      if (!isOutage(error)) throw error;
      const answered = whenReachable(options.signal);
      if (method !== 'GET' || repeats === MOST_REPEATS) {
        answered.catch(() => {});
        throw error;
      }
      await answered;
      await pause(FIRST_PAUSE_MS * 2 ** repeats);
    }
  }
}

/**
 * Reads a stream of hookd: yields the `result` of each line. Ends when hookd ends it; throws ApiError when it breaks.
 * @param {string} path
 * @param {{query?: Query, signal?: AbortSignal}} [options]
 * @returns {AsyncGenerator<any, void, void>}
 */
export async function* stream(path, options = {}) {
  const sentSecret = secret;
  const response = await send('GET', path, options);
  const reader = /** @type {ReadableStream<BufferSource>} */ (response.body)
    .pipeThrough(new TextDecoderStream())
    .getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error) => {
        if (options.signal?.aborted) throw error;
        throw new ApiError(0, 'UNREACHABLE', '');
      });
      if (done) return;
      const lines = (rest + value).split('\n');
      rest = /** @type {string} */ (lines.pop());
      for (const line of lines) {
        if (line === '') continue;
        const message = JSON.parse(line);
        if (message.error) {
          const error = errorOf(message.error, response.status, null);
          reportRefusal(error, sentSecret);
          throw error;
        }
        yield message.result;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
