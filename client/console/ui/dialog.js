// Dialogs.

import { button } from '/console/ui/button.js';
import { h, uniqueId } from '/console/ui/dom.js';
import { field, textInput } from '/console/ui/field.js';
import { placeToasts } from '/console/ui/toast.js';
import { words } from '/console/words/en.js';

/** @typedef {import('/console/ui/dom.js').Child} Child */
/** @typedef {import('/console/ui/button.js').Kind} Kind */
/** @typedef {{label: string, kind?: Kind, run?: () => Promise<boolean | void> | boolean | void}} Action */

/**
 * Opens a dialog. An action closes it after its `run`, unless that returns false or fails; Enter in an input runs the
 * last action, and Escape closes the dialog. A click next to it does, too, unless it `stays`, because it shows what is not
 * shown again.
 * @param {{title: string, body: Child, actions: Action[], onClose?: () => void, wide?: boolean, stays?: boolean}} options
 * @returns {{close: () => void, element: HTMLDialogElement, buttons: HTMLButtonElement[]}}
 */
export function openDialog({ title, body, actions, onClose, wide = false, stays = false }) {
  const titleId = uniqueId();
  const element = h('dialog', { class: `dialog${wide ? ' dialog-wide' : ''}`, 'aria-labelledby': titleId });
  const close = () => element.close();
  const buttons = actions.map((action) => {
    const run = async () => {
      if ((await action.run?.()) !== false) close();
    };
    return button(action.label, run, { kind: action.kind ?? 'plain' });
  });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const last = buttons.at(-1);
    if (last && !last.disabled) last.click();
  };
  element.append(
    h(
      'form',
      { class: 'dialog-form', novalidate: true, on: { submit } },
      h(
        'header',
        { class: 'dialog-header' },
        h('h2', { id: titleId, class: 'dialog-title' }, title),
        button(words.common.close, close, { icon: 'close', iconOnly: true }),
      ),
      h('div', { class: 'dialog-body' }, body),
      h('footer', { class: 'dialog-actions' }, ...buttons),
      // Makes Enter in an input submit the form.
      h('input', { type: 'submit', hidden: true }),
    ),
  );
  const closeOnLeaving = () => close();
  element.addEventListener('close', () => {
    window.removeEventListener('hashchange', closeOnLeaving);
    element.remove();
    placeToasts();
    onClose?.();
  });
  element.addEventListener('pointerdown', (event) => {
    if (event.target === element && !stays) close();
  });
  window.addEventListener('hashchange', closeOnLeaving);
  document.body.append(element);
  element.showModal();
  const first = element.querySelector('.dialog-body :is(input, textarea, select, [autofocus])');
  /** @type {HTMLElement} */ (first ?? buttons.at(-1) ?? element).focus();
  return { close, element, buttons };
}

/**
 * Asks for a confirmation: `word` has to be typed before the action can be run.
 * @param {{title: string, text: Child, word: string, action: string, run: () => Promise<boolean | void>}} options
 */
export function confirmTyped({ title, text, word, action, run }) {
  const input = textInput({ on: { input: () => update() } });
  const { element } = field({ label: words.common.typeToConfirm(word), input });
  const dialog = openDialog({
    title,
    body: [h('p', null, text), element],
    actions: [{ label: words.common.cancel }, { label: action, kind: 'danger', run }],
  });
  const confirm = /** @type {HTMLButtonElement} */ (dialog.buttons.at(-1));
  const update = () => {
    confirm.disabled = input.value.trim() !== word;
  };
  update();
  return dialog;
}
