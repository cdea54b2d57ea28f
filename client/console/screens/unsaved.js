// What was entered and not saved, while this page is open: it is there again after another screen, and after a new sign-in
// once a token has expired. It is in memory only, because it may have passwords.

import { isSignedIn, session, signInReason } from '/console/api/session.js';

/** @typedef {Record<string, any>} Draft fields of a webhook, or the text of an event */

/** By the name of the webhook, or of the parent of what is new. @type {Map<string, {draft: Draft, etag: string}>} */
const kept = new Map();

/**
 * Returns what was entered for the resource as it is stored now; undefined if there is nothing, or it was changed since.
 * @param {string} name
 * @param {string} etag
 * @returns {Draft | undefined}
 */
export function unsavedDraft(name, etag) {
  const found = kept.get(name);
  return found?.etag === etag ? structuredClone(found.draft) : undefined;
}

/**
 * @param {string} name
 * @param {string} etag
 * @param {Draft} draft
 */
export function keepDraft(name, etag, draft) {
  kept.set(name, { etag, draft: structuredClone(draft) });
}

/** @param {string} name */
export function dropDraft(name) {
  kept.delete(name);
}

let wasSignedIn = true;
session.addEventListener('change', () => {
  // Another caller, or one who signed out: only an expired token leaves what was entered.
  if (isSignedIn() ? wasSignedIn : signInReason() === null) kept.clear();
  wasSignedIn = isSignedIn();
});
window.addEventListener('beforeunload', (event) => {
  if (kept.size > 0) event.preventDefault();
});
