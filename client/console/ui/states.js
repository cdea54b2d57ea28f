// What a part of a page shows before, instead of and without data.

import { button } from '/console/ui/button.js';
import { h, replace } from '/console/ui/dom.js';
import { errorSentence } from '/console/ui/errors.js';
import { icon } from '/console/ui/icon.js';
import { words } from '/console/words/en.js';

export { errorSentence };

/** @typedef {import('/console/ui/dom.js').Child} Child */

/** Only a load that takes longer than this shows that it is loading. */
const QUIET_MS = 150;

/**
 * Says that there is nothing, and what to do about it.
 * @param {{title: string, text?: Child, action?: Child, icon?: string}} options
 */
export function emptyState({ title, text, action, icon: name }) {
  return h(
    'div',
    { class: 'state' },
    name && h('span', { class: 'state-icon' }, icon(name)),
    h('p', { class: 'state-title' }, title),
    text && h('p', { class: 'state-text' }, text),
    action && h('div', { class: 'state-action' }, action),
  );
}

/**
 * Says what failed, with a button to try again unless that cannot help.
 * @param {any} error
 * @param {() => void} [retry]
 */
export function errorState(error, retry) {
  if (error?.code === 'PERMISSION_DENIED') {
    return emptyState({ title: words.errors.noPermission, text: errorSentence(error), icon: 'key' });
  }
  if (error?.code === 'NOT_FOUND') {
    return emptyState({ title: words.errors.notFound, text: errorSentence(error), icon: 'search' });
  }
  return emptyState({
    title: words.errors.loadFailed,
    text: errorSentence(error),
    icon: 'warning',
    action: retry && button(words.common.tryAgain, retry, { icon: 'retry' }),
  });
}

/** Gray lines where text will be. */
export function skeleton() {
  return h(
    'div',
    { class: 'skeleton', role: 'status', 'aria-label': words.common.loading },
    h('span', { class: 'skeleton-line' }),
    h('span', { class: 'skeleton-line' }),
    h('span', { class: 'skeleton-line' }),
  );
}

/**
 * Makes an element that shows what `load` returns, as `render` makes it: loading, failed, or there. `reload` loads again
 * and keeps what is shown until then.
 * @template T
 * @param {{signal: AbortSignal}} context
 * @param {(signal: AbortSignal) => Promise<T>} load
 * @param {(value: T, reload: () => void) => Child} render
 * @returns {HTMLElement}
 */
export function load(context, load, render) {
  const element = h('div', { class: 'load' });
  /** Counts the loads; an answer to an earlier one is not used. */
  let round = 0;
  const start = async () => {
    round += 1;
    const mine = round;
    element.setAttribute('aria-busy', 'true');
    const timer = setTimeout(() => {
      if (mine === round && element.childElementCount === 0) replace(element, skeleton());
    }, QUIET_MS);
    try {
      const value = await load(context.signal);
      if (mine === round && !context.signal.aborted) replace(element, render(value, start));
    } catch (error) {
      if (mine !== round || context.signal.aborted) return;
      // A failure of the program, not of a call, belongs into the browser's log, too.
      if (!(error instanceof Error && 'code' in error)) console.error(error);
      replace(element, errorState(error, start));
    } finally {
      clearTimeout(timer);
      if (mine === round) element.removeAttribute('aria-busy');
    }
  };
  start();
  return element;
}
