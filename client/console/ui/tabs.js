import { h, replace, uniqueId } from '/console/ui/dom.js';

/** @typedef {import('/console/ui/dom.js').Child} Child */

/**
 * Scrolls a strip of tabs, which do not all fit on a phone, to one of them.
 * @param {HTMLElement} tab
 */
export function reveal(tab) {
  const strip = tab.parentElement;
  if (!strip) return;
  const box = tab.getBoundingClientRect();
  const around = strip.getBoundingClientRect();
  strip.scrollLeft += box.left + box.width / 2 - (around.left + around.width / 2);
}

/**
 * Makes tabs. `render` makes what a tab shows, once, when it is first selected. Arrow keys, Home and End select.
 * @param {{id: string, label: string, render: () => Child}[]} items
 * @param {string} selected
 * @param {(id: string) => void} onSelect
 * @returns {HTMLElement}
 */
export function tabs(items, selected, onSelect) {
  const prefix = uniqueId();
  /** @type {Set<string>} */
  const rendered = new Set();
  const buttons = items.map((item) =>
    h(
      'button',
      {
        type: 'button',
        role: 'tab',
        class: 'tab',
        id: `${prefix}-tab-${item.id}`,
        'aria-controls': `${prefix}-panel-${item.id}`,
        on: { click: () => choose(item.id) },
      },
      item.label,
    ),
  );
  const panels = items.map(({ id }) => {
    const [panel, tab] = [`${prefix}-panel-${id}`, `${prefix}-tab-${id}`];
    return h('div', { role: 'tabpanel', class: 'tab-panel', id: panel, 'aria-labelledby': tab });
  });
  /** @param {string} id */
  function show(id) {
    items.forEach((item, index) => {
      const isSelected = item.id === id;
      buttons[index].setAttribute('aria-selected', String(isSelected));
      buttons[index].tabIndex = isSelected ? 0 : -1;
      panels[index].hidden = !isSelected;
      if (isSelected) requestAnimationFrame(() => reveal(buttons[index]));
      if (isSelected && !rendered.has(id)) {
        rendered.add(id);
        replace(panels[index], item.render());
      }
    });
  }
  /** @param {string} id */
  function choose(id) {
    show(id);
    onSelect(id);
  }
  /** @param {KeyboardEvent} event */
  function move(event) {
    const now = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const last = items.length - 1;
    /** @type {Record<string, number>} */
    const targets = {
      ArrowRight: now === last ? 0 : now + 1,
      ArrowLeft: now === 0 ? last : now - 1,
      Home: 0,
      End: last,
    };
    const next = targets[event.key];
    if (now < 0 || next === undefined) return;
    event.preventDefault();
    buttons[next].focus();
    choose(items[next].id);
  }
  const known = items.some((item) => item.id === selected);
  show(known ? selected : items[0].id);
  return h(
    'div',
    { class: 'tabs' },
    h('div', { role: 'tablist', class: 'tab-list', on: { keydown: move } }, ...buttons),
    ...panels,
  );
}
