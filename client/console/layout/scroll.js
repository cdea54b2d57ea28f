// Where pages were scrolled to, so that going back leads to the same place.

/** How long a page that is gone back to may take to become as long as it was. */
const LONGEST_WAIT_MS = 3000;

/** @type {Map<number, number>} */
const positions = new Map();
let lastEntry = 0;
/** The entry of the history that is shown. */
let shown = 0;
let stopRestoring = () => {};

history.scrollRestoration = 'manual';

/** To be called when the address has changed, before the page does. */
export function leavePage() {
  stopRestoring();
  positions.set(shown, window.scrollY);
  const known = history.state?.entry;
  if (known === undefined) lastEntry = Math.max(lastEntry, shown) + 1;
  shown = known ?? lastEntry;
  history.replaceState({ entry: shown }, '');
}

/**
 * To be called when the page is there: scrolls to where it was when it was left, as soon as it is long enough.
 * @param {HTMLElement} main
 */
export function restoreScroll(main) {
  const target = positions.get(shown) ?? 0;
  window.scrollTo(0, target);
  if (target === 0 || window.scrollY === target) return;
  const observer = new ResizeObserver(() => {
    window.scrollTo(0, target);
    if (Math.abs(window.scrollY - target) < 1) stopRestoring();
  });
  const timer = setTimeout(() => stopRestoring(), LONGEST_WAIT_MS);
  const events = ['wheel', 'keydown', 'pointerdown'];
  stopRestoring = () => {
    observer.disconnect();
    clearTimeout(timer);
    for (const event of events) window.removeEventListener(event, stopRestoring, true);
    stopRestoring = () => {};
  };
  for (const event of events) window.addEventListener(event, stopRestoring, true);
  observer.observe(main);
}
