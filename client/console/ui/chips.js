import { h } from '/console/ui/dom.js';
import { icon } from '/console/ui/icon.js';
import { words } from '/console/words/en.js';

/**
 * Makes a list of chips that can be removed.
 * @param {{label: string, remove: () => void}[]} items
 * @returns {HTMLElement}
 */
export function chips(items) {
  return h(
    'ul',
    { class: 'chips', hidden: items.length === 0 },
    ...items.map((item) =>
      h(
        'li',
        { class: 'chip' },
        h('span', { class: 'chip-text' }, item.label),
        h(
          'button',
          {
            type: 'button',
            class: 'chip-remove',
            'aria-label': words.common.remove(item.label),
            on: { click: item.remove },
          },
          icon('close'),
        ),
      ),
    ),
  );
}
