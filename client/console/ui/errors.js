// Errors as sentences.

import { words } from '/console/words/en.js';

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
      return words.errors.permissionDenied(message);
    case 'UNAVAILABLE':
      return words.errors.unavailable(message);
    case 'ABORTED':
      return words.errors.aborted(message);
    case 'DEADLINE_EXCEEDED':
      return words.errors.deadlineExceeded;
    case undefined:
      return words.errors.unexpected(message);
    default:
      return message || words.errors.unexpected(error.code);
  }
}
