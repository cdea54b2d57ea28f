// A table of any length: only the rows that can be seen are in the document.

import { h, replace } from '/console/ui/dom.js';
import { errorSentence } from '/console/ui/errors.js';
import { icon } from '/console/ui/icon.js';
import { makeSelection } from '/console/ui/table_selection.js';
import { RowWindow } from '/console/ui/table_window.js';
import { words } from '/console/words/en.js';

/** @typedef {import('/console/ui/dom.js').Child} Child */
/**
 * @template Row
 * @typedef {object} Column
 * @property {string} key
 * @property {string} title
 * @property {string} [width] a CSS length or fr
 * @property {'end'} [align]
 * @property {string} [sort] what onSort gets for this column; without it, it cannot be sorted by
 * @property {(row: Row) => Child} render
 * @property {'hide' | 'wide'} [phone] on a phone: not there, or in a line of its own
 */
/** @typedef {{key: string, descending: boolean}} Sort */
/**
 * @template Row
 * @typedef {object} Options
 * @property {Column<Row>[]} columns
 * @property {(row: Row) => string} rowKey
 * @property {(row: Row) => string} [href] where the row leads; the first column then has the link, and nothing else to press
 * @property {() => Promise<{rows: Row[], done: boolean}>} [more] called as the end comes near
 * @property {boolean} [selectable]
 * @property {(keys: Set<string>) => void} [onSelect]
 * @property {Sort | null} [sorted]
 * @property {(sort: Sort) => void} [onSort]
 * @property {Node} empty
 * @property {number} [rowHeight] in pixels; 44 by default
 * @property {string} [label] for screen readers
 */

const ROW_HEIGHT = 44;
/** On a phone, rows have several lines, and the highest row says how high all are. */
const PHONE_ROW_HEIGHT = 48;
/** How many rows before the end `more` is called. */
const NEAR_END = 30;

const phone = window.matchMedia('(max-width: 719px)');

/** @param {Column<any>} column */
function track(column) {
  const width = column.width ?? '1fr';
  return width.endsWith('fr') ? `minmax(0, ${width})` : width;
}

/** @param {Column<any>} column */
function cellClass(column) {
  return `table-cell${column.align === 'end' ? ' table-cell-end' : ''}${column.phone ? ` phone-${column.phone}` : ''}`;
}

/** @template Row */
class Table {
  /** @type {Row[]} */
  #rows = [];
  #done = true;
  #loading = false;
  /** @type {Options<Row>} */
  #options;
  /** @type {Sort | null} */
  #sorted;
  #header = h('div', { role: 'row', class: 'table-row table-header', 'aria-rowindex': 1 });
  #body = h('div', { role: 'rowgroup', class: 'table-body' });
  #foot = h('div', { class: 'table-foot', 'aria-live': 'polite' });
  /** @type {HTMLElement} */
  #grid;
  /** @type {HTMLElement} */
  #empty;

