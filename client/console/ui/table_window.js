// Keeps the rows of a table in the document that can be seen, and moves the focus among rows.

/** How many rows are drawn above and below those that can be seen. */
const MARGIN = 8;

/** @param {HTMLElement} row */
function focusables(row) {
  return /** @type {HTMLElement[]} */ ([...row.querySelectorAll('a, button, input, select')]);
}

/**
 * @typedef {object} Options
 * @property {HTMLElement} body
 * @property {() => number} count
 * @property {(index: number) => string} keyAt
 * @property {() => number} rowHeight the least height; all rows are as high as the highest one so far
 * @property {(index: number) => HTMLElement} draw
 * @property {(row: HTMLElement, key: string) => void} onMark called for each row in the document when its marks may have changed
 * @property {(last: number) => void} onDrawn called with the index of the last row drawn
 * @param {Options} options
 */
export function drawWindow({ body, count, keyAt, rowHeight, draw, onMark, onDrawn }) {
  /** The rows in the document. @type {Map<string, HTMLElement>} */
  let drawn = new Map();
  let height = 0;
  let highest = 0;
  let leastBefore = 0;
  let frame = 0;

  /** The first and last index to draw. */
  function range() {
    const box = body.getBoundingClientRect();
    const first = Math.floor(-box.top / height) - MARGIN;
    const last = Math.ceil((window.innerHeight - box.top) / height) + MARGIN;
    return [Math.max(0, first), Math.min(count() - 1, last)];
  }

  function drawAll() {
    frame = 0;
    if (!body.isConnected) return;
    const least = rowHeight();
    // The layout for phones has other heights.
    if (least !== leastBefore) highest = 0;
    leastBefore = least;
    height = Math.max(least, highest);
    body.style.setProperty('--row-height', `${height}px`);
    body.style.setProperty('height', `${count() * height}px`);
    const [first, last] = range();
    /** Where the focus was in a row that is gone. @type {number | null} */
    let orphaned = null;
    /** @type {Map<string, HTMLElement>} */
    const next = new Map();
    for (let index = first; index <= last; index += 1) {
      const key = keyAt(index);
      const row = drawn.get(key) ?? draw(index);
      place(row, index);
      row.setAttribute('aria-rowindex', String(index + 2));
      row.dataset.index = String(index);
      next.set(key, row);
    }
    for (const [key, row] of drawn) {
      if (next.get(key) === row) continue;
      // The row that has the focus stays, or the focus would be lost.
      const hasFocus = !next.has(key) && row.contains(document.activeElement);
      if (hasFocus && exists(key)) next.set(key, row);
      else row.remove();
      if (hasFocus && !exists(key)) orphaned = Number(row.dataset.index);
    }
    arrange(next);
    drawn = next;
    // The row that follows one that is gone gets its focus.
    if (orphaned !== null && count() > 0) focusIn(Math.min(orphaned, count() - 1), 'a, button, input');
    grow();
    onDrawn(last);
  }

  /** @param {string} key */
  function exists(key) {
    for (let index = 0; index < count(); index += 1) if (keyAt(index) === key) return true;
    return false;
  }

  /** Puts rows into the document, in their order. @param {Map<string, HTMLElement>} rows */
  function arrange(rows) {
    let position = body.firstChild;
    for (const [key, row] of rows) {
      if (row === position) position = row.nextSibling;
      // Moving an element takes the focus from it.
      else if (!row.contains(document.activeElement)) body.insertBefore(row, position);
      onMark(row, key);
    }
  }

  /** @param {HTMLElement} row @param {number} index */
  function place(row, index) {
    row.style.setProperty('transform', `translateY(${index * height}px)`);
  }

  function grow() {
    for (const row of drawn.values()) highest = Math.max(highest, row.offsetHeight);
    if (highest > height) schedule();
  }

  function schedule() {
    if (frame === 0) frame = requestAnimationFrame(drawAll);
  }

  // Draws again when the page scrolls, as long as the table is there, and when it comes into the document.
  const observer = new ResizeObserver(schedule);
  observer.observe(body);
  let wasShown = false;
  const onScroll = () => {
    if (body.isConnected) schedule();
    else if (wasShown) window.removeEventListener('scroll', onScroll, true);
    wasShown ||= body.isConnected;
  };
  window.addEventListener('scroll', onScroll, true);

  body.addEventListener('keydown', (event) => {
    const row = /** @type {HTMLElement | null} */ (
      /** @type {Element} */ (event.target).closest('[role=row]')
    );
    // Only from the row's link or box; other controls use these keys themselves.
    if (!row || !(/** @type {Element} */ (event.target).matches('.table-link, .table-select input'))) return;
    const index = Number(row.dataset.index);
    const page = Math.max(1, Math.floor(window.innerHeight / height) - 3);
    /** @type {Record<string, number>} */
    const targets = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      PageDown: index + page,
      PageUp: index - page,
      Home: 0,
      End: count() - 1,
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    const selector = /** @type {Element} */ (event.target).matches('.table-link')
      ? '.table-link'
      : '.table-select input';
    focusRow(Math.min(Math.max(target, 0), count() - 1), selector);
  });

  /** @param {number} index @param {string} selector */
  function focusRow(index, selector) {
    const top = body.getBoundingClientRect().top + index * height;
    const head = 112;
    if (top < head) window.scrollBy(0, top - head);
    else if (top + height > window.innerHeight - 8) window.scrollBy(0, top + height - window.innerHeight + 8);
    drawAll();
    focusIn(index, selector);
  }

  /** @param {number} index @param {string} selector */
  function focusIn(index, selector) {
    const target = drawn.get(keyAt(index))?.querySelector(selector);
    /** @type {HTMLElement | null | undefined} */ (target)?.focus({ preventScroll: true });
  }

  return {
    refresh: schedule,
    drawnKeys: () => [...drawn.keys()],
    /** Draws a row again, when it is seen. The focus stays on what it was on. @param {string} key */
    forget(key) {
      const row = drawn.get(key);
      if (!row) return;
      const focused = focusables(row).indexOf(/** @type {HTMLElement} */ (document.activeElement));
      drawn.delete(key);
      if (focused < 0) {
        row.remove();
        return;
      }
      // Draws at once, so that the focus is not lost in between.
      drawAll();
      row.remove();
      const again = drawn.get(key);
      if (again) focusables(again)[focused]?.focus({ preventScroll: true });
    },
    mark() {
      for (const [key, row] of drawn) onMark(row, key);
    },
    /** Keeps what is seen where it is when rows are added above it, unless the table's beginning is seen. @param {number} added */
    keepPlace(added) {
      if (height > 0 && body.getBoundingClientRect().top < 0) window.scrollBy(0, added * height);
    },
  };
}
