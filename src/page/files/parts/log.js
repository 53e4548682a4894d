// The log of an execution: rows of which only those on the screen are elements, with search, follow and wrap.
import { h, cx, Icon, useEffect, useLayoutEffect, useMemo, useRef, useState } from '../base/dom.js';
import { download } from '../base/api.js';
import { useKeys } from '../base/keys.js';
import { setQuery } from '../base/route.js';
import { useSetting } from '../base/store.js';
import { number, size, t } from '../base/words.js';
import { look, plain, spans } from './ansi.js';
import { copy } from './command.js';
import { Heights } from './heights.js';
import { Menu } from './menu.js';
import { address, Search } from './output.js';
import { attempt, toast } from './toast.js';

/** @typedef {import('./output.js').Line} Line */

/** The height of a row that does not wrap. */
const ROW = 20;
/** Rows above and below the screen. */
const MARGIN = 8;
/** Room beside the text: number, mark and edges, in px. */
const BESIDE = 112;

/**
 * @param {{log: import('./log-read.js').Log, line: string|null, exec_id: number}} props `line` is the address of a line that is shown
 */
export function LogView({ log, line, exec_id }) {
  const { output } = log;
  const [text, setText] = useState('');
  const [wanted, setWanted] = useState('');
  const [isOnly, setOnly] = useState(false);
  const [isWrapped, setWrapped] = useSetting('log.wrap', false);
  const [stream, setStream] = useState('');
  const [isFollowed, setFollowed] = useState(!line);
  const [hit, setHit] = useState(-1);
  // The row of the last hit that was gone to, counted from the first that ever was.
  const looked = useRef(-1);
  const field = useRef(/** @type {HTMLInputElement|null} */ (null));
  const view = useRef(/** @type {{show: (row: number) => void}|null} */ (null));
  const accepts = useMemo(() => (/** @type {Line} */ each) => !stream || each.stream === stream || each.mark !== undefined, [stream]);
  const search = useMemo(() => new Search(wanted), [wanted, accepts, output]);
  search.run(output, accepts);
  const hits = search.hits;
  // The rows that are shown, as places in `output.lines`; nothing: all.
  const places = useMemo(() => {
    if (isOnly && wanted) return hits.map((each) => each - output.dropped);
    if (!stream) return undefined;
    /** @type {number[]} */
    const found = [];
    output.lines.forEach((each, i) => { if (accepts(each)) found.push(i); });
    return found;
  }, [isOnly && wanted, stream, output, output.version, hits.length]);
  useEffect(() => {
    const timer = window.setTimeout(() => {
      setWanted(text.trim());
      setHit(-1);
      if (text.trim()) looked.current = -1;
    }, 150);
    return () => window.clearTimeout(timer);
  }, [text]);

  /** Shows a place in `output.lines`. @param {number} place */
  const show = (place) => {
    const row = places ? places.indexOf(place) : place;
    if (row >= 0) { setFollowed(false); view.current?.show(row); }
  };
  const step = (/** @type {1|-1} */ by) => {
    if (!hits.length) return;
    const next = hit < 0 ? (by > 0 ? 0 : hits.length - 1) : (hit + by + hits.length) % hits.length;
    setHit(next);
    looked.current = hits[next];
    show(hits[next] - output.dropped);
  };
  // The hit that a person has looked at stays on the screen when the search is cleared or only hits are shown.
  const filter = `${stream} ${isOnly && wanted}`;
  useEffect(() => { if (looked.current >= 0) show(looked.current - output.dropped); }, [filter]);
  const shownLine = useRef('');
  const target = line ? output.place(line) : -1;
  useEffect(() => {
    if (!line || target < 0 || shownLine.current === line) return;
    shownLine.current = line;
    show(target);
  }, [line, target >= 0]);
  const isLive = !log.isDone;
  useKeys([
    { key: '/', label: t('keys.search'), run: () => field.current?.focus() },
    { key: 'n', label: t('log.next'), run: () => step(1) },
    { key: 'N', label: t('log.previous'), run: () => step(-1) },
    { key: 'f', label: t('log.follow'), run: () => setFollowed(!isFollowed) },
    { key: 'w', label: t('log.wrap'), run: () => setWrapped(!isWrapped) },
  ]);
  const toggle = (/** @type {string} */ label, /** @type {boolean} */ isOn, /** @type {() => void} */ run, /** @type {string} */ key) => h('button', {
    type: 'button', class: 'button small', 'aria-pressed': isOn, title: `${label} (${key})`, onClick: run,
  }, label);
  const save = (/** @type {string} */ name) => void attempt(() => download(
    `/jobs/logs/download?exec_id=${exec_id}${name === 'stderr' ? '&stream=stderr' : ''}`, `${log.execution?.job_name ?? 'job'}-${exec_id}-${name}.log`));
  return h('section', { class: 'log card', 'aria-label': t('log') },
    h('div', { class: 'log-bar' },
      h('div', { class: 'search', role: 'search' }, h(Icon, { name: 'search' }),
        h('input', {
          ref: field, class: 'input', type: 'search', value: text, placeholder: t('log.search'), 'aria-label': t('log.search'), spellcheck: false, autocomplete: 'off',
          onInput: (/** @type {Event} */ event) => setText(/** @type {HTMLInputElement} */ (event.target).value),
          onKeyDown: (/** @type {KeyboardEvent} */ event) => {
            if (event.key === 'Enter') { event.preventDefault(); step(event.shiftKey ? -1 : 1); }
            if (event.key === 'Escape') { event.preventDefault(); setText(''); /** @type {HTMLElement} */ (event.target).blur(); }
          },
        })),
      wanted && h('span', { class: 'log-hits', role: 'status' }, hit >= 0 ? t('log.hit', { at: hit + 1, n: hits.length }) : t('log.hits', { n: hits.length })),
      wanted && h('span', { class: 'log-steps' },
        h('button', { type: 'button', class: 'button small bare', disabled: !hits.length, 'aria-label': t('log.previous'), title: `${t('log.previous')} (N)`, onClick: () => step(-1) }, h(Icon, { name: 'up' })),
        h('button', { type: 'button', class: 'button small bare', disabled: !hits.length, 'aria-label': t('log.next'), title: `${t('log.next')} (n)`, onClick: () => step(1) }, h(Icon, { name: 'down' })),
        h('button', { type: 'button', class: 'button small', 'aria-pressed': isOnly, onClick: () => setOnly(!isOnly) }, t('log.only'))),
      h('div', { class: 'log-tools' },
        h('select', {
          class: 'input', 'aria-label': t('log.streams'), value: stream,
          onChange: (/** @type {Event} */ event) => { setStream(/** @type {HTMLSelectElement} */ (event.target).value); setHit(-1); },
        }, h('option', { value: '' }, t('log.both')), h('option', { value: 'out' }, 'stdout'), h('option', { value: 'err' }, 'stderr')),
        toggle(t('log.wrap'), isWrapped, () => setWrapped(!isWrapped), 'w'),
        isLive && toggle(t('log.follow'), isFollowed, () => setFollowed(!isFollowed), 'f'),
        h(Menu, { label: t('log.download'), bare: true, entries: [{ label: 'stdout', run: () => save('stdout') }, { label: 'stderr', run: () => save('stderr') }] },
          h(Icon, { name: 'download' })))),
    output.dropped > 0 && h('p', { class: 'note warn' }, t('log.dropped', { n: output.dropped })),
    h(Rows, {
      key: exec_id, output, places, isWrapped, isFollowed: isLive && isFollowed, onFollow: setFollowed, isLive, wanted, target,
      hit: hit >= 0 ? hits[hit] - output.dropped : -1, view, filter,
    }),
    output.lines.length === 0 && h('p', { class: 'log-none faint' }, isLive ? t('log.waits') : t('log.none')),
    h('p', { class: 'log-foot faint' }, t('log.lines', { n: output.counts.out + output.counts.err }),
      isLive && !isFollowed && h('button', { type: 'button', class: 'link', onClick: () => setFollowed(true) }, t('log.end'))));
}