  /** @param {Options<Row>} options */
  constructor(options) {
    this.#options = options;
    this.#sorted = options.sorted ?? null;
    this.#grid = h(
      'div',
      { role: 'table', class: 'table-grid', 'aria-label': options.label },
      h('div', { role: 'rowgroup', class: 'table-head' }, this.#header),
      this.#body,
    );
    this.#empty = h('div', { class: 'table-empty', hidden: true }, options.empty);
    const className = `table${options.selectable ? ' table-selectable' : ''}`;
    this.element = h('div', { class: className }, this.#grid, this.#empty, this.#foot);
    this.#setTracks();
    this.#drawHeader();
  }

  #selection = makeSelection({
    keys: () => this.#rows.map((row) => this.#options.rowKey(row)),
    onChange: (keys) => {
      this.#window.mark();
      this.#options.onSelect?.(keys);
    },
  });

  #window = new RowWindow({
    body: this.#body,
    count: () => this.#rows.length,
    keyAt: (index) => this.#options.rowKey(this.#rows[index]),
    rowHeight: () => (phone.matches ? PHONE_ROW_HEIGHT : (this.#options.rowHeight ?? ROW_HEIGHT)),
    draw: (index) => this.#drawRow(this.#rows[index]),
    onMark: (row, key) => this.#mark(row, key),
    onDrawn: (last) => {
      if (!this.#done && !this.#loading && last >= this.#rows.length - NEAR_END) this.#loadMore();
    },
  });

  rows() {
    return this.#rows.slice();
  }

  /** @param {Row[]} rows @param {boolean} done whether there are no more */
  setRows(rows, done) {
    const before = this.#byKey();
    this.#rows = rows.slice();
    this.#done = done || !this.#options.more;
    this.#loading = false;
    this.#foot.replaceChildren();
    const now = this.#byKey();
    for (const key of this.#window.drawnKeys()) {
      const row = now.get(key);
      if (row && JSON.stringify(row) !== JSON.stringify(before.get(key))) this.#window.forget(key);
    }
    this.#changed();
  }

  /** @param {Row[]} rows */
  prepend(rows) {
    if (rows.length === 0) return;
    this.#rows = rows.concat(this.#rows);
    this.#window.keepPlace(rows.length);
    this.#changed();
  }

  /** @param {string} key @param {Row} row */
  update(key, row) {
    const index = this.#rows.findIndex((one) => this.#options.rowKey(one) === key);
    if (index < 0) return;
    this.#rows[index] = row;
    this.#window.forget(key);
    this.#changed();
  }

  /** @param {string} key */
  remove(key) {
    this.#rows = this.#rows.filter((row) => this.#options.rowKey(row) !== key);
    this.#selection.drop(key);
    this.#changed();
  }

  selection() {
    return this.#selection.keys();
  }

  clearSelection() {
    this.#selection.clear();
  }

  #byKey() {
    return new Map(this.#rows.map((row) => [this.#options.rowKey(row), row]));
  }

  #setTracks() {
    const { columns, selectable } = this.#options;
    const tracks = columns.map(track);
    const onPhone = columns.filter((column) => !column.phone).map(track);
    this.#grid.style.setProperty('--columns', (selectable ? ['36px', ...tracks] : tracks).join(' '));
    this.#grid.style.setProperty('--phone-columns', onPhone.join(' ') || '1fr');
  }

  #drawHeader() {
    const { columns, selectable } = this.#options;
    replace(
      this.#header,
      selectable &&
        h('div', { role: 'columnheader', class: 'table-cell table-select' }, this.#selection.allBox),
      ...columns.map((column) => this.#headerCell(column)),
    );
  }

  /** @param {Column<Row>} column */
  #headerCell(column) {
    const { sort, title } = column;
    const isSorted = sort !== undefined && this.#sorted?.key === sort;
    const direction = this.#sorted?.descending ? 'descending' : 'ascending';
    const arrow = `table-arrow${isSorted ? ` table-arrow-${direction}` : ''}`;
    const content =
      sort && this.#options.onSort
        ? h(
            'button',
            { type: 'button', class: 'table-sort', on: { click: () => this.#sortBy(sort) } },
            h('span', null, title),
            h('span', { class: arrow }, icon('chevron')),
          )
        : title;
    const sortState = isSorted ? direction : null;
    return h('div', { role: 'columnheader', class: cellClass(column), 'aria-sort': sortState }, content);
  }

  /** @param {string} key */
  #sortBy(key) {
    const isSame = this.#sorted?.key === key;
    this.#sorted = { key, descending: isSame && !this.#sorted?.descending };
    this.#drawHeader();
    /** @type {HTMLElement | null} */ (this.#header.querySelector('[aria-sort] button'))?.focus();
    this.#options.onSort?.(this.#sorted);
  }

  /** @param {Row} row */
  #drawRow(row) {
    const { columns, href, rowKey, selectable } = this.#options;
    const box = selectable && this.#selection.box(rowKey(row));
    return h(
      'div',
      { role: 'row', class: `table-row${href ? ' table-row-link' : ''}` },
      box && h('div', { role: 'cell', class: 'table-cell table-select' }, box),
      ...columns.map((column, index) => {
        const content = column.render(row);
        const isLink = index === 0 && href;
        const cell = isLink ? h('a', { class: 'table-link', href: href(row) }, content) : content;
        return h('div', { role: 'cell', class: cellClass(column) }, cell);
      }),
    );
  }

  /** Shows whether a row is selected. @param {HTMLElement} row @param {string} key */
  #mark(row, key) {
    const box = /** @type {HTMLInputElement | null} */ (row.querySelector('.table-select input'));
    if (!box) return;
    box.checked = this.#selection.has(key);
    row.classList.toggle('table-row-selected', box.checked);
  }

  async #loadMore() {
    const { more, rowKey } = this.#options;
    if (!more) return;
    this.#loading = true;
    const loading = h('span', { class: 'visually-hidden' }, words.common.loadingMore);
    this.#foot.replaceChildren(loading, h('span', { class: 'spinner' }));
    try {
      const page = await more();
      if (!this.element.isConnected) return;
      // Rows may come twice when others were added before them meanwhile.
      const known = this.#byKey();
      this.#rows = this.#rows.concat(page.rows.filter((row) => !known.has(rowKey(row))));
      this.#done = page.done;
      this.#loading = false;
      this.#foot.replaceChildren();
      this.#changed();
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') return;
      // #loading stays, so that only the button loads again.
      const again = h(
        'button',
        { type: 'button', class: 'button button-plain', on: { click: () => this.#loadMore() } },
        words.common.tryAgain,
      );
      replace(this.#foot, h('span', null, `${words.common.loadMoreFailed} ${errorSentence(error)}`), again);
    }
  }

  #changed() {
    const isEmpty = this.#rows.length === 0 && this.#done;
    this.#grid.setAttribute('aria-rowcount', this.#done ? String(this.#rows.length + 1) : '-1');
    this.#empty.hidden = !isEmpty;
    this.#grid.hidden = isEmpty;
    this.#window.refresh();
    this.#selection.refresh();
  }
}

/**
 * Makes a table. Its element is `element`; its rows are set and changed with its methods.
 * @template Row
 * @param {Options<Row>} options
 * @returns {Table<Row>}
 */
export function table(options) {
  return new Table(options);
}
