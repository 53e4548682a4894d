// Runs on a line of time: a lane for each job, a bar for each run, as long as the run. The arrow keys go from bar to bar.
import { h, cx, useEffect, useReducer, useRef } from '../base/dom.js';
import { call } from '../base/api.js';
import { useQuery } from '../base/live.js';
import { href } from '../base/route.js';
import { duration, moment, now, timeOfDay, useNow } from '../base/time.js';
import { t } from '../base/words.js';
import { Sign, statusWord, STATUSES, tone } from './status.js';
import { attempt, Refusal } from './toast.js';

/** @typedef {import('../base/operations.js').Execution} Execution */
/**
 * `x` and `width` are parts of the whole, 0 to 1. `hasSign`: there is room for the sign of its status.
 * @typedef {{run: Execution, x: number, width: number, hasSign: boolean}} Bar
 */
/** @typedef {{id: number, name: string, bars: Bar[]}} Lane */

/** So many runs are shown, the newest; and so many lanes. */
const MOST_RUNS = 2000;
const MOST_LANES = 200;
/** The width of a sign, as a part of the whole. */
const SIGN = 0.015;
/** Executions of one answer. */
const PART = 500;

/**
 * The lanes of a time, those with the worst runs first. Bars are in the order of their beginnings.
 * @param {Execution[]} runs @param {number} from @param {number} until @param {number} present the end of what still runs
 * @returns {Lane[]}
 */
export function lanesOf(runs, from, until, present) {
  /** @type {Map<number, Lane & {worst: number}>} */
  const lanes = new Map();
  for (const run of runs) {
    const begin = Date.parse(run.started_at ?? run.scheduled_at);
    const end = run.ended_at && run.started_at ? Date.parse(run.ended_at) : run.status === 'running' ? present : begin;
    if (end < from || begin > until) continue;
    let lane = lanes.get(run.job_id);
    if (!lane) lanes.set(run.job_id, lane = { id: run.job_id, name: run.job_name, bars: [], worst: STATUSES.length });
    const x = Math.max(0, (begin - from) / (until - from));
    lane.bars.push({ run, x, width: Math.max(0, Math.min(1, (end - from) / (until - from)) - x), hasSign: false });
    lane.worst = Math.min(lane.worst, STATUSES.indexOf(run.status));
  }
  for (const lane of lanes.values()) {
    lane.bars.sort((a, b) => a.x - b.x || a.run.exec_id - b.run.exec_id);
    let last = -1;
    for (const bar of lane.bars) {
      bar.hasSign = bar.run.status !== 'success' && bar.run.status !== 'running' && bar.x - last > SIGN;
      if (bar.hasSign) last = bar.x;
    }
  }
  return [...lanes.values()].sort((a, b) => a.worst - b.worst || a.name.localeCompare(b.name));
}

const STEPS = [1, 5, 15, 30, 60, 180, 360, 720, 1440, 4320, 10080].map((minutes) => minutes * 60_000);

/** The times that are named below the lanes: at most `most`. @param {number} from @param {number} until @param {number} [most] */
export function marksOf(from, until, most = 8) {
  const step = STEPS.find((each) => (until - from) / each <= most) ?? (until - from);
  const marks = [];
  for (let at = Math.ceil(from / step) * step; at < until; at += step) marks.push(at);
  return marks;
}

/** @param {string|undefined} text a time of the address */
const exact = (text) => (text !== undefined && /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : undefined);

/**
 * @param {object} props
 * @param {Omit<import('../base/operations.js').HistoryRequest, 'since'|'until'>} props.filter
 * @param {string|undefined} props.since instead of `hours`
 * @param {string|undefined} props.until
 * @param {number} props.hours
 */
