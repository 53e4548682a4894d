// A long list read in windows of 100: only those on the screen are read, and they follow what happens in the daemon.
// Rows change in place at once. A new order waits (`news`) while the pointer or the keyboard is in the list.
import { ApiError, call } from './api.js';
import { useEffect, useReducer, useRef } from './dom.js';
import { useDigest } from './live.js';

/** Rows of one window, and of one page of the server. */
export const WINDOW = 100;

/**
 * @template Row
 * @typedef {object} Windows
 * @property {number} total
 * @property {(index: number) => Row|undefined} row nothing while its window is read
 * @property {(first: number, last: number) => void} show reads the windows of these rows; `Grid` calls it
 * @property {() => void} reload reads the windows on the screen again, and takes their new order
 * @property {{total: number, counts?: import('./operations.js').ListCounts|null}|undefined} page the last answer without its rows: counts, totals
 * @property {ApiError|undefined} error
 * @property {boolean} isLoading nothing has been read yet
 * @property {number} news rows that have come since; `reload` shows them
 * @property {boolean} isMoved whether rows have another order since
 * @property {string} key the parameters; `Grid` goes to the first row when they change
 * @property {(busy: boolean) => void} hold whether the pointer or the keyboard is in the list
 */

/** @typedef {'list'|'audit'|'changes'|'entries'} PagedMethod */

/**
 * Reads `method` with `params`, `page` and `size`. When `params` change, all is read anew.
 * @template {PagedMethod} M
 * @template {import('./api.js').Answer<M>['items'][number]} [Row=import('./api.js').Answer<M>['items'][number]]
 * @param {M} method an operation that answers with a page
 * @param {import('./api.js').Request<M>|null} params nothing: do not call yet
 * @param {object} options
 * @param {(row: Row) => number} options.id
 * @param {(row: Row, digest: import('./live.js').Digest) => boolean} [options.isChanged] whether a digest concerns a row
 * @param {(digest: import('./live.js').Digest) => boolean} [options.isNews] whether a digest may change the order or the number
 * @param {(row: Row) => Promise<Row>} [options.one] reads one row again that has left its window
 * @returns {Windows<Row>}
 */
export function useWindows(method, params, { id, isChanged = () => false, isNews = () => true, one }) {
  const [, redraw] = useReducer((/** @type {number} */ n) => n + 1, 0);
  const ref = useRef(/** @type {List<Row>|null} */ (null));
  const list = ref.current ??= new List(() => redraw(undefined));
  list.method = method;
  list.id = id;
  list.one = one;
  const key = params ? JSON.stringify(params) : '';
  list.aim(key);
  list.view.key = key;
  useEffect(() => { list.readShown(true); }, [key]);
  useEffect(() => () => { list.isOver = true; window.clearTimeout(list.timer); }, []);
  useDigest((digest) => {
    if (digest.lost) list.later(true);
    else if (isNews(digest) || list.hasRow((row) => isChanged(row, digest))) list.later(false);
  });
  return list.view;
}

/** @template Row */
export class List {
  /** @param {() => void} redraw */
  constructor(redraw) {
    this.redraw = redraw;
    this.method = /** @type {PagedMethod} */ ('list');
    this.key = '';
    this.isOver = false;
    /** The parameters have changed: the windows are of other rows. */
    this.isStale = false;
    /** @type {(row: Row) => number} */
    this.id = () => 0;
    /** @type {((row: Row) => Promise<Row>)|undefined} */
    this.one = undefined;
    /** @type {Map<number, Row[]>} */
    this.windows = new Map();
    /** @type {Map<number, Promise<void>>} */
    this.reading = new Map();
    /** Windows that are read once more after the reading that is under way: its answer may be older than what is asked for. @type {Set<number>} */
    this.wanted = new Set();
    this.first = 0;
    this.last = WINDOW - 1;
    this.isHeld = false;
    this.timer = 0;
    /** When the last answer came, and how long it took. */
    this.at = 0;
    this.took = 0;
    this.isFull = false;
    /** @type {Windows<Row>} */
    this.view = {
      total: 0, page: undefined, error: undefined, isLoading: true, news: 0, isMoved: false, key: '',
      row: (index) => this.windows.get(Math.floor(index / WINDOW))?.[index % WINDOW],
      show: (first, last) => this.show(first, last),
      reload: () => { this.readShown(true); },
      hold: (busy) => {
        this.isHeld = busy;
        if (!busy && (this.view.news || this.view.isMoved)) this.readShown(true);
      },
    };
  }

