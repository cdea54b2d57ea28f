// An input of a duration: a number and its unit.
import { h } from '/console/ui/dom.js';
import { select, textInput } from '/console/ui/field.js';
import { parseDuration } from '/console/ui/time.js';
import { words } from '/console/words/en.js';

/** @typedef {keyof typeof words.time.units} Unit */

/** The units, longest first, in milliseconds. @type {{value: Unit, ms: number}[]} */
const units = [
  { value: 'day', ms: 86_400_000 },
  { value: 'hour', ms: 3_600_000 },
  { value: 'minute', ms: 60_000 },
  { value: 'second', ms: 1000 },
  { value: 'millisecond', ms: 1 },
];

/**
 * `value` and what `onInput` gets are durations as the API has them, such as `1.5s`; undefined if there is none.
 * @param {{label: string, value?: string, placeholder?: string, onInput: (value: string | undefined) => void}} options
 * @returns {HTMLElement}
 */
export function durationInput({ label, value, placeholder, onInput }) {
  const ms = value === undefined ? undefined : parseDuration(value);
  const unit = units.find((each) => ms && ms >= each.ms && Number.isInteger((ms * 10) / each.ms)) ?? units[3];
  const number = textInput({
    value: ms === undefined ? '' : String(ms / unit.ms),
    type: 'number',
    min: 0,
    step: 'any',
    placeholder,
    'aria-label': label,
  });
  const unitSelect = select(
    units.map((each) => ({ value: each.value, label: words.time.units[each.value] })),
    unit.value,
    { 'aria-label': words.webhookForm.unitOf(label) },
  );
  const changed = () => {
    const factor = units.find((each) => each.value === unitSelect.value)?.ms ?? 1000;
    const text = number.value.trim();
    onInput(text === '' || Number.isNaN(Number(text)) ? undefined : secondsText(Number(text) * factor));
  };
  number.addEventListener('input', changed);
  unitSelect.addEventListener('change', changed);
  return h('div', { class: 'duration-input' }, number, unitSelect);
}

/**
 * A duration as the API has it, such as `1.5s`.
 * @param {number} ms
 * @returns {string}
 */
export function secondsText(ms) {
  return `${Number((ms / 1000).toFixed(9))}s`;
}
