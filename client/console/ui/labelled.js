import { h } from '/console/ui/dom.js';

/**
 * Makes a value that has its column's title before it where the table has no head, on a phone.
 * @param {string} title
 * @param {import('/console/ui/dom.js').Child} value
 */
export function labelled(title, value) {
  return h('span', { class: 'labelled', dataset: { title } }, value);
}
