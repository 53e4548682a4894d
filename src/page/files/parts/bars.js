// Bars over time: one per quarter of an hour, stacked by outcome. Dragging chooses a time; arrow keys and Enter do the same.
import { h, useEffect, useRef, useState } from '../base/dom.js';
import { moment, timeOfDay } from '../base/time.js';
import { t } from '../base/words.js';

/** @typedef {{at: string, success: number, failed: number, missed: number, other: number}} Quarter */

const PARTS = /** @type {const} */ ([['success', 'success'], ['other', 'quiet'], ['missed', 'missed'], ['failed', 'failed']]);

/** The least height of a part that is not 0, so that one failure among thousands of runs is seen. */
const LEAST = 3;

/**
 * Paths by tone of stacked bars in a box. The height is by the square root of the number: a night with 40 runs shows beside an hour with 4,000.
 * @param {Quarter[]} quarters
 * @param {number} width
 * @param {number} height
 */
export function barPaths(quarters, width, height) {
  const most = Math.max(1, ...quarters.map(total));
  const step = width / Math.max(1, quarters.length);
  const bar = Math.max(1, step - (step > 5 ? 2 : step > 3 ? 1 : 0.5));
  /** @type {Record<string, string>} */
  const paths = {};
  quarters.forEach((quarter, i) => {
    const all = total(quarter);
    if (!all) return;
    const tall = Math.max(LEAST, Math.sqrt(all / most) * height);
    let y = height;
    const bad = PARTS.slice(2).filter(([part]) => quarter[part] > 0).length;
    for (const [part, name] of PARTS) {
      if (!quarter[part]) continue;
      const share = (quarter[part] / all) * tall;
      const isBad = part === 'failed' || part === 'missed';
      let part_height = isBad ? Math.max(LEAST, share) : Math.min(share, Math.max(1, tall - bad * LEAST));
      part_height = Math.min(part_height, y);
      y -= part_height;
      const x = i * step;
      paths[name] = `${paths[name] ?? ''}M${round(x)} ${round(y)}h${round(bar)}v${round(part_height)}h-${round(bar)}z`;
    }
  });
  return paths;
}

/** @param {number} value */
const round = (value) => Math.round(value * 10) / 10;

/** @param {Quarter} quarter */
const total = (quarter) => quarter.success + quarter.failed + quarter.missed + quarter.other;

/** @param {Quarter[]} quarters @param {number} from @param {number} to places, both included */
function words(quarters, from, to) {
  const part = quarters.slice(from, to + 1);
  const sum = (/** @type {'failed'|'missed'} */ name) => part.reduce((all, quarter) => all + quarter[name], 0);
  const all = part.reduce((sum_, quarter) => sum_ + total(quarter), 0);
  const end = new Date(quarters[to].at).getTime() + 900_000;
  const times = `${moment(quarters[from].at)}–${timeOfDay(end)}`;
  const [failed, missed] = [sum('failed'), sum('missed')];
  return [t('bars.runs', { times, n: all }), failed ? t('bars.failed', { n: failed }) : '', missed ? t('bars.missed', { n: missed }) : '']
    .filter(Boolean).join(t('list.comma'));
}

/**
 * @param {{quarters: Quarter[], height?: number, label: string, onPick: (from: string, until: string) => void}} props
 */
export function Bars({ quarters, height = 72, label, onPick }) {
  const box = useRef(/** @type {HTMLDivElement|null} */ (null));
  const [width, setWidth] = useState(800);
  const [at, setAt] = useState(/** @type {{from: number, to: number, drag: boolean}|null} */ (null));
  useEffect(() => {
    const watcher = new ResizeObserver(([entry]) => setWidth(Math.max(100, Math.floor(entry.contentRect.width))));
    if (box.current) watcher.observe(box.current);
    return () => watcher.disconnect();
  }, []);
  const count = quarters.length;
  const step = width / Math.max(1, count);
  const paths = barPaths(quarters, width, height);
  const place = (/** @type {PointerEvent} */ event) => {
    const left = /** @type {HTMLElement} */ (box.current).getBoundingClientRect().left;
    return Math.max(0, Math.min(count - 1, Math.floor((event.clientX - left) / step)));
  };
  const pick = (/** @type {number} */ a, /** @type {number} */ b) => {
    const [from, to] = a < b ? [a, b] : [b, a];
    onPick(quarters[from].at, new Date(new Date(quarters[to].at).getTime() + 900_000).toISOString());
  };
  const [from, to] = at ? [Math.min(at.from, at.to), Math.max(at.from, at.to)] : [0, -1];
  // A label about each sixth of the width, at full hours.
  const each = Math.max(1, Math.ceil(count / Math.max(2, Math.floor(width / 130)) / 4) * 4);
  const offset = quarters.findIndex((quarter) => /:00$/.test(timeOfDay(quarter.at)));
  const marks = quarters.map((quarter, i) => ({ quarter, i })).filter(({ i }) => offset >= 0 && i >= offset && (i - offset) % each === 0 && i * step < width - 34);
  return h('div', { class: 'bars' },
    h('div', {
      class: 'bars-box', ref: box, tabIndex: 0, role: 'slider', 'aria-label': label, 'aria-valuemin': 0, 'aria-valuemax': Math.max(0, count - 1),
      'aria-valuenow': at ? at.to : 0, 'aria-valuetext': at && count ? words(quarters, from, to) : label,
      onPointerDown: (/** @type {PointerEvent} */ event) => {
        if (event.button !== 0) return;
        /** @type {HTMLElement} */ (event.currentTarget).setPointerCapture(event.pointerId);
        setAt({ from: place(event), to: place(event), drag: true });
      },
      onPointerMove: (/** @type {PointerEvent} */ event) => setAt((before) => {
        const to_ = place(event);
        return before?.drag ? { ...before, to: to_ } : { from: to_, to: to_, drag: false };
      }),
      onPointerUp: () => { if (at?.drag) { setAt(null); pick(at.from, at.to); } },
      onPointerLeave: () => setAt((before) => (before?.drag ? before : null)),
      onBlur: () => setAt(null),
      onKeyDown: (/** @type {KeyboardEvent} */ event) => {
        const move = { ArrowLeft: -1, ArrowRight: 1, Home: -count, End: count }[event.key];
        if (move) {
          event.preventDefault();
          const to_ = Math.max(0, Math.min(count - 1, (at ? at.to : count) + move));
          setAt({ from: event.shiftKey && at ? at.from : to_, to: to_, drag: false });
        } else if (event.key === 'Enter' && at) {
          event.preventDefault();
          event.stopPropagation();
          pick(at.from, at.to);
        } else if (event.key === 'Escape') setAt(null);
      },
    },
    h('svg', { width, height, viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true' },
      at && h('rect', { class: 'bars-range', x: from * step, y: 0, width: (to - from + 1) * step, height }),
      Object.keys(paths).map((name) => h('path', { key: name, class: `fill-${name}`, d: paths[name] })),
      h('path', { class: 'rule', d: `M0 ${height - 0.5}H${width}` }))),
    h('div', { class: 'bars-marks', 'aria-hidden': 'true' },
      marks.map(({ quarter, i }) => h('span', { key: i, style: { left: `${i * step}px` } }, timeOfDay(quarter.at)))),
    h('p', { class: 'bars-words faint', 'aria-hidden': 'true' }, at && count ? words(quarters, from, to) : label));
}
