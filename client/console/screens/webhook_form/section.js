// What the sections of the form are made of: a folded section with its state in a sentence, and fields of a draft.
import { h, replace } from '/console/ui/dom.js';
import { durationInput } from '/console/ui/duration_input.js';
import { checkbox, field, textArea, textInput } from '/console/ui/field.js';

/**
 * The form, for its sections. A section changes `draft`, then calls `changed` with the paths of what it changed.
 * @typedef {object} Form
 * @property {import('/console/screens/webhook_form/draft.js').Draft} draft
 * @property {boolean} creating
 * @property {Record<string, any> | null} webhook the stored webhook; null when creating one
 * @property {import('/console/screens/webhook_form/fields.js').Fields} fields
 * @property {(...paths: string[]) => void} changed
 */

/**
 * A folded section. Its summary says what is set, and follows the draft.
 * @param {{title: string, summary: () => string, body: import('/console/ui/dom.js').Child, open?: boolean}} options
 * @returns {{element: HTMLElement, update: () => void}}
 */
export function section({ title, summary, body, open = false }) {
  const state = h('span', { class: 'section-state' });
  const update = () => replace(state, summary());
  update();
  const element = h(
    'details',
    { class: 'form-section', open },
    h('summary', null, h('span', { class: 'section-title' }, title), state),
    h('div', { class: 'section-body' }, body),
  );
  return { element, update };
}

/**
 * A field that holds an object of the draft together: `form.draft[part]`, with `key` in it, or `form.draft[key]`.
 * @typedef {{path: string, key: string, part?: string, label: string, hint?: string, placeholder?: string}} FieldOptions
 */

/** @param {Form} form @param {FieldOptions} options */
function holder(form, { part }) {
  return part === undefined ? form.draft : form.draft[part];
}

/**
 * @param {Form} form @param {FieldOptions} options @param {any} value
 * @param {string[]} [order] the order of the object's keys in the API, so that objects can be compared as text
 */
function set(form, options, value, order) {
  const object = holder(form, options);
  if (value === undefined) delete object[options.key];
  else object[options.key] = value;
  if (options.part !== undefined && order) {
    form.draft[options.part] = Object.fromEntries(
      order.filter((key) => object[key] !== undefined).map((key) => [key, object[key]]),
    );
  }
  form.changed(options.path);
}

/**
 * @param {Form} form
 * @param {FieldOptions & {min: number, max: number, step?: number | 'any', order?: string[]}} options
 */
export function numberField(form, options) {
  const value = holder(form, options)?.[options.key];
  const input = textInput({
    value: value === undefined ? '' : String(value),
    type: 'number',
    placeholder: options.placeholder,
    min: options.min,
    max: options.max,
    step: options.step ?? 1,
  });
  input.addEventListener('input', () => {
    set(form, options, input.value === '' ? undefined : Number(input.value), options.order);
  });
  return form.fields.add(options.path, field({ label: options.label, hint: options.hint, input }));
}

/**
 * @param {Form} form
 * @param {FieldOptions & {order?: string[]}} options
 */
export function durationField(form, options) {
  const input = durationInput({
    label: options.label,
    value: holder(form, options)?.[options.key],
    placeholder: options.placeholder,
    onInput: (value) => set(form, options, value, options.order),
  });
  return form.fields.add(options.path, field({ label: options.label, hint: options.hint, input }));
}

/**
 * @param {Form} form
 * @param {FieldOptions & {type?: string, lines?: number, order?: string[], autocomplete?: string}} options
 */
export function textField(form, options) {
  const given = {
    value: holder(form, options)?.[options.key] ?? '',
    placeholder: options.placeholder,
    autocomplete: options.autocomplete ?? 'off',
  };
  const input =
    options.lines === undefined
      ? textInput({ ...given, type: options.type })
      : textArea({ ...given, rows: options.lines });
  input.addEventListener('input', () => set(form, options, input.value || undefined, options.order));
  return form.fields.add(options.path, field({ label: options.label, hint: options.hint, input }));
}

/**
 * A part of the webhook that can be left out: a check box, and its fields while it is checked.
 * @param {Form} form
 * @param {{part: string, path: string, label: string, hint?: string, initial: () => object,
 *          body: () => import('/console/ui/dom.js').Child}} options
 * @returns {HTMLElement}
 */
export function optionalPart(form, { part, path, label, hint, initial, body }) {
  const fields = h('div', { class: 'part-fields' });
  const error = h('p', { class: 'field-error', role: 'alert', hidden: true });
  const draw = () => replace(fields, form.draft[part] ? body() : null);
  /** @param {boolean} on */
  const changed = (on) => {
    if (on) form.draft[part] = initial();
    else delete form.draft[part];
    draw();
    form.changed(path);
  };
  draw();
  const element = h(
    'div',
    { class: 'optional-part' },
    checkbox(label, !!form.draft[part], changed, { hint }),
    error,
    fields,
  );
  form.fields.add(path, {
    element,
    setError: (text) => {
      error.hidden = text === null;
      replace(error, text);
    },
  });
  return element;
}
