import { h, replace } from '/console/ui/dom.js';
import { icon } from '/console/ui/icon.js';
import { toast } from '/console/ui/toast.js';
import { words } from '/console/words/en.js';

const SHOWN_MS = 1500;

/**
 * Writes `text` to the clipboard. Where the page may not (it came over plain HTTP, or is in a frame), selects it in an
 * invisible input and copies that.
 * @param {string} text
 */
async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = h('textarea', { class: 'visually-hidden', value: text, 'aria-hidden': 'true' });
    const host = document.querySelector('dialog[open]') ?? document.body;
    const focused = /** @type {HTMLElement | null} */ (document.activeElement);
    host.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    focused?.focus();
    return done;
  }
}

/**
 * Makes a button that copies what `text` returns. With a label it has it as text, otherwise it is an icon.
 * @param {() => string} text
 * @param {string} [label]
 * @returns {HTMLButtonElement}
 */
export function copyButton(text, label) {
  const content = (/** @type {string} */ name, /** @type {string | undefined} */ shown) =>
    replace(element, icon(name), shown && h('span', null, shown));
  const element = h('button', {
    type: 'button',
    class: label ? 'button button-plain' : 'icon-button copy-button',
    'aria-label': label ? null : words.common.copy,
    title: label ? null : words.common.copy,
    on: {
      click: async (/** @type {Event} */ event) => {
        event.preventDefault();
        event.stopPropagation();
        if (!(await write(text()))) {
          toast(words.common.copyFailed, { kind: 'failure' });
          return;
        }
        content('check', label && words.common.copied);
        announce();
        setTimeout(() => content('copy', label), SHOWN_MS);
      },
    },
  });
  const said = h('span', { class: 'visually-hidden', role: 'status' });
  const announce = () => {
    element.append(said);
    said.textContent = words.common.copied;
  };
  content('copy', label);
  return element;
}
