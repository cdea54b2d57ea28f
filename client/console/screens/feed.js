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
 * Fills one table.
 * @template Row
 */
export class Feed {
  #signal;
  #table;
  #source;
  #onLive;
  #onFull;
  /** Ends the loads since the last reload. */
  #loads = new AbortController();
  #pageToken = '';
  #done = false;
  /** Whether rows were dropped at the end, so that the page token does not follow the last row. */
  #isTrimmed = false;
  /** Whether rows are being loaded. What the stream brings has to wait for them. */
  #isLoading = true;
  /** Rows of the stream that wait to be drawn. @type {Map<string, Row>} */
  #waiting = new Map();
  #overflown = false;
  /** @type {ReturnType<typeof setTimeout>|null} */
  #timer = null;
  /** @type {AbortController|null} */
  #live = null;

  /**
   * @param {object} options
   * @param {AbortSignal} options.signal
   * @param {Table<Row>} options.table
   * @param {Source<Row>} options.source
   * @param {(state: LiveState, error?: unknown) => void} options.onLive
   * @param {(full: boolean) => void} options.onFull Called with true once the table has all rows that it may have.
   */
  constructor({ signal, table, source, onLive, onFull }) {
    this.#signal = signal;
    this.#table = table;
    this.#source = source;
    this.#onLive = onLive;
    this.#onFull = onFull;
    document.addEventListener('visibilitychange', () => this.#drawSoon(), { signal });
    signal.addEventListener('abort', () => this.#loads.abort(), { once: true });
  }

  /**
   * Loads the next rows, for the table. A page without a row that has a next page is skipped.
   * @returns {Promise<{rows: Row[], done: boolean}>}
   */
  async more() {
    const { signal } = this.#loads;
    this.#isLoading = true;
    try {
      for (;;) {
        const page = await this.#source.list({ pageSize: PAGE_SIZE, pageToken: this.#pageToken }, signal);
        this.#pageToken = page.nextPageToken;
        const known = this.#knownKeys();
        const rows = page.rows.filter((row) => !known.has(this.#source.key(row)));
        const full = known.size + rows.length >= MOST_ROWS && this.#pageToken !== '';
        this.#done = this.#pageToken === '' || full;
        if (full) this.#onFull(true);
        if (rows.length > 0 || this.#done) return { rows, done: this.#done };
      }
    } finally {
      // After a reload, another load is running.
      if (!signal.aborted) {
        this.#isLoading = false;
        this.#drawSoon();
      }
    }
  }

  /** Loads the list again from its newest row. */
  reload() {
    this.#pageToken = '';
    this.#isTrimmed = false;
    this.#restart();
  }

  /** Replaces the rows with the older ones that follow. */
  older() {
    if (this.#isTrimmed) this.reload();
    else this.#restart();
  }

  /** @param {boolean} on */
  setLive(on) {
    this.#live?.abort();
    this.#live = null;
    this.#waiting.clear();
    if (!on) return this.#onLive('off');
    this.#live = new AbortController();
    this.#follow(AbortSignal.any([this.#live.signal, this.#signal]));
  }

  #knownKeys() {
    return new Set(this.#table.rows().map(this.#source.key));
  }

  /** Begins at the page token with an empty table. */
  #restart() {
    this.#loads.abort();
    this.#loads = new AbortController();
    this.#isLoading = true;
    this.#done = false;
    this.#waiting.clear();
    this.#overflown = false;
    this.#onFull(false);
    this.#table.setRows([], false);
  }

  /**
   * @param {AbortSignal} stop
   * @returns {Promise<void>}
   */
  async #follow(stop) {
    this.#onLive('connecting');
    try {
      for await (const row of this.#source.watch({ signal: stop, onState: this.#onLive })) this.#receive(row);
    } catch (error) {
      if (stop.aborted || isAbort(error)) return;
      // What the stream would go on with is deleted: begin again.
      if (error instanceof ApiError && error.code === 'OUT_OF_RANGE') {
        this.reload();
        return this.#follow(stop);
      }
      this.#onLive('failed', error);
    }
  }

  /** @param {Row} row */
  #receive(row) {
    if (this.#waiting.size >= MOST_WAITING) this.#overflown = true;
    else this.#waiting.set(this.#source.key(row), row);
    this.#drawSoon();
  }

  #drawSoon() {
    const isNothing = this.#waiting.size === 0 && !this.#overflown;
    if (document.hidden || this.#isLoading || isNothing || this.#timer !== null) return;
    this.#timer = setTimeout(() => this.#draw(), DRAW_MS);
  }

  #draw() {
    this.#timer = null;
    if (this.#signal.aborted || document.hidden || this.#isLoading) return;
    if (this.#overflown) return this.reload();
    const known = this.#knownKeys();
    const fresh = [];
    for (const [key, row] of this.#waiting) {
      const isMatch = this.#source.matches(row);
      if (known.has(key)) isMatch ? this.#table.update(key, row) : this.#table.remove(key);
      else if (isMatch) fresh.push(row);
    }
    this.#waiting.clear();
    this.#insert(fresh);
  }

  /**
   * Puts rows that are not in the table where they belong.
   * @param {Row[]} fresh
   */
  #insert(fresh) {
    const rows = this.#table.rows();
    const last = rows.at(-1);
    // What is older than the last row comes with its page.
    const wanted = this.#done || !last ? fresh : fresh.filter((row) => this.#isNewer(row, last));
    if (wanted.length === 0) return;
    this.#sort(wanted);
    const isAhead = rows.length === 0 || this.#isNewer(/** @type {Row} */ (wanted.at(-1)), rows[0]);
    if (isAhead) this.#table.prepend(wanted);
    else this.#table.setRows(this.#sort([...rows, ...wanted]), this.#done);
    if (rows.length + wanted.length <= MOST_ROWS) return;
    this.#done = true;
    this.#isTrimmed = true;
    this.#onFull(true);
    this.#table.setRows(this.#table.rows().slice(0, MOST_ROWS), true);
  }

  /**
   * @param {Row} one
   * @param {Row} other
   */
  #isNewer(one, other) {
    const { key, time } = this.#source;
    const difference = Date.parse(time(one)) - Date.parse(time(other));
    return difference === 0 ? key(one) > key(other) : difference > 0;
  }

  /**
   * Sorts in place, the newest first.
   * @param {Row[]} rows
   */
  #sort(rows) {
    return rows.sort((one, other) => (this.#isNewer(one, other) ? -1 : 1));
  }
}
