// Chooses event types: any number of them, with the documented sample of each, or one.

import { eventTypes, sampleText } from '/console/samples.js';
import { h, replace } from '/console/ui/dom.js';
import { select } from '/console/ui/field.js';
import { jsonView } from '/console/ui/json_view.js';
import { words } from '/console/words/en.js';

/**
 * The documented name of a type, such as `user_created`, also of one that this version does not know.
 * @param {string | undefined} type
 * @returns {string}
 */
export function eventTypeName(type) {
  return (type ?? '').replace('EVENT_TYPE_', '').toLowerCase();
}

/**
 * A select of one type.
 * @param {string} value
 * @param {{any?: string}} [options] `any` adds an option with an empty value
 * @returns {HTMLSelectElement}
 */
export function eventTypeSelect(value, { any } = {}) {
  const options = eventTypes.map((type) => ({ value: type, label: eventTypeName(type) }));
  return select(any === undefined ? options : [{ value: '', label: any }, ...options], value);
}

/**
 * Check boxes of the twelve types with the sample of one of them beside it: of the type that was last focused,
 * pointed at or changed.
 * @param {{types: string[], all: boolean, onChange: (value: {types: string[], all: boolean}) => void}} options
 * @returns {HTMLElement}
 */
export function eventTypePicker({ types, all, onChange }) {
  const chosen = new Set(types);
  let future = all;
  const sample = h('div', { class: 'type-sample' });
  let shown = '';
  /** @param {string} type */
  const show = (type) => {
    if (type === shown) return;
    shown = type;
    replace(
      sample,
      h('h3', null, words.eventTypes.sampleOf(eventTypeName(type))),
      jsonView(sampleText(type)),
    );
    for (const row of rows) row.element.classList.toggle('shown', row.type === type);
  };
  const changed = () => {
    for (const row of rows) {
      row.input.checked = future || chosen.has(row.type);
      row.input.disabled = future;
    }
    allButton.disabled = future;
    noneButton.disabled = future;
    onChange({ types: future ? [] : eventTypes.filter((type) => chosen.has(type)), all: future });
  };
  const rows = eventTypes.map((type) => {
    const input = checkbox(future || chosen.has(type), (on) => {
      if (on) chosen.add(type);
      else chosen.delete(type);
      show(type);
      changed();
    });
    input.disabled = future;
    const element = labelled(input, eventTypeName(type), words.eventTypes.descriptions[type]);
    element.addEventListener('focusin', () => show(type));
    element.addEventListener('mouseenter', () => show(type));
    return { type, input, element };
  });
  /** @param {string} label @param {() => void} run */
  const quick = (label, run) =>
    h('button', { type: 'button', class: 'button button-link', disabled: future, on: { click: run } }, label);
  const allButton = quick(words.eventTypes.all, () => {
    for (const type of eventTypes) chosen.add(type);
    changed();
  });
  const noneButton = quick(words.eventTypes.none, () => {
    chosen.clear();
    changed();
  });
  const futureInput = checkbox(future, (on) => {
    future = on;
    changed();
  });
  const futureRow = labelled(futureInput, words.eventTypes.future, words.eventTypes.futureHint);
  futureRow.classList.add('type-future');
  show(eventTypes.find((type) => chosen.has(type)) ?? eventTypes[0]);
  return h(
    'fieldset',
    { class: 'type-picker' },
    h('legend', { class: 'visually-hidden' }, words.eventTypes.title),
    h(
      'div',
      { class: 'type-list' },
      h('div', { class: 'type-quick' }, allButton, noneButton),
      rows.map((row) => row.element),
      futureRow,
    ),
    sample,
  );
}

/**
 * @param {HTMLInputElement} input
 * @param {string} name
 * @param {string} description
 */
function labelled(input, name, description) {
  return h(
    'label',
    { class: 'type-row' },
    input,
    h('span', { class: 'type-name' }, name),
    h('span', { class: 'type-description' }, description),
  );
}

/**
 * @param {boolean} checked
 * @param {(checked: boolean) => void} on
 * @returns {HTMLInputElement}
 */
function checkbox(checked, on) {
  const input = h('input', { type: 'checkbox', checked, on: { change: () => on(input.checked) } });
  return input;
}
