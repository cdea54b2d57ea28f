// Searches deliveries and events by the content of the event: one field that guesses what its text is, and a choice.
import { or, quote } from '/console/api/filter.js';
import { button } from '/console/ui/button.js';
import { h } from '/console/ui/dom.js';
import { select, textInput } from '/console/ui/field.js';
import { words } from '/console/words/en.js';

/**
 * `by` is a field of the API's filter, or empty: then `text` says which.
 * @typedef {{text: string, by: string}} Content
 */

const FIELDS = ['user.email', 'user.id', 'message_id', 'campaign.id', 'campaign.name'];

/**
 * The field that a text is probably a value of. `<...@...>` is a message id, another `@` means an e-mail address, a
 * text with a space is the name of a campaign, and anything else a user's id.
 * @param {string} text
 * @returns {string}
 */
export function guessField(text) {
  if (/^<.*@.*>$/.test(text)) return 'message_id';
  if (text.includes('@')) return 'user.email';
  if (/\s/.test(text)) return 'campaign.name';
  return 'user.id';
}

/**
 * The field that is searched.
 * @param {Content} content
 */
export function contentField(content) {
  return FIELDS.includes(content.by) ? content.by : guessField(content.text);
}

/**
 * @param {Content} content
 * @returns {string} A filter expression; empty if there is no text.
 */
export function contentExpression(content) {
  if (!content.text) return '';
  const field = contentField(content);
  const exact = `${field} = ${quote(content.text)}`;
  // An id is a number in some systems and a string in others.
  const isNumber = field.endsWith('.id') && /^-?(0|[1-9]\d{0,18})$/.test(content.text);
  return isNumber ? or(`${field} = ${content.text}`, exact) : exact;
}

/**
 * The search in words, for a chip; false without a text.
 * @param {Content} content
 */
export function contentChip(content) {
  const { filters, search } = words.deliveries;
  return content.text !== '' && filters.chip(search.fields[contentField(content)], content.text);
}

/**
 * The search form. It searches on Enter, and when the choice changes.
 * @param {Content} content
 * @param {(content: Content) => void} onSearch
 * @returns {{element: HTMLElement, set(content: Content): void}}
 */
export function contentSearch(content, onSearch) {
  const copy = words.deliveries.search;
  const input = textInput({
    value: content.text,
    type: 'search',
    placeholder: copy.placeholder,
    'aria-label': copy.label,
  });
  const choices = ['', ...FIELDS].map((field) => ({ value: field, label: copy.fields[field] }));
  const choice = select(choices, content.by, { 'aria-label': copy.fieldLabel });
  let current = content;
  const search = () => {
    const next = { text: input.value.trim(), by: choice.value };
    if (next.text === current.text && next.by === current.by) return;
    current = next;
    onSearch(next);
  };
  // The button submits the form, as Enter does.
  const onSubmit = (/** @type {Event} */ event) => {
    event.preventDefault();
    search();
  };
  choice.addEventListener('change', () => input.value && search());
  // The cross in a search field.
  input.addEventListener('search', search);
  const element = h(
    'form',
    { class: 'content-search', role: 'search', on: { submit: onSubmit } },
    choice,
    input,
    button(copy.submit, () => {}, { icon: 'search', submit: true }),
  );
  return {
    element,
    set(next) {
      current = next;
      input.value = next.text;
      choice.value = next.by;
    },
  };
}