  /** @param {string} key */
  aim(key) {
    if (key === this.key) return;
    this.key = key;
    this.reading.clear();
    this.wanted.clear();
    this.isStale = true;
    // `Grid` goes to the first row for other parameters.
    this.first = 0;
    this.last = WINDOW - 1;
  }

  /** @param {(row: Row) => boolean} test */
  hasRow(test) {
    for (const rows of this.shownWindows()) if (this.windows.get(rows)?.some(test)) return true;
    return false;
  }

  shownWindows() {
    const found = [];
    for (let at = Math.floor(this.first / WINDOW); at <= Math.floor(this.last / WINDOW); at += 1) found.push(at);
    return found;
  }

  /** @param {number} first @param {number} last */
  show(first, last) {
    this.first = first;
    this.last = Math.max(first, last);
    for (const at of this.shownWindows()) if (!this.windows.has(at)) void this.read(at, false);
    // Windows far from the screen are forgotten, so that a long scroll keeps little.
    if (this.windows.size > 30) {
      const middle = (first + last) / 2 / WINDOW;
      for (const at of [...this.windows.keys()].sort((a, b) => Math.abs(b - middle) - Math.abs(a - middle)).slice(0, 15)) this.windows.delete(at);
    }
  }

  /** @param {boolean} takesOrder */
  readShown(takesOrder) {
    if (!this.key) return;
    if (takesOrder) this.view = { ...this.view, news: 0, isMoved: false };
    for (const at of this.shownWindows()) void this.read(at, takesOrder);
  }

  /** Reads again what is on the screen, at most once a second, and less often when an answer takes long. @param {boolean} isFull */
  later(isFull) {
    this.isFull ||= isFull;
    if (this.timer) return;
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      const takesOrder = this.isFull || !this.isHeld;
      this.isFull = false;
      this.readShown(takesOrder);
    }, Math.max(0, this.at + Math.max(1000, 4 * this.took) - Date.now()));
  }

  /** @param {number} at @param {boolean} takesOrder @returns {Promise<void>} */
  read(at, takesOrder) {
    const known = this.reading.get(at);
    if (known) {
      if (takesOrder && this.windows.has(at) && !this.isStale) this.wanted.add(at);
      return known;
    }
    const key = this.key;
    const reading = this.fetch(at, takesOrder, key).catch((error) => {
      if (key === this.key && !this.isOver) {
        this.view = { ...this.view, error, isLoading: false };
        this.redraw();
      }
    }).finally(() => {
      if (this.reading.get(at) !== reading) return;
      this.reading.delete(at);
      if (this.wanted.delete(at) && !this.isOver) void this.read(at, true);
    });
    this.reading.set(at, reading);
    return reading;
  }

  /** @param {number} at @param {boolean} takesOrder @param {string} key */
  async fetch(at, takesOrder, key) {
    const begin = Date.now();
    const { items, ...page } = /** @type {{items: Row[], total: number}} */ (/** @type {unknown} */ (await call(this.method, { ...JSON.parse(key), page: at + 1, size: WINDOW })));
    if (key !== this.key || this.isOver) return;
    this.at = Date.now();
    this.took = this.at - begin;
    if (this.isStale) {
      this.isStale = false;
      this.windows.clear();
      takesOrder = true;
    }
    const shown = this.windows.get(at);
    let { news, isMoved } = this.view;
    if (takesOrder || !shown) {
      this.windows.set(at, items);
      // Other windows are of an older order: they are read again when they are on the screen.
      if (takesOrder) for (const other of [...this.windows.keys()]) if (!this.shownWindows().includes(other)) this.windows.delete(other);
    } else {
      const fresh = new Map(items.map((/** @type {Row} */ row) => [this.id(row), row]));
      this.windows.set(at, await Promise.all(shown.map(async (row) => fresh.get(this.id(row)) ?? await this.again(row))));
      if (key !== this.key || this.isOver) return;
      const known = new Set(shown.map((row) => this.id(row)));
      news = Math.max(page.total - this.view.total, items.filter((/** @type {Row} */ row) => !known.has(this.id(row))).length, 0);
      isMoved = page.total !== this.view.total || items.some((/** @type {Row} */ row, /** @type {number} */ i) => !shown[i] || this.id(shown[i]) !== this.id(row));
    }
    this.view = { ...this.view, total: takesOrder || !shown ? page.total : this.view.total, page, error: undefined, isLoading: false, news, isMoved };
    this.redraw();
    const last = Math.max(0, Math.min(this.last, this.view.total - 1));
    this.show(Math.min(this.first, last), last);
  }

  /** A row that has left its window, as it is now; a removed one stays until the new order is taken. @param {Row} row */
  async again(row) {
    try {
      return this.one ? await this.one(row) : row;
    } catch {
      return row;
    }
  }
}
