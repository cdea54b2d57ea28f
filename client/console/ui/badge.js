import { h } from '/console/ui/dom.js';

/** @typedef {'good' | 'bad' | 'warn' | 'info' | 'muted'} Tone */

/**
 * Makes a word about a state, in a tone. The tone only repeats what the word says.
 * @param {string} text
 * @param {Tone} [tone]
 */
export function badge(text, tone = 'muted') {
  return h('span', { class: `badge badge-${tone}` }, text);
}
