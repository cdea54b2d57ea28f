// Inputs, and their labels, hints and errors.

import { h, uniqueId } from '/console/ui/dom.js';
import { icon } from '/console/ui/icon.js';
import { words } from '/console/words/en.js';

/**
 * Puts a label, a hint and a place for an error around an input. `input` may be a group of inputs with a role.
 * @param {{label: string, hint?: import('/console/ui/dom.js').Child, input: HTMLElement, optional?: boolean}} options
 * @returns {{element: HTMLElement, setError: (text: string | null) => void}}
 */
export function field({ label, hint, input, optional = false }) {
  input.id ||= uniqueId();
  const labelId = uniqueId();
  const hintId = uniqueId();
  const errorId = uniqueId();
  const isGroup = !('labels' in input);
  const labelChildren = [
    label,
    optional && [' ', h('span', { class: 'field-optional' }, words.common.optional)],
  ];
  const error = h('p', { class: 'field-error', id: errorId, 'aria-live': 'polite', hidden: true });
  const element = h(
    'div',
    { class: 'field' },
    isGroup
      ? h('span', { class: 'field-label', id: labelId }, ...labelChildren)
      : h('label', { class: 'field-label', id: labelId, for: input.id }, ...labelChildren),
    input,
    hint ? h('p', { class: 'field-hint', id: hintId }, hint) : null,
    error,
  );
  if (isGroup) {
    if (!input.hasAttribute('role')) input.setAttribute('role', 'group');
    input.setAttribute('aria-labelledby', labelId);
  }
  /** @param {string | null} text */
  const setError = (text) => {
    error.hidden = !text;
    error.replaceChildren();
    if (text) error.append(icon('warning'), h('span', null, text));
    if (text) input.setAttribute('aria-invalid', 'true');
    else input.removeAttribute('aria-invalid');
    const described = [hint ? hintId : '', text ? errorId : ''].filter(Boolean).join(' ');
    if (described) input.setAttribute('aria-describedby', described);
    else input.removeAttribute('aria-describedby');
  };
  setError(null);
  return { element, setError };
}

/**
 * @param {{value?: string, type?: string, placeholder?: string, on?: Record<string, (event: any) => void>,
 *   [attribute: string]: any}} [options]
 */
export function textInput({ value = '', type = 'text', placeholder, on, ...attributes } = {}) {
  return h('input', {
    type,
    class: 'input',
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder,
    ...attributes,
    value,
    on: on ?? {},
  });
}

/**
 * @param {{value?: string, placeholder?: string, rows?: number, on?: Record<string, (event: any) => void>,
 *   [attribute: string]: any}} [options]
 */
export function textArea({ value = '', placeholder, rows = 4, on, ...attributes } = {}) {
  return h('textarea', {
    class: 'input input-area',
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder,
    rows,
    ...attributes,
    value,
    on: on ?? {},
  });
}

/**
 * @param {{value: string, label: string}[]} options
 * @param {string} value
 * @param {Record<string, any>} [attributes] for example on, 'aria-label'
 */
export function select(options, value, attributes = {}) {
  return h(
    'select',
    { class: 'input select', ...attributes },
    ...options.map((option) =>
      h('option', { value: option.value, selected: option.value === value }, option.label),
    ),
  );
}

/**
 * @param {string} label
 * @param {boolean} checked
 * @param {(checked: boolean) => void} on
 * @param {{disabled?: boolean, hint?: string}} [options]
 * @returns {HTMLLabelElement}
 */
export function checkbox(label, checked, on, { disabled = false, hint } = {}) {
  const input = h('input', { type: 'checkbox', checked, disabled, on: { change: () => on(input.checked) } });
  return h(
    'label',
    { class: 'checkbox' },
    input,
    h(
      'span',
      { class: 'checkbox-text' },
      h('span', null, label),
      hint && h('span', { class: 'field-hint' }, hint),
    ),
  );
}

/**
 * Makes an input to search with. `on` gets the text a moment after the last key, and at once on Enter or when it is cleared.
 * @param {{label: string, value?: string, on: (text: string) => void}} options
 */
export function searchInput({ label, value = '', on }) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let last = value;
  const tell = () => {
    clearTimeout(timer);
    if (input.value === last) return;
    last = input.value;
    on(last);
  };
  const input = textInput({
    type: 'search',
    value,
    placeholder: label,
    'aria-label': label,
    on: {
      input: () => {
        clearTimeout(timer);
        timer = setTimeout(tell, input.value === '' ? 0 : 250);
      },
      keydown: (/** @type {KeyboardEvent} */ event) => event.key === 'Enter' && tell(),
    },
  });
  return h('span', { class: 'search' }, icon('search'), input);
}