/** @param {Line} line @param {number} columns */
function rowsOf(line, columns) {
  let text = plain(line.text);
  if (/[^\u0000-\u2e7f]/.test(text)) text = text.replace(/[\u2e80-\uffee]/g, '00');
  return Math.max(1, Math.ceil(text.length / columns));
}

/**
 * @param {{output: import('./output.js').Output, places: number[]|undefined, isWrapped: boolean, isFollowed: boolean, isLive: boolean,
 *   onFollow: (follow: boolean) => void, wanted: string, hit: number, target: number, view: {current: any}, filter: string}} props
 */
function Rows({ output, places, isWrapped, isFollowed, isLive, onFollow, wanted, hit, target, view, filter }) {
  const box = useRef(/** @type {HTMLDivElement|null} */ (null));
  const probe = useRef(/** @type {HTMLSpanElement|null} */ (null));
  const inner = useRef(/** @type {HTMLDivElement|null} */ (null));
  const [at, setAt] = useState({ top: 0, height: 400, width: 800, letter: 7.8 });
  const [, setMeasured] = useState(0);
  const { lines } = output;
  const count = places ? places.length : lines.length;
  const place = (/** @type {number} */ row) => (places ? places[row] : row);
  const columns = Math.max(10, Math.floor((at.width - BESIDE) / at.letter));
  const source = useRef({ lines, places });
  source.current = { lines, places };
  const heights = useMemo(() => isWrapped && new Heights((row) => {
    const line = source.current.lines[source.current.places ? source.current.places[row] : row];
    return ROW * (line ? rowsOf(line, columns) : 1);
  }), [isWrapped, columns, filter, output.dropped, output]);
  if (heights) heights.grow(count);
  const top = (/** @type {number} */ row) => (heights ? heights.top(row) : row * ROW);
  const total = heights ? heights.total : count * ROW;
  const from = heights ? heights.at(at.top) : Math.floor(at.top / ROW);
  const to = heights ? heights.at(at.top + at.height) : Math.ceil((at.top + at.height) / ROW);
  const first = Math.max(0, Math.min(count - 1, from) - MARGIN);
  const last = Math.min(count - 1, to + MARGIN);

  useLayoutEffect(() => {
    const element = /** @type {HTMLDivElement} */ (box.current);
    const measure = () => setAt({
      top: element.scrollTop, height: element.clientHeight, width: element.clientWidth,
      letter: (probe.current?.getBoundingClientRect().width ?? 780) / 100 || 7.8,
    });
    const watcher = new ResizeObserver(measure);
    watcher.observe(element);
    measure();
    return () => watcher.disconnect();
  }, []);
  view.current = {
    show: (/** @type {number} */ row) => {
      const element = /** @type {HTMLDivElement} */ (box.current);
      const y = top(row);
      if (y < element.scrollTop || y + ROW > element.scrollTop + element.clientHeight) element.scrollTop = Math.max(0, y - element.clientHeight / 3);
    },
  };
  // Rows that wrap get their true heights when they are drawn; what stands on the screen stays where it is.
  useLayoutEffect(() => {
    if (!heights) return;
    let above = 0;
    let changes = 0;
    for (const [i, element] of [.../** @type {HTMLElement} */ (inner.current).children].entries()) {
      const row = first + i;
      if (row >= heights.rows.length) break;
      const change = heights.set(row, /** @type {HTMLElement} */ (element).offsetHeight);
      if (change) changes += 1;
      if (row < from) above += change;
    }
    if (above && box.current && !isFollowed) box.current.scrollTop += above;
    if (changes) setMeasured((before) => before + 1);
  });
  useLayoutEffect(() => {
    if (isFollowed && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [isFollowed, total, at.height]);
  useLayoutEffect(() => {
    // Another choice of rows begins at its first, unless a line is looked at.
    if (box.current && !isFollowed && hit < 0 && target < 0) box.current.scrollTop = 0;
  }, [filter]);

  const drawn = useRef({ key: '', rows: new Map() });
  const key = `${wanted} ${output.dropped}`;
  if (drawn.current.key !== key) drawn.current = { key, rows: new Map() };
  const before = drawn.current.rows;
  const rows = new Map();
  for (let row = first; row <= last && count > 0; row += 1) {
    const i = place(row);
    const line = lines[i];
    if (!line) continue;
    const state = i === hit ? 'hit' : i === target ? 'target' : '';
    const known = before.get(i);
    rows.set(i, known && known.line === line && known.state === state ? known : { line, state, node: drawRow(i + output.dropped, line, state, wanted) });
  }
  drawn.current.rows = rows;
  return h('div', {
    class: cx('log-box', isWrapped && 'wrapped'), ref: box, tabIndex: 0, role: 'region', 'aria-label': t('log.text'),
    onScroll: (/** @type {Event} */ event) => {
      const element = /** @type {HTMLElement} */ (event.currentTarget);
      const isAtEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - ROW;
      // Going up lets go of the end; coming back to it follows again.
      if (isLive && element.scrollTop < at.top - 1 && !isAtEnd && isFollowed) onFollow(false);
      else if (isLive && isAtEnd && !isFollowed && element.scrollTop > at.top) onFollow(true);
      setAt({ ...at, top: element.scrollTop, height: element.clientHeight });
    },
  },
  h('span', { class: 'log-probe', ref: probe, 'aria-hidden': 'true' }, '0'.repeat(100)),
  h('div', { class: 'log-body', style: { height: `${total}px`, minWidth: isWrapped ? '0' : `calc(${output.widest}ch + ${BESIDE}px)` } },
    h('div', { class: 'log-rows', ref: inner, style: { transform: `translateY(${count ? top(first) : 0}px)` } }, [...rows.values()].map((each) => each.node))));
}

/** @param {number} key @param {Line} line @param {string} state @param {string} wanted */
function drawRow(key, line, state, wanted) {
  if (line.mark) {
    return h('div', { key, class: 'log-row log-gap' }, h('span', { class: 'log-n' }), h('span', { class: 'log-of' }, line.stream === 'err' ? 'err' : ''),
      h('span', null, t(line.mark === 'cut' ? 'log.cut' : 'log.lost', { size: size(line.bytes ?? 0) })));
  }
  return h('div', { key, class: cx('log-row', line.stream === 'err' && 'log-err', state && `log-${state}`) },
    line.n
      ? h('button', { type: 'button', class: 'log-n', tabIndex: -1, title: t('log.copy'), 'aria-label': t('log.copy.line', { line: address(line) }), onClick: () => void copyAddress(line) }, number(line.n))
      : h('span', { class: 'log-n', 'aria-hidden': 'true' }, '↪'),
    h('span', { class: 'log-of', title: line.stream === 'err' ? 'stderr' : undefined }, line.stream === 'err' ? 'err' : ''),
    h('span', { class: 'log-text' }, texts(line, wanted)));
}

/** @param {Line} line */
async function copyAddress(line) {
  setQuery({ line: address(line) });
  if (await copy(location.href)) toast(t('log.copied', { line: address(line) }));
}

/** The spans of a line, with hits marked. @param {Line} line @param {string} wanted */
function texts(line, wanted) {
  const all = spans(line.text, line.pen);
  const ranges = wanted ? found(all.map((span) => span.text).join(''), wanted.toLowerCase()) : [];
  /** @type {any[]} */
  const nodes = [];
  let at = 0;
  for (const { text, pen } of all) {
    const { class: name, style } = look(pen);
    for (const [from, to, isHit] of pieces(at, at + text.length, ranges)) {
      const part = text.slice(from - at, to - at);
      const inside = name || style ? h('span', { class: name, style }, part) : part;
      nodes.push(isHit ? h('mark', null, inside) : inside);
    }
    at += text.length;
  }
  return nodes;
}

/** @param {string} text @param {string} wanted in lower case @returns {[number, number][]} */
function found(text, wanted) {
  const low = text.toLowerCase();
  // Some letters have another length in lower case: the places would be wrong.
  if (low.length !== text.length) return [];
  /** @type {[number, number][]} */
  const all = [];
  for (let i = low.indexOf(wanted); i >= 0 && all.length < 200; i = low.indexOf(wanted, i + wanted.length)) all.push([i, i + wanted.length]);
  return all;
}

/** Cuts from..to at the borders of ranges. @param {number} from @param {number} to @param {[number, number][]} ranges @returns {[number, number, boolean][]} */
function pieces(from, to, ranges) {
  /** @type {[number, number, boolean][]} */
  const all = [];
  let at = from;
  for (const [begin, end] of ranges) {
    if (end <= at || begin >= to) continue;
    if (begin > at) all.push([at, begin, false]);
    all.push([Math.max(at, begin), Math.min(to, end), true]);
    at = Math.min(to, end);
  }
  if (at < to) all.push([at, to, false]);
  return all;
}
