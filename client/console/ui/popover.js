// Content above the page, next to the element that opened it.

import { h } from '/console/ui/dom.js';

const GAP = 4;
const EDGE = 8;

/**
 * @param {HTMLElement} element
 * @param {Element} anchor
 */
function place(element, anchor) {
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = element;
  const fitsBelow = box.bottom + GAP + height <= window.innerHeight - EDGE;
  const top = fitsBelow || box.top < height + GAP + EDGE ? box.bottom + GAP : box.top - GAP - height;
  const start = box.left + width <= window.innerWidth - EDGE ? box.left : box.right - width;
  element.style.setProperty('top', `${Math.max(EDGE, Math.min(top, window.innerHeight - EDGE - height))}px`);
  element.style.setProperty('left', `${Math.max(EDGE, Math.min(start, window.innerWidth - EDGE - width))}px`);
}

/**
 * Shows `content` next to `anchor` until Escape, a click outside, scrolling of the page, or close().
 * @param {HTMLElement} anchor
 * @param {HTMLElement} content
 * @param {{onClose?: () => void, class?: string}} [options]
 * @returns {{close: () => void, element: HTMLElement}}
 */
export function openPopover(anchor, content, { onClose, class: className = '' } = {}) {
  const element = h('div', { popover: 'auto', class: `popover ${className}` }, content);
  // Within a dialog it must be a part of it, or the dialog makes it inert.
  (anchor.closest('dialog') ?? document.body).append(element);
  const follow = () => place(element, anchor);
  const closeOnScroll = (/** @type {Event} */ event) => {
    if (!element.contains(/** @type {Node} */ (event.target))) close();
  };
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    window.removeEventListener('scroll', closeOnScroll, true);
    window.removeEventListener('resize', follow);
    window.removeEventListener('hashchange', close);
    const hadFocus = element.contains(document.activeElement) || document.activeElement === document.body;
    if (element.matches(':popover-open')) element.hidePopover();
    element.remove();
    anchor.setAttribute('aria-expanded', 'false');
    if (hadFocus) anchor.focus();
    onClose?.();
  };
  element.addEventListener('toggle', (event) => {
    if (/** @type {ToggleEvent} */ (event).newState === 'closed') close();
  });
  element.showPopover();
  follow();
  anchor.setAttribute('aria-expanded', 'true');
  window.addEventListener('scroll', closeOnScroll, true);
  window.addEventListener('resize', follow);
  window.addEventListener('hashchange', close);
  return { close, element };
}
