// Errors as sentences.

import { words } from '/console/words/en.js';

/**
 * Begins a message of hookd with a capital letter, unless it begins with a name.
 * @param {string} message
 */
export function sentence(message) {
  return /^(?!hookd )[a-z]+ /.test(message) ? message[0].toUpperCase() + message.slice(1) : message;
}

/**
 * Returns what happened and what to do.
 * @param {any} error
 * @returns {string}
 */
export function errorSentence(error) {
  const message = error?.message ?? '';
  switch (error?.code) {
    case 'UNREACHABLE':
      return words.errors.unreachable;
    case 'UNAUTHENTICATED':
      return words.errors.unauthenticated(message);
    case 'PERMISSION_DENIED':
      return words.errors.permissionDenied(sentence(message));
    case 'UNAVAILABLE':
      return words.errors.unavailable(message);
    case 'ABORTED':
      return words.errors.aborted(sentence(message));
    case 'DEADLINE_EXCEEDED':
      return words.errors.deadlineExceeded;
    case 'RESOURCE_EXHAUSTED':
      // Without a time, it is no rate: trying again does not help.
      return error.retryAfterMs > 0
        ? words.errors.tooManyRequests(sentence(message), Math.ceil(error.retryAfterMs / 1000))
        : sentence(message);
    case undefined:
      return words.errors.unexpected(message);
    default:
      return sentence(message) || words.errors.unexpected(error.code);
  }
}
