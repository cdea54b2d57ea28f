// The buttons that filter a list: each opens its choices above the page.

import { LENGTHS, timeBounds } from '/console/screens/time_range.js';
import { button } from '/console/ui/button.js';
import { h } from '/console/ui/dom.js';
import { checkbox, field, textInput } from '/console/ui/field.js';
import { icon } from '/console/ui/icon.js';
import { openPopover } from '/console/ui/popover.js';
import { absolute } from '/console/ui/time.js';
import { words } from '/console/words/en.js';

/** @typedef {import('/console/screens/time_range.js').TimeRange} TimeRange */

/** A press on the button that closed its choices, as a click outside, must not open them again. */
const REOPEN_MS = 200;

/**
 * A button that opens `content`, which is made then, and gets a function that closes it.
 * @param {string} label
 * @param {(close: () => void) => HTMLElement} content
 * @returns {HTMLButtonElement}
 */
export function filterButton(label, content) {
  let closedAt = 0;
  const open = () => {
    if (performance.now() - closedAt < REOPEN_MS) return;
    const panel = h('div', { class: 'filter-panel', role: 'dialog', 'aria-label': label });
    const onClose = () => {
      closedAt = performance.now();
    };
    panel.append(content(() => popover.close()));
    const popover = openPopover(element, panel, { onClose });
    /** @type {HTMLElement|null} */ (panel.querySelector('input, button'))?.focus();
  };
  const element = h(
    'button',
    {
      type: 'button',
      class: 'button button-plain filter-button',
      'aria-haspopup': 'dialog',
      'aria-expanded': 'false',
      on: { click: open },
    },
    h('span', null, label),
    icon('chevron'),
  );
  return element;
}

/**
 * Any number of choices. Each change applies at once.
 * @param {object} options
 * @param {string} options.label
 * @param {{value: string, label: string}[]} options.choices
 * @param {() => string[]} options.values
 * @param {(values: string[]) => void} options.onChange
 */
export function choiceFilter({ label, choices, values, onChange }) {
  return filterButton(label, () => {
    const chosen = new Set(values());
    const boxes = choices.map((choice) =>
      checkbox(choice.label, chosen.has(choice.value), (on) => {
        if (on) chosen.add(choice.value);
        else chosen.delete(choice.value);
        onChange(choices.map(({ value }) => value).filter((value) => chosen.has(value)));
      }),
    );
    return h('div', { class: 'filter-choices', role: 'group', 'aria-label': label }, boxes);
  });
}

/**
 * An RFC 3339 time as a value of an input of the type datetime-local, and back.
 * @param {string|null} iso
 */
function toLocal(iso) {
  if (!iso) return '';
  const time = new Date(iso);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

/** @param {string} local */
function fromLocal(local) {
  const time = new Date(local);
  return Number.isNaN(time.getTime()) ? '' : time.toISOString();
}

/**
 * The last hours or days, or from one time to another.
 * @param {{range: () => TimeRange, onChange: (range: TimeRange) => void}} options
 */
export function timeFilter({ range, onChange }) {
  const copy = words.deliveries.filters;
  return filterButton(copy.time, (close) => {
    const apply = (/** @type {TimeRange} */ next) => {
      close();
      onChange(next);
    };
    const current = range();
    const bounds = timeBounds({ ...current, since: '' });
    const presets = ['', ...Object.keys(LENGTHS)].map((since) => {
      const label = since ? copy.lengths[since] : copy.any;
      const isChosen = since ? current.since === since : !current.since && !bounds.from && !bounds.to;
      const choose = () => apply({ since, from: '', to: '' });
      const element = button(label, choose, { kind: 'quiet', icon: isChosen ? 'check' : undefined });
      element.setAttribute('aria-pressed', String(isChosen));
      return element;
    });
    const from = textInput({ type: 'datetime-local', step: 1, value: toLocal(bounds.from) });
    const to = textInput({ type: 'datetime-local', step: 1, value: toLocal(bounds.to) });
    const fromField = field({ label: copy.from, input: from });
    const toField = field({ label: copy.to, input: to });
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      const next = { since: '', from: fromLocal(from.value), to: fromLocal(to.value) };
      const isWrong = next.from !== '' && next.to !== '' && next.from >= next.to;
      toField.setError(isWrong ? copy.badRange : null);
      if (!isWrong) apply(next);
    };
    return h(
      'div',
      { class: 'filter-time' },
      h('div', { class: 'filter-choices' }, presets),
      h(
        'form',
        { on: { submit } },
        fromField.element,
        toField.element,
        button(copy.apply, () => {}, { kind: 'primary', submit: true }),
      ),
    );
  });
}

/**
 * The range in words, for a chip; empty without bounds.
 * @param {TimeRange} range
 * @returns {string}
 */
export function timeWords(range) {
  const copy = words.deliveries.filters;
  if (range.since in copy.lengths) return copy.lengths[range.since];
  const { from, to } = timeBounds(range);
  if (from && to) return copy.between(absolute(from), absolute(to));
  if (from) return copy.since(absolute(from));
  return to ? copy.before(absolute(to)) : '';
}
