// A table of any length: only the rows that can be seen are in the document.

import { h, replace } from '/console/ui/dom.js';
import { errorSentence } from '/console/ui/errors.js';
import { icon } from '/console/ui/icon.js';
import { makeSelection } from '/console/ui/table_selection.js';
import { drawWindow } from '/console/ui/table_window.js';
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

/**
 * @template Row
 * @param {Options<Row>} options
 */
export function table(options) {
  const { columns, rowKey, selectable = false } = options;
  /** @type {Row[]} */
  let all = [];
  let done = true;
  let loading = false;
  /** @type {Sort | null} */
  let sorted = options.sorted ?? null;

  const header = h('div', { role: 'row', class: 'table-row table-header', 'aria-rowindex': 1 });
  const body = h('div', { role: 'rowgroup', class: 'table-body' });
  const foot = h('div', { class: 'table-foot', 'aria-live': 'polite' });
  const grid = h(
    'div',
    { role: 'table', class: 'table-grid', 'aria-label': options.label },
    h('div', { role: 'rowgroup', class: 'table-head' }, header),
    body,
  );
  const emptyPart = h('div', { class: 'table-empty', hidden: true }, options.empty);
  const element = h('div', { class: `table${selectable ? ' table-selectable' : ''}` }, grid, emptyPart, foot);

  const selection = makeSelection({
    keys: () => all.map(rowKey),
    onChange: (keys) => {
      drawer.mark();
      options.onSelect?.(keys);
    },
  });
  const drawer = drawWindow({
    body,
    count: () => all.length,
    keyAt: (index) => rowKey(all[index]),
    rowHeight: () => (phone.matches ? PHONE_ROW_HEIGHT : (options.rowHeight ?? ROW_HEIGHT)),
    draw: (index) => drawRow(all[index]),
    onMark: (row, key) => {
      if (!selectable) return;
      const box = /** @type {HTMLInputElement} */ (row.querySelector('.table-select input'));
      box.checked = selection.has(key);
      row.classList.toggle('table-row-selected', box.checked);
    },
    onDrawn: (last) => {
      if (!done && !loading && last >= all.length - NEAR_END) loadMore();
    },
  });

  /** @param {Column<Row>} column */
  function cellClass(column) {
    return `table-cell${column.align === 'end' ? ' table-cell-end' : ''}${column.phone ? ` phone-${column.phone}` : ''}`;
  }

  function drawHeader() {
    replace(
      header,
      selectable && h('div', { role: 'columnheader', class: 'table-cell table-select' }, selection.allBox),
      ...columns.map((column) => {
        const isSorted = column.sort !== undefined && sorted?.key === column.sort;
        const direction = sorted?.descending ? 'descending' : 'ascending';
        return h(
          'div',
          { role: 'columnheader', class: cellClass(column), 'aria-sort': isSorted ? direction : null },
          column.sort && options.onSort
            ? h(
                'button',
                {
                  type: 'button',
                  class: 'table-sort',
                  on: { click: () => sortBy(/** @type {string} */ (column.sort)) },
                },
                h('span', null, column.title),
                h(
                  'span',
                  { class: `table-arrow${isSorted ? ` table-arrow-${direction}` : ''}` },
                  icon('chevron'),
                ),
              )
            : column.title,
        );
      }),
    );
  }

  /** @param {string} key */
  function sortBy(key) {
    sorted = { key, descending: sorted?.key === key ? !sorted.descending : false };
    drawHeader();
    /** @type {HTMLElement | null} */ (header.querySelector('[aria-sort] button'))?.focus();
    options.onSort?.(sorted);
  }

  /** @param {Row} row */
  function drawRow(row) {
    const key = rowKey(row);
    return h(
      'div',
      { role: 'row', class: `table-row${options.href ? ' table-row-link' : ''}` },
      selectable && h('div', { role: 'cell', class: 'table-cell table-select' }, selection.box(key)),
      ...columns.map((column, index) =>
        h(
          'div',
          { role: 'cell', class: cellClass(column) },
          index === 0 && options.href
            ? h('a', { class: 'table-link', href: options.href(row) }, column.render(row))
            : column.render(row),
        ),
      ),
    );
  }

  async function loadMore() {
    loading = true;
    foot.replaceChildren(
      h('span', { class: 'visually-hidden' }, words.common.loadingMore),
      h('span', { class: 'spinner' }),
    );
    try {
      const page = await /** @type {() => Promise<{rows: Row[], done: boolean}>} */ (options.more)();
      if (!element.isConnected) return;
      // Rows may come twice when others were added before them meanwhile.
      const known = new Set(all.map(rowKey));
      all = all.concat(page.rows.filter((row) => !known.has(rowKey(row))));
      done = page.done;
      foot.replaceChildren();
      loading = false;
      changed();
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') return;
      // `loading` stays, so that only the button loads again.
      const again = h(
        'button',
        { type: 'button', class: 'button button-plain', on: { click: () => loadMore() } },
        words.common.tryAgain,
      );
      replace(foot, h('span', null, `${words.common.loadMoreFailed} ${errorSentence(error)}`), again);
    }
  }

  /** Draws those rows again that are not as they were. @param {Map<string, Row>} before */
  function redrawChanged(before) {
    const now = new Map(all.map((row) => [rowKey(row), row]));
    for (const key of drawer.drawnKeys()) {
      const row = now.get(key);
      if (row && JSON.stringify(row) !== JSON.stringify(before.get(key))) drawer.forget(key);
    }
  }

  function changed() {
    grid.setAttribute('aria-rowcount', done ? String(all.length + 1) : '-1');
    emptyPart.hidden = all.length > 0 || !done;
    grid.hidden = all.length === 0 && done;
    drawer.refresh();
    selection.refresh();
  }

  grid.style.setProperty(
    '--columns',
    [selectable ? '36px' : '', ...columns.map(track)].filter(Boolean).join(' '),
  );
  grid.style.setProperty(
    '--phone-columns',
    columns
      .filter((column) => !column.phone)
      .map(track)
      .join(' ') || '1fr',
  );
  drawHeader();

  return {
    element,
    rows: () => all.slice(),
    /** @param {Row[]} rows @param {boolean} isDone */
    setRows(rows, isDone) {
      const before = new Map(all.map((row) => [rowKey(row), row]));
      all = rows.slice();
      done = isDone || !options.more;
      loading = false;
      foot.replaceChildren();
      redrawChanged(before);
      changed();
    },
    /** @param {Row[]} rows */
    prepend(rows) {
      if (rows.length === 0) return;
      all = rows.concat(all);
      drawer.keepPlace(rows.length);
      changed();
    },
    /** @param {string} key @param {Row} row */
    update(key, row) {
      const index = all.findIndex((one) => rowKey(one) === key);
      if (index < 0) return;
      all[index] = row;
      drawer.forget(key);
      changed();
    },
    /** @param {string} key */
    remove(key) {
      all = all.filter((row) => rowKey(row) !== key);
      selection.drop(key);
      changed();
    },
    selection: () => selection.keys(),
    clearSelection: () => selection.clear(),
  };
}
