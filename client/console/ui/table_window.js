// Keeps the rows of a table in the document that can be seen, and moves the focus among rows.

/** How many rows are drawn above and below those that can be seen. */
const MARGIN = 8;
/** What headers and bars may cover of the page. */
const TOP_SPACE = 112;
const BOTTOM_SPACE = 72;

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
 */

export class RowWindow {
  /** @type {Options} */
  #options;
  /** The rows in the document, by their keys. @type {Map<string, HTMLElement>} */
  #drawn = new Map();
  #height = 0;
  #highest = 0;
  #least = 0;
  #frame = 0;

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
    const { body } = options;
    // Draws again when the page scrolls, as long as the table is there, and when it comes into the document.
    new ResizeObserver(() => this.refresh()).observe(body);
    let wasShown = false;
    const onScroll = () => {
      if (body.isConnected) this.refresh();
      else if (wasShown) window.removeEventListener('scroll', onScroll, true);
      wasShown ||= body.isConnected;
    };
    window.addEventListener('scroll', onScroll, true);
    body.addEventListener('keydown', (event) => this.#move(event));
  }

  /** Draws before the next frame what can be seen. */
  refresh() {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  drawnKeys() {
    return [...this.#drawn.keys()];
  }

  /** Draws a row again, when it is seen. The focus stays on what it was on. @param {string} key */
  forget(key) {
    const row = this.#drawn.get(key);
    if (!row) return;
    const focused = focusables(row).indexOf(/** @type {HTMLElement} */ (document.activeElement));
    this.#drawn.delete(key);
    // With the focus in it, draws at once, so that the focus is not lost in between.
    if (focused >= 0) this.#draw();
    row.remove();
    const again = this.#drawn.get(key);
    if (again) focusables(again)[focused]?.focus({ preventScroll: true });
  }

  /** Shows the marks of all rows again. */
  mark() {
    for (const [key, row] of this.#drawn) this.#options.onMark(row, key);
  }

  /**
   * Keeps what is seen where it is when rows are added above it, unless the table's beginning is seen.
   * @param {number} added
   */
  keepPlace(added) {
    const isScrolled = this.#options.body.getBoundingClientRect().top < 0;
    if (isScrolled && this.#height > 0) window.scrollBy(0, added * this.#height);
  }

  #draw() {
    this.#frame = 0;
    if (!this.#options.body.isConnected) return;
    this.#setHeight();
    const [first, last] = this.#range();
    /** @type {Map<string, HTMLElement>} */
    const next = new Map();
    for (let index = first; index <= last; index += 1) {
      const key = this.#options.keyAt(index);
      const row = this.#drawn.get(key) ?? this.#options.draw(index);
      row.style.setProperty('transform', `translateY(${index * this.#height}px)`);
      row.setAttribute('aria-rowindex', String(index + 2));
      row.dataset.index = String(index);
      row.dataset.key = key;
      next.set(key, row);
    }
    const orphaned = this.#removeOthers(next);
    this.#arrange(next);
    this.#drawn = next;
    // The row that follows one that is gone gets its focus.
    const count = this.#options.count();
    if (orphaned !== null && count > 0) this.#focusIn(Math.min(orphaned, count - 1), 'a, button, input');
    for (const row of next.values()) this.#highest = Math.max(this.#highest, row.offsetHeight);
    if (this.#highest > this.#height) this.refresh();
    this.#options.onDrawn(last);
  }

  #setHeight() {
    const { body, count, rowHeight } = this.#options;
    const least = rowHeight();
    // The layout for phones has other heights.
    if (least !== this.#least) this.#highest = 0;
    this.#least = least;
    this.#height = Math.max(least, this.#highest);
    body.style.setProperty('--row-height', `${this.#height}px`);
    body.style.setProperty('height', `${count() * this.#height}px`);
  }

  /** The first and last index to draw. */
  #range() {
    const { top } = this.#options.body.getBoundingClientRect();
    const first = Math.floor(-top / this.#height) - MARGIN;
    const last = Math.ceil((window.innerHeight - top) / this.#height) + MARGIN;
    return [Math.max(0, first), Math.min(this.#options.count() - 1, last)];
  }

  /**
   * Removes the rows that are not in `next` from the document. Returns the index of the one that had the focus, if it is
   * no longer a row of the table.
   * @param {Map<string, HTMLElement>} next
   */
  #removeOthers(next) {
    /** @type {number | null} */
    let orphaned = null;
    for (const [key, row] of this.#drawn) {
      if (next.get(key) === row) continue;
      const hasFocus = !next.has(key) && row.contains(document.activeElement);
      // The row that has the focus stays, or the focus would be lost.
      if (hasFocus && this.#exists(key)) next.set(key, row);
      else row.remove();
      if (hasFocus && !next.has(key)) orphaned = Number(row.dataset.index);
    }
    return orphaned;
  }

  /** @param {string} key */
  #exists(key) {
    const { count, keyAt } = this.#options;
    for (let index = 0; index < count(); index += 1) if (keyAt(index) === key) return true;
    return false;
  }

  /** Puts rows into the document, in their order. @param {Map<string, HTMLElement>} rows */
  #arrange(rows) {
    const { body, onMark } = this.#options;
    let position = body.firstChild;
    for (const [key, row] of rows) {
      if (row === position) position = row.nextSibling;
      // Moving an element takes the focus from it.
      else if (!row.contains(document.activeElement)) body.insertBefore(row, position);
      onMark(row, key);
    }
  }

  /** Moves the focus to another row. @param {KeyboardEvent} event */
  #move(event) {
    const target = /** @type {Element} */ (event.target);
    const row = /** @type {HTMLElement | null} */ (target.closest('[role=row]'));
    // Only from the row's link or box; other controls use these keys themselves.
    const selector = ['.table-link', '.table-select input'].find((one) => target.matches(one));
    if (!row || !selector) return;
    const index = Number(row.dataset.index);
    const last = this.#options.count() - 1;
    const page = Math.max(1, Math.floor(window.innerHeight / this.#height) - 3);
    /** @type {Record<string, number>} */
    const targets = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      PageDown: index + page,
      PageUp: index - page,
      Home: 0,
      End: last,
    };
    const wanted = targets[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    const next = Math.min(Math.max(wanted, 0), last);
    this.#reveal(next);
    this.#draw();
    this.#focusIn(next, selector);
  }

  /** Scrolls the page until a row can be seen. @param {number} index */
  #reveal(index) {
    const top = this.#options.body.getBoundingClientRect().top + index * this.#height;
    const bottom = top + this.#height;
    const lowest = window.innerHeight - BOTTOM_SPACE;
    if (top < TOP_SPACE) window.scrollBy(0, top - TOP_SPACE);
    else if (bottom > lowest) window.scrollBy(0, bottom - lowest);
  }

  /** @param {number} index @param {string} selector */
  #focusIn(index, selector) {
    const target = this.#drawn.get(this.#options.keyAt(index))?.querySelector(selector);
    /** @type {HTMLElement | null | undefined} */ (target)?.focus({ preventScroll: true });
  }
}
