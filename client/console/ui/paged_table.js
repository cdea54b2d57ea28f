import { repeat } from '/console/ui/repeat.js';
import { load } from '/console/ui/states.js';
import { table } from '/console/ui/table.js';

/** How many rows are read at a time. */
const PAGE_SIZE = 100;
/** The most rows that one call returns, and so the most that are kept up to date. */
const MOST_AT_ONCE = 1000;

/**
 * Makes a table of a list that comes in pages. Further pages are read as they are needed, and the first rows are kept up
 * to date.
 * @template Row
 * @param {{signal: AbortSignal}} context
 * @param {(page: {pageSize: number, pageToken: string}, signal: AbortSignal) => Promise<{rows: Row[], next: string}>} read
 *   next: the token of the next page, or empty
 * @param {import('/console/ui/table.js').Options<Row>} options without `more`
 * @returns {{element: HTMLElement, refresh: () => Promise<void>}} refresh reads the rows anew
 */
export function pagedTable(context, read, options) {
  let pageToken = '';
  const more = async () => {
    const { rows, next } = await read({ pageSize: PAGE_SIZE, pageToken }, context.signal);
    pageToken = next;
    return { rows, done: !next };
  };
  const shown = table({ ...options, more });
  const refresh = async () => {
    const known = shown.rows();
    if (known.length > MOST_AT_ONCE) return;
    const { rows, next } = await read(
      { pageSize: Math.max(known.length, PAGE_SIZE), pageToken: '' },
      context.signal,
    );
    // Meanwhile, a further page may have come.
    if (shown.rows().length !== known.length) return;
    pageToken = next;
    if (JSON.stringify(rows) !== JSON.stringify(known)) shown.setRows(rows, !next);
  };
  const element = load(
    context,
    (signal) => read({ pageSize: PAGE_SIZE, pageToken }, signal),
    ({ rows, next }) => {
      pageToken = next;
      shown.setRows(rows, !next);
      repeat(context.signal, refresh);
      return shown.element;
    },
  );
  return { element, refresh };
}
