// Fills a table from the API: older rows page by page, and newer ones from a stream while it is live.
import { ApiError, isAbort } from '/console/api/client.js';

/** The most rows that a table keeps in memory. */
export const MOST_ROWS = 5000;
/** The most changed rows that wait to be drawn. With more, as in a hidden page, the list is loaded again instead. */
const MOST_WAITING = 1000;
const PAGE_SIZE = 100;
/** Changes are drawn together, at most this often. */
const DRAW_MS = 250;

/**
 * `connecting` until hookd accepts the call, `lost` until the stream is open again, `failed` for good.
 * @typedef {'off'|'connecting'|'open'|'lost'|'failed'} LiveState
 */

/**
 * What a feed is made of. Rows have a name and a time; the newest is the first.
 * @template Row
 * @typedef {object} Source
 * @property {(row: Row) => string} key
 * @property {(row: Row) => string} time RFC 3339.
 * @property {(page: {pageSize: number, pageToken: string}, signal: AbortSignal) => Promise<{rows: Row[], nextPageToken: string}>} list
 * @property {(options: {signal: AbortSignal, onState: (state: 'open'|'lost') => void}) => AsyncGenerator<Row, void, void>} watch
 * @property {(row: Row) => boolean} matches Whether a row of the stream belongs into the list.
 */

/**
 * The table of ui/table.js, as far as a feed uses it.
 * @template Row
 * @typedef {object} Table
 * @property {() => Row[]} rows
 * @property {(rows: Row[], done: boolean) => void} setRows
 * @property {(rows: Row[]) => void} prepend
 * @property {(key: string, row: Row) => void} update
 * @property {(key: string) => void} remove
 */

/**
 * @template Row
 * @param {object} options
 * @param {AbortSignal} options.signal
 * @param {Table<Row>} options.table
 * @param {Source<Row>} options.source
 * @param {(state: LiveState, error?: unknown) => void} options.onLive
 * @param {(full: boolean) => void} options.onFull Called with true once the table has all rows that it may have.
 */
export function createFeed({ signal, table, source, onLive, onFull }) {
  /** Ends the loads since the last reload. */
  let loads = new AbortController();
  let pageToken = '';
  let done = false;
  /** Whether rows are being loaded. What the stream brings has to wait for them. */
  let isLoading = true;
  /** @type {Map<string, Row>} */
  const waiting = new Map();
  let overflown = false;
  /** @type {ReturnType<typeof setTimeout>|null} */
  let timer = null;
  /** @type {AbortController|null} */
  let live = null;

  /** @param {Row} one @param {Row} other */
  const isNewer = (one, other) => {
    const difference = Date.parse(source.time(one)) - Date.parse(source.time(other));
    return difference === 0 ? source.key(one) > source.key(other) : difference > 0;
  };
  /** @param {Row[]} rows */
  const newestFirst = (rows) => rows.sort((one, other) => (isNewer(one, other) ? -1 : 1));

  /** Loads the next rows. A page without a row that has a next page is skipped. */
  async function more() {
    const { signal: mine } = loads;
    isLoading = true;
    try {
      for (;;) {
        const page = await source.list({ pageSize: PAGE_SIZE, pageToken }, mine);
        pageToken = page.nextPageToken;
        const known = new Set(table.rows().map(source.key));
        const rows = page.rows.filter((row) => !known.has(source.key(row)));
        const full = known.size + rows.length >= MOST_ROWS && pageToken !== '';
        done = pageToken === '' || full;
        if (full) onFull(true);
        if (rows.length > 0 || done) return { rows, done };
      }
    } finally {
      // After a reload, another load is running.
      if (!mine.aborted) {
        isLoading = false;
        drawSoon();
      }
    }
  }

  function reload() {
    loads.abort();
    loads = new AbortController();
    isLoading = true;
    pageToken = '';
    done = false;
    waiting.clear();
    overflown = false;
    onFull(false);
    table.setRows([], false);
  }

  /** Puts rows that are not in the table where they belong. @param {Row[]} fresh */
  function insert(fresh) {
    const rows = table.rows();
    const last = rows.at(-1);
    // What is older than the last row comes with its page.
    const wanted = newestFirst(done || !last ? fresh : fresh.filter((row) => isNewer(row, last)));
    if (wanted.length === 0) return;
    const first = rows[0];
    if (!first || isNewer(/** @type {Row} */ (wanted.at(-1)), first)) table.prepend(wanted);
    else table.setRows(newestFirst([...rows, ...wanted]), done);
    if (rows.length + wanted.length <= MOST_ROWS) return;
    done = true;
    onFull(true);
    table.setRows(table.rows().slice(0, MOST_ROWS), true);
  }

  function draw() {
    timer = null;
    if (signal.aborted || document.hidden || isLoading) return;
    if (overflown) return reload();
    const known = new Set(table.rows().map(source.key));
    const fresh = [];
    for (const [key, row] of waiting) {
      const isMatch = source.matches(row);
      if (known.has(key)) isMatch ? table.update(key, row) : table.remove(key);
      else if (isMatch) fresh.push(row);
    }
    waiting.clear();
    insert(fresh);
  }

  function drawSoon() {
    if (document.hidden || isLoading || timer !== null || (waiting.size === 0 && !overflown)) return;
    timer = setTimeout(draw, DRAW_MS);
  }

  /** @param {Row} row */
  function receive(row) {
    if (waiting.size >= MOST_WAITING) overflown = true;
    else waiting.set(source.key(row), row);
    drawSoon();
  }

  /** @param {AbortSignal} stop */
  async function follow(stop) {
    onLive('connecting');
    try {
      for await (const row of source.watch({ signal: stop, onState: onLive })) receive(row);
    } catch (error) {
      if (stop.aborted || isAbort(error)) return;
      // What the stream would go on with is deleted: begin again.
      if (error instanceof ApiError && error.code === 'OUT_OF_RANGE') {
        reload();
        return follow(stop);
      }
      onLive('failed', error);
    }
  }

  /** @param {boolean} on */
  function setLive(on) {
    live?.abort();
    live = null;
    waiting.clear();
    if (!on) return onLive('off');
    live = new AbortController();
    follow(AbortSignal.any([live.signal, signal]));
  }

  document.addEventListener('visibilitychange', drawSoon, { signal });
  signal.addEventListener('abort', () => loads.abort(), { once: true });
  return { more, reload, setLive };
}
