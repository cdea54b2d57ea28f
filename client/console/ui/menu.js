// A button that opens a menu.

import { showFailure } from '/console/ui/button.js';
import { h } from '/console/ui/dom.js';
import { icon } from '/console/ui/icon.js';
import { openPopover } from '/console/ui/popover.js';

/** @typedef {{label: string, run: () => unknown, kind?: 'danger', disabled?: boolean, icon?: string}} Item */

/**
 * Returns the button. Arrow keys, Home, End and the first letter move in the menu, and Escape closes it.
 * @param {string} label
 * @param {Item[]} items
 * @param {{showLabel?: boolean, icon?: string}} [options]
 * @returns {HTMLButtonElement}
 */
export function menuButton(label, items, { showLabel = false, icon: iconName } = {}) {
  /** @type {{close: () => void} | null} */
  let open = null;
  /** Whether the menu was open when the button was pressed, which closes it. */
  let wasOpen = false;
  const element = h(
    'button',
    {
      type: 'button',
      class: showLabel ? 'button button-plain' : 'icon-button',
      'aria-haspopup': 'menu',
      'aria-expanded': false,
      'aria-label': showLabel ? null : label,
      title: showLabel ? null : label,
      on: {
        pointerdown: () => {
          wasOpen = open !== null;
        },
        click: () => {
          if (!wasOpen) openMenu(0);
          wasOpen = false;
        },
        keydown: (/** @type {KeyboardEvent} */ event) => {
          if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
          event.preventDefault();
          openMenu(event.key === 'ArrowDown' ? 0 : -1);
        },
      },
    },
    showLabel
      ? [iconName && icon(iconName), h('span', null, label), icon('chevron')]
      : icon(iconName ?? 'more'),
  );
  /** @param {number} focused the index of the item to focus, from the end if it is negative */
  function openMenu(focused) {
    if (open) return;
    const list = menuList(label, items, () => open?.close());
    open = openPopover(element, list, {
      class: 'menu-popover',
      onClose: () => {
        open = null;
      },
    });
    /** @type {HTMLElement | undefined} */ (enabled(list).at(focused))?.focus();
  }
  return element;
}

/** @param {HTMLElement} list */
function enabled(list) {
  return /** @type {HTMLElement[]} */ ([...list.querySelectorAll('[role=menuitem]:not([disabled])')]);
}

/**
 * @param {string} label
 * @param {Item[]} items
 * @param {() => void} close
 */
function menuList(label, items, close) {
  const list = h(
    'div',
    { role: 'menu', class: 'menu', 'aria-label': label, on: { keydown: move } },
    ...items.map((item) =>
      h(
        'button',
        {
          type: 'button',
          role: 'menuitem',
          tabindex: -1,
          class: `menu-item${item.kind === 'danger' ? ' menu-item-danger' : ''}`,
          disabled: item.disabled ?? false,
          on: { click: () => choose(item) },
        },
        item.icon && icon(item.icon),
        h('span', null, item.label),
      ),
    ),
  );
  /** @param {Item} item */
  async function choose(item) {
    close();
    try {
      await item.run();
    } catch (error) {
      showFailure(error);
    }
  }
  /** @param {KeyboardEvent} event */
  function move(event) {
    const all = enabled(list);
    const now = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    let next = -1;
    if (event.key === 'ArrowDown') next = (now + 1) % all.length;
    else if (event.key === 'ArrowUp') next = (now - 1 + all.length) % all.length;
    else if (event.key === 'Home') next = 0;
    else if (event.key === 'End') next = all.length - 1;
    else if (event.key === 'Tab') close();
    else if (event.key.length === 1 && event.key !== ' ') {
      const letter = event.key.toLowerCase();
      const after = [...all.slice(now + 1), ...all];
      const found = after.find((item) => item.textContent?.trim().toLowerCase().startsWith(letter));
      if (found) next = all.indexOf(found);
    }
    if (next < 0) return;
    event.preventDefault();
    all[next].focus();
  }
  return list;
}
