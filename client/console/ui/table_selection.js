// Which rows of a table are selected.

import { h } from '/console/ui/dom.js';
import { words } from '/console/words/en.js';

/**
 * @param {{keys: () => string[], onChange: (keys: Set<string>) => void}} options
 */
export function makeSelection({ keys, onChange }) {
  /** @type {Set<string>} */
  const selected = new Set();
  /** Where a range that is selected with Shift begins. @type {string | null} */
  let start = null;

  const allBox = h('input', {
    type: 'checkbox',
    'aria-label': words.common.selectAll,
    on: {
      change: () => {
        if (allBox.checked) for (const key of keys()) selected.add(key);
        else selected.clear();
        changed();
      },
    },
  });

  function refresh() {
    const count = keys().length;
    allBox.checked = count > 0 && selected.size >= count;
    allBox.indeterminate = selected.size > 0 && selected.size < count;
  }

  function changed() {
    refresh();
    onChange(new Set(selected));
  }

  /** @param {string} key @param {boolean} on @param {boolean} isRange */
  function set(key, on, isRange) {
    const all = keys();
    const from = start === null ? -1 : all.indexOf(start);
    const to = all.indexOf(key);
    const range = isRange && from >= 0 ? all.slice(Math.min(from, to), Math.max(from, to) + 1) : [key];
    for (const one of range) {
      if (on) selected.add(one);
      else selected.delete(one);
    }
    start = key;
    changed();
  }

  return {
    allBox,
    refresh,
    /** @param {string} key */
    has: (key) => selected.has(key),
    keys: () => new Set(selected),
    clear() {
      selected.clear();
      start = null;
      changed();
    },
    /** @param {string} key */
    drop(key) {
      if (selected.delete(key)) changed();
    },
    /** Makes the box of a row. @param {string} key */
    box(key) {
      const box = h('input', {
        type: 'checkbox',
        checked: selected.has(key),
        'aria-label': words.common.selectRow,
        on: { click: (/** @type {MouseEvent} */ event) => set(key, box.checked, event.shiftKey) },
      });
      return box;
    },
  };
}
