// What people call a webhook, where only its id is known.
import { getWebhook } from '/console/api/methods.js';
import { h, replace } from '/console/ui/dom.js';
import { lastPart } from '/console/ui/text.js';

/** How long a name is kept, and how many of them. */
const KEPT_MS = 60_000;
const MOST_KEPT = 300;

/** @type {Map<string, {time: number, title: Promise<string>}>} */
const kept = new Map();

/**
 * The display name of a webhook; its id if it has none, was deleted, or cannot be read.
 * @param {string} name
 * @returns {Promise<string>}
 */
function titleOf(name) {
  const before = kept.get(name);
  if (before && performance.now() - before.time < KEPT_MS) return before.title;
  if (kept.size >= MOST_KEPT) kept.clear();
  const id = lastPart(name);
  const title = getWebhook({ name }).then(
    (webhook) => webhook.displayName || id,
    () => id,
  );
  kept.set(name, { time: performance.now(), title });
  return title;
}

/**
 * Text that is the webhook's id, and its display name as soon as that is known.
 * @param {string} name
 * @returns {HTMLElement}
 */
export function webhookName(name) {
  const id = lastPart(name);
  const element = h('span', { class: 'truncate', title: id }, id);
  titleOf(name).then((title) => {
    if (title !== id) replace(element, title);
  });
  return element;
}
