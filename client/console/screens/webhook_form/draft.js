// What is being edited: a webhook's fields that can be changed, and which of them have been.

/** @typedef {Record<string, any>} Draft fields of a webhook as the API has them; absent: the default */

const editable = [
  'url',
  'eventTypes',
  'displayName',
  'timeout',
  'ordered',
  'maxConcurrency',
  'rateLimit',
  'retryPolicy',
  'headers',
  'basicAuth',
  'clientCertificate',
  'tlsCa',
  'allEventTypes',
];

/**
 * @param {Record<string, any>} webhook
 * @returns {Draft}
 */
export function draftOf(webhook) {
  /** @type {Draft} */
  const draft = {};
  for (const name of editable) {
    if (webhook[name] !== undefined) draft[name] = structuredClone(webhook[name]);
  }
  return draft;
}

/**
 * The names of the fields in which a draft differs from the webhook that it was made of.
 * @param {Draft} original
 * @param {Draft} draft
 * @returns {string[]}
 */
export function changedFields(original, draft) {
  return editable.filter((name) => {
    // A webhook for all types has them all; their list says nothing more.
    if (name === 'eventTypes' && draft.allEventTypes) return false;
    // Without all types, the API needs a list, also if it is the same.
    if (name === 'eventTypes' && original.allEventTypes) return true;
    return JSON.stringify(original[name]) !== JSON.stringify(draft[name]);
  });
}

/**
 * The part of a draft that an update sends: the changed fields.
 * @param {Draft} draft
 * @param {string[]} names
 * @returns {Draft}
 */
export function pick(draft, names) {
  return Object.fromEntries(
    names.filter((name) => draft[name] !== undefined).map((name) => [name, draft[name]]),
  );
}
