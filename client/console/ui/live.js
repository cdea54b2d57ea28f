import { h, replace } from '/console/ui/dom.js';
import { repeat } from '/console/ui/repeat.js';
import { load } from '/console/ui/states.js';

/**
 * Makes an element that shows what `read` returns, as `show` makes it, and follows its changes. If reading fails later,
 * what is shown stays.
 * @template T
 * @param {{signal: AbortSignal}} context
 * @param {(signal: AbortSignal) => Promise<T>} read
 * @param {(value: T) => import('/console/ui/dom.js').Child} show
 */
export function live(context, read, show) {
  return load(context, read, (first) => {
    const element = h('div', { class: 'live' }, show(first));
    let shown = JSON.stringify(first);
    repeat(context.signal, async () => {
      const value = await read(context.signal);
      const text = JSON.stringify(value);
      // An element that somebody points at is only replaced by a different one.
      if (text !== shown) replace(element, show(value));
      shown = text;
    });
    return element;
  });
}
