// Short messages about what was done, at the edge of the page.

import { h } from '/console/ui/dom.js';
import { icon } from '/console/ui/icon.js';
import { words } from '/console/words/en.js';

/** How long a message stays; a failure stays until it is closed. */
const SHOWN_MS = 6000;
const MOST_SHOWN = 4;

const polite = h('div', { role: 'status', class: 'toast-list' });
const urgent = h('div', { role: 'alert', class: 'toast-list' });
const region = h('div', { class: 'toasts' }, urgent, polite);

/** Moves the messages to where they can be seen: into the topmost dialog, or onto the page. */
export function placeToasts() {
  const dialogs = document.querySelectorAll('dialog[open]');
  const host = dialogs[dialogs.length - 1] ?? document.body;
  if (region.parentElement !== host) host.append(region);
}

/**
 * @param {string} message
 * @param {{kind?: 'success' | 'failure' | 'info', action?: {label: string, run: () => void}}} [options]
 */
export function toast(message, { kind = 'success', action } = {}) {
  placeToasts();
  const failure = kind === 'failure';
  const close = () => {
    clearTimeout(timer);
    element.remove();
  };
  const element = h(
    'div',
    { class: `toast toast-${kind}` },
    icon(failure ? 'warning' : kind === 'info' ? 'info' : 'check'),
    h('span', { class: 'toast-text' }, message),
    action &&
      h(
        'button',
        {
          type: 'button',
          class: 'button button-link',
          on: {
            click: () => {
              close();
              action.run();
            },
          },
        },
        action.label,
      ),
    h(
      'button',
      { type: 'button', class: 'icon-button', 'aria-label': words.common.close, on: { click: close } },
      icon('close'),
    ),
  );
  const list = failure ? urgent : polite;
  list.append(element);
  while (region.querySelectorAll('.toast').length > MOST_SHOWN) region.querySelector('.toast')?.remove();

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const start = () => {
    if (!failure) timer = setTimeout(close, SHOWN_MS);
  };
  element.addEventListener('pointerenter', () => clearTimeout(timer));
  element.addEventListener('focusin', () => clearTimeout(timer));
  element.addEventListener('pointerleave', start);
  element.addEventListener('focusout', start);
  start();
}
