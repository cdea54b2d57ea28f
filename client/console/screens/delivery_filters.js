// The filter buttons of a list of deliveries, and a chip for each filter that is set.

import { eventTypes } from '/console/samples.js';
import { contentChip } from '/console/screens/content_search.js';
import { ERROR_CLASSES, STATES } from '/console/screens/delivery_state.js';
import { eventTypeName } from '/console/screens/event_type_picker.js';
import { choiceFilter, timeFilter, timeWords } from '/console/screens/filter_bar.js';
import { filterModel } from '/console/screens/filter_model.js';
import { webhookFilter } from '/console/screens/webhook_filter.js';
import { h } from '/console/ui/dom.js';
import { words } from '/console/words/en.js';

/** @typedef {import('/console/screens/delivery_filter.js').DeliveryFilter} DeliveryFilter */

/** @param {string} type Without the enum's prefix. */
const typeLabel = (type) => eventTypeName(`EVENT_TYPE_${type}`);

export const typeChoices = eventTypes.map((type) => {
  return { value: type.replace('EVENT_TYPE_', ''), label: eventTypeName(type) };
});

/**
 * @param {string[]} values
 * @param {Record<string, string>} labels
 */
function choicesOf(values, labels) {
  return values.map((value) => ({ value, label: labels[value] }));
}

/**
 * One chip for a list of values.
 * @param {string} label
 * @param {string[]} values
 * @param {(value: string) => string} name
 */
export function listChip(label, values, name) {
  const copy = words.deliveries.filters;
  return values.length > 0 && copy.chip(label, values.map(name).join(` ${copy.or} `));
}

/**
 * @param {DeliveryFilter} filter
 * @returns {[label: string|false, without: Partial<DeliveryFilter>][]}
 */
function chipsOf(filter) {
  const { filters: copy, states, errorClasses } = words.deliveries;
  const named = (/** @type {Record<string, string>} */ names) => (/** @type {string} */ value) =>
    names[value] ?? value;
  const time = timeWords(filter.time);
  return [
    [listChip(copy.state, filter.states, named(states)), { states: [] }],
    [listChip(copy.type, filter.types, typeLabel), { types: [] }],
    [filter.webhook !== '' && copy.chip(copy.webhook, filter.webhook), { webhook: '' }],
    [filter.event !== '' && copy.chip(copy.event, filter.event), { event: '' }],
    [listChip(copy.status, filter.statuses, String), { statuses: [] }],
    [listChip(copy.error, filter.errors, named(errorClasses)), { errors: [] }],
    [time !== '' && copy.chip(copy.time, time), { time: { since: '', from: '', to: '' } }],
    [contentChip(filter.content), { content: { text: '', by: '' } }],
  ];
}

/**
 * @param {{project: string, signal: AbortSignal}} context
 * @param {object} options
 * @param {DeliveryFilter} options.filter
 * @param {boolean} options.hasWebhook Whether the webhook is given, and not a filter.
 * @param {(filter: DeliveryFilter) => void} options.onChange
 */
export function deliveryFilters(context, { filter, hasWebhook, onChange }) {
  const { filters: copy, states, errorClasses } = words.deliveries;
  const model = filterModel({
    filter,
    chipsOf: (current) => chipsOf(hasWebhook ? { ...current, webhook: '' } : current),
    onChange,
  });
  const { current, change } = model;
  const statuses = ['2xx', '3xx', '4xx', '5xx'].map((value) => ({ value, label: value }));
  return {
    ...model,
    buttons: h(
      'div',
      { class: 'filter-buttons', role: 'group', 'aria-label': copy.group },
      choiceFilter({
        label: copy.state,
        choices: choicesOf(STATES, states),
        values: () => current().states,
        onChange: (values) => change({ states: values }),
      }),
      choiceFilter({
        label: copy.type,
        choices: typeChoices,
        values: () => current().types,
        onChange: (types) => change({ types }),
      }),
      !hasWebhook && webhookFilter(context, (webhook) => change({ webhook })),
      choiceFilter({
        label: copy.status,
        choices: statuses,
        values: () => current().statuses,
        onChange: (values) => change({ statuses: values }),
      }),
      choiceFilter({
        label: copy.error,
        choices: choicesOf(ERROR_CLASSES, errorClasses),
        values: () => current().errors,
        onChange: (errors) => change({ errors }),
      }),
      timeFilter({ range: () => current().time, onChange: (time) => change({ time }) }),
    ),
  };
}