export function Timeline({ filter, since, until, hours }) {
  const present = useNow(10_000);
  // Only the daemon reads times such as "yesterday 18:00": its summary says which they are.
  const isSpoken = (since !== undefined && exact(since) === undefined) || (until !== undefined && exact(until) === undefined);
  const spoken = useQuery('summary', isSpoken ? { since, until } : null, { every: 60_000 });
  const to = exact(until) ?? exact(spoken.data && until ? spoken.data.until : undefined) ?? present;
  const from = exact(since) ?? exact(spoken.data && since ? spoken.data.since : undefined) ?? to - hours * 3_600_000;
  const { runs, isRead, error, reload } = useRuns({ ...filter, since: since ?? (until ? new Date(Math.floor(from / 1000) * 1000).toISOString() : `${hours}h ago`), until, output: false, limit: PART });
  const lanes = lanesOf(runs, from, to, present);
  const box = useRef(/** @type {HTMLElement|null} */ (null));
  if (spoken.error ?? error) return h(Refusal, { error: spoken.error ?? error, retry: () => { spoken.reload(); reload(); } });
  if (!isRead || (isSpoken && !spoken.data)) return h('p', { class: 'faint' }, t('loading'));
  if (!lanes.length) return h('p', { class: 'note' }, t('runs.none'));
  const span = to - from;
  const place = (/** @type {number} */ x) => `${(100 * x).toFixed(3)}%`;
  return h('section', { class: 'card timeline', 'aria-label': t('timeline.name', { from: moment(from), until: moment(to) }), ref: box, onKeyDown: (/** @type {KeyboardEvent} */ event) => step(event, box.current) },
    runs.length >= MOST_RUNS && h('p', { class: 'hint' }, t('timeline.most', { n: MOST_RUNS })),
    lanes.length > MOST_LANES && h('p', { class: 'hint' }, t('and.more', { n: lanes.length - MOST_LANES })),
    h('ul', { class: 'timeline-lanes' }, lanes.slice(0, MOST_LANES).map((lane, row) => h('li', { key: lane.id, class: 'timeline-lane' },
      h('a', { class: 'name cut', href: href(['jobs', lane.name]), title: lane.name }, lane.name),
      h('ul', { class: 'timeline-bars' }, lane.bars.map(({ run, x, width, hasSign }, i) => h('li', { key: run.exec_id },
        h('a', {
          class: cx('timeline-bar', `bar-${run.status}`, `tone-${tone(run.status)}`), style: { left: place(x), width: place(width) }, href: href(['runs', run.exec_id]),
          tabIndex: row === 0 && i === lane.bars.length - 1 ? 0 : -1, 'aria-label': words(run), title: words(run),
        }, hasSign && h(Sign, { status: run.status })))))))),
    h('div', { class: 'timeline-marks', 'aria-hidden': 'true' }, h('span', null), h('div', null,
      marksOf(from, to).map((at) => h('span', { key: at, style: { left: place((at - from) / span) } }, span > 2 * 86_400_000 ? moment(at) : timeOfDay(at))))),
    h('p', { class: 'hint' }, t('timeline.keys')));
}

/**
 * The newest executions and, read once, older ones up to the most.
 * @param {import('../base/operations.js').HistoryRequest} params
 */
function useRuns(params) {
  const key = JSON.stringify(params);
  const [, redraw] = useReducer((/** @type {number} */ n) => n + 1, 0);
  const known = useRef({ key: '', runs: /** @type {Map<number, Execution>} */ (new Map()), hasOlder: false });
  if (known.current.key !== key) known.current = { key, runs: new Map(), hasOlder: false };
  const own = known.current;
  const head = useQuery('history', params, { every: 3000 });
  const fresh = head.isOld ? undefined : head.data;
  for (const run of fresh ?? []) own.runs.set(run.exec_id, run);
  useEffect(() => {
    if (!fresh || own.hasOlder) return;
    own.hasOlder = true;
    void attempt(async () => {
      let part = fresh;
      while (part.length === PART && own.runs.size < MOST_RUNS && known.current === own) {
        part = await call('history', { ...params, before: part[PART - 1].exec_id });
        for (const run of part) own.runs.set(run.exec_id, run);
      }
      redraw(undefined);
    });
  }, [fresh]);
  return { runs: [...own.runs.values()], isRead: fresh !== undefined || own.runs.size > 0, error: head.error, reload: head.reload };
}

/** @param {Execution} run */
function words(run) {
  const ms = run.duration_ms ?? (run.status === 'running' && run.started_at ? now() - Date.parse(run.started_at) : undefined);
  return [run.job_name, statusWord(run.status), moment(run.started_at ?? run.scheduled_at, { seconds: true }), typeof ms === 'number' && duration(ms), `#${run.exec_id}`].filter(Boolean).join(' · ');
}

/** Moves the focus: left and right in a lane, up and down to the nearest bar of another. @param {KeyboardEvent} event @param {HTMLElement|null} box */
function step(event, box) {
  const present = event.target;
  if (!box || !(present instanceof HTMLElement) || !present.classList.contains('timeline-bar')) return;
  const lanes = [...box.querySelectorAll('.timeline-bars')].map((lane) => /** @type {HTMLElement[]} */ ([...lane.querySelectorAll('.timeline-bar')]));
  const row = lanes.findIndex((lane) => lane.includes(present));
  const lane = lanes[row];
  const at = lane.indexOf(present);
  const nearest = (/** @type {HTMLElement[]|undefined} */ other) => other?.reduce((best, bar) => (away(bar) < away(best) ? bar : best));
  const away = (/** @type {HTMLElement} */ bar) => Math.abs(bar.offsetLeft - present.offsetLeft);
  const next = { ArrowLeft: lane[at - 1], ArrowRight: lane[at + 1], ArrowUp: nearest(lanes[row - 1]), ArrowDown: nearest(lanes[row + 1]), Home: lane[0], End: lane.at(-1) }[event.key];
  if (!next) return;
  event.preventDefault();
  present.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}
