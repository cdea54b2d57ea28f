// Filters a list by a webhook: finds it by its name, id or URL.
import { listWebhooks } from '/console/api/methods.js';
import { filterButton } from '/console/screens/filter_bar.js';
import { h, replace } from '/console/ui/dom.js';
import { textInput } from '/console/ui/field.js';
import { load } from '/console/ui/states.js';
import { lastPart } from '/console/ui/text.js';
import { words } from '/console/words/en.js';

/** @import { Webhook } from '/console/api/types.js' */

/** The most webhooks that are searched. The id finds others. */
const MOST_SEARCHED = 1000;
const MOST_SHOWN = 30;

/**
 * @param {Webhook} webhook
 * @param {string} text In lower case.
 */
function isFound(webhook, text) {
  return `${webhook.displayName ?? ''}\n${lastPart(webhook.name ?? '')}\n${webhook.url ?? ''}`
    .toLowerCase()
    .includes(text);
}

/**
 * @param {string} label
 * @param {string} id
 * @param {(id: string) => void} choose
 * @param {boolean} hasNote Whether the id is below the label.
 */
function option(label, id, choose, hasNote) {
  const note = hasNote && h('span', { class: 'soft' }, id);
  return h(
    'button',
    { type: 'button', class: 'filter-option', on: { click: () => choose(id) } },
    h('span', null, label),
    note,
  );
}

/**
 * @param {Webhook[]} webhooks
 * @param {(id: string) => void} choose
 */
function finder(webhooks, choose) {
  const copy = words.deliveries.filters;
  const list = h('div', { class: 'filter-options' });
  const input = textInput({ type: 'search', placeholder: copy.findWebhook, 'aria-label': copy.findWebhook });
  const show = () => {
    const text = input.value.trim();
    const found = webhooks.filter((webhook) => isFound(webhook, text.toLowerCase())).slice(0, MOST_SHOWN);
    const isId = /^[a-z0-9-]+$/.test(text) && !found.some((webhook) => lastPart(webhook.name ?? '') === text);
    replace(
      list,
      found.map((webhook) => {
        const id = lastPart(webhook.name ?? '');
        return option(webhook.displayName || id, id, choose, Boolean(webhook.displayName));
      }),
      found.length === 0 && h('p', { class: 'soft' }, copy.noWebhook),
      isId && option(copy.useId(text), text, choose, false),
    );
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    /** @type {HTMLElement|null} */ (list.querySelector('.filter-option'))?.click();
  };
  input.addEventListener('input', show);
  show();
  setTimeout(() => input.focus());
  return h('form', { class: 'filter-webhook', role: 'search', on: { submit } }, input, list);
}

/**
 * @param {{project: string, signal: AbortSignal}} context
 * @param {(id: string) => void} onChange
 */
export function webhookFilter(context, onChange) {
  return filterButton(words.deliveries.filters.webhook, (close) =>
    load(
      context,
      (signal) => listWebhooks({ project: context.project, pageSize: MOST_SEARCHED }, { signal }),
      ({ webhooks = [] }) =>
        finder(webhooks, (id) => {
          close();
          onChange(id);
        }),
    ),
  );
}
