// Buttons, links that look like buttons, and switches.

import { h, replace } from '/console/ui/dom.js';
import { errorSentence } from '/console/ui/errors.js';
import { icon as iconElement } from '/console/ui/icon.js';
import { toast } from '/console/ui/toast.js';

/** @typedef {'primary' | 'danger' | 'plain' | 'quiet'} Kind */

/** @param {unknown} error */
export function showFailure(error) {
  if (error instanceof DOMException && error.name === 'AbortError') return;
  toast(errorSentence(error), { kind: 'failure' });
}

/**
 * Makes a button. It is busy while the promise of `run` is pending, and an error of it becomes a toast.
 * @param {string} label
 * @param {() => unknown} run
 * @param {{kind?: Kind, icon?: string, disabled?: boolean, iconOnly?: boolean, submit?: boolean}} [options]
 * @returns {HTMLButtonElement}
 */
export function button(
  label,
  run,
  { kind = 'plain', icon, disabled = false, iconOnly = false, submit = false } = {},
) {
  const element = h(
    'button',
    {
      type: submit ? 'submit' : 'button',
      class: iconOnly ? 'icon-button' : `button button-${kind}`,
      disabled,
      'aria-label': iconOnly ? label : null,
      title: iconOnly ? label : null,
      on: { click: () => runBusy(element, run) },
    },
    icon && iconElement(icon),
    !iconOnly && h('span', null, label),
  );
  return element;
}

/**
 * Runs `run`, unless it still runs, while `element` is shown as busy. Errors become a toast.
 * @param {HTMLElement} element
 * @param {() => unknown} run
 */
export async function runBusy(element, run) {
  if (element.getAttribute('aria-busy') === 'true') return;
  try {
    const result = run();
    if (!(result instanceof Promise)) return;
    element.setAttribute('aria-busy', 'true');
    await result;
  } catch (error) {
    showFailure(error);
  } finally {
    element.removeAttribute('aria-busy');
  }
}

/**
 * Makes a link that looks like a button.
 * @param {string} label
 * @param {string} href
 * @param {{kind?: Kind, icon?: string}} [options]
 */
export function linkButton(label, href, { kind = 'plain', icon } = {}) {
  return h('a', { href, class: `button button-${kind}` }, icon && iconElement(icon), h('span', null, label));
}

/**
 * Makes a switch. It changes at once; when `run` fails it changes back and the error becomes a toast.
 * @param {string} label
 * @param {boolean} checked
 * @param {(on: boolean) => Promise<void>} run
 * @param {{disabled?: boolean, showLabel?: boolean}} [options]
 * @returns {HTMLButtonElement}
 */
export function toggle(label, checked, run, { disabled = false, showLabel = false } = {}) {
  const element = h('button', {
    type: 'button',
    role: 'switch',
    class: 'toggle',
    'aria-checked': checked,
    'aria-label': label,
    disabled,
    on: {
      click: () =>
        runBusy(element, async () => {
          const on = element.getAttribute('aria-checked') !== 'true';
          element.setAttribute('aria-checked', String(on));
          try {
            await run(on);
          } catch (error) {
            element.setAttribute('aria-checked', String(!on));
            throw error;
          }
        }),
    },
  });
  replace(element, h('span', { class: 'toggle-track' }), showLabel && h('span', null, label));
  return element;
}
