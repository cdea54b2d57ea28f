// The filter of a list: what it is at the moment, a search for content, and a chip for each part that is set.

import { contentSearch } from '/console/screens/content_search.js';
import { button } from '/console/ui/button.js';
import { chips } from '/console/ui/chips.js';
import { h, replace } from '/console/ui/dom.js';
import { words } from '/console/words/en.js';

/**
 * @template {{content: import('/console/screens/content_search.js').Content}} Filter
 * @param {object} options
 * @param {Filter} options.filter
 * @param {(filter: Filter) => [label: string|false, without: Partial<Filter>][]} options.chipsOf The words of each part, and
 *     what removes it.
 * @param {(filter: Filter) => void} options.onChange
 */
export function filterModel({ filter, chipsOf, onChange }) {
  let current = filter;
  const chipList = h('div', { class: 'filter-chips' });
  const search = contentSearch(current.content, (content) =>
    change(/** @type {Partial<Filter>} */ ({ content })),
  );

  function draw() {
    const set = chipsOf(current).filter(([label]) => label);
    const clear = () => change(Object.assign({}, ...set.map(([, without]) => without)));
    replace(
      chipList,
      chips(set.map(([label, without]) => ({ label: String(label), remove: () => change(without) }))),
      set.length > 1 && button(words.deliveries.filters.clear, clear, { kind: 'quiet' }),
    );
  }

  /** @param {Partial<Filter>} patch */
  function change(patch) {
    current = { ...current, ...patch };
    search.set(current.content);
    draw();
    onChange(current);
  }

  draw();
  return { current: () => current, change, search: search.element, chips: chipList };
}
