// Week: what comes, by the quarter of an hour, and what was, with what was missed. A darker cell has more starts.
import { h, useMemo } from '../base/dom.js';
import { useQuery } from '../base/live.js';
import { useTitle } from '../base/look.js';
import { go, href, setQuery } from '../base/route.js';
import { clock, duration, format, moment, now } from '../base/time.js';
import { use } from '../base/store.js';
import { number, t } from '../base/words.js';
import { Chips } from '../parts/chips.js';
import { CommandLine, command } from '../parts/command.js';
import { Refusal } from '../parts/toast.js';

const STEP = 900_000;
const PER_DAY = 96;

/** @typedef {{at: number, starts: number, bad: number, missed: number, most?: number}} Cell */

/** @param {import('../base/views.js').ViewProps} props */
export default function Week({ query }) {
  useTitle(t('nav.week'));
  use(clock);
  const isPast = query.has('past');
  const at = query.get('at') ?? undefined;
  const coming = useQuery('upcoming', isPast ? null : {}, { when: (digest) => digest.jobs_changed, every: 10_000 });
  const past = useQuery('summary', isPast ? { since: '7d ago' } : null, { every: 30_000 });
  const { error, reload } = isPast ? past : coming;
  const was = isPast ? past.data : undefined;
  const data = isPast ? undefined : coming.data;
  const rows = useMemo(() => days(was ? pastCells(was) : data ? comingCells(data) : []), [was, data]);
  const top = Math.max(1, ...rows.flatMap((row) => row.cells.map((cell) => cell?.starts ?? 0)));
  return h('div', { class: 'view' },
    h('div', { class: 'view-head' }, h('h1', null, t('nav.week')),
      h(Chips, { label: t('week.which'), value: isPast ? 'past' : 'coming', chips: [{ key: 'coming', label: t('week.coming') }, { key: 'past', label: t('week.past') }], onPick: (key) => setQuery({ past: key === 'past', at: null }) })),
    error && h(Refusal, { error, retry: reload }),
    was && h('p', { class: 'sentence' }, t('week.past.sentence', { n: number(was.total), missed: number(was.missed_total) })),
    data && h('p', { class: 'sentence' }, fullest(data)),
    h('section', { class: 'card week', 'aria-label': t('nav.week') },
      h('div', { class: 'week-hours', 'aria-hidden': 'true' }, [0, 3, 6, 9, 12, 15, 18, 21].map((hour) => h('span', { key: hour }, `${String(hour).padStart(2, '0')}:00`))),
      rows.map((row) => h('div', { key: row.label, class: 'week-day' },
        h('span', { class: 'week-label' }, row.label),
        h('div', { class: 'week-cells', role: 'group', 'aria-label': row.label }, row.cells.map((cell, index) => h(CellMark, { key: index, cell, top, isPast, isPicked: cell !== undefined && at !== undefined && Date.parse(at) === cell.at })))))),
    data && [
      data.frequent?.jobs > 0 && h('p', { key: 'frequent', class: 'faint' }, t('week.frequent', { n: data.frequent.jobs, starts: number(data.frequent.starts_per_hour) })),
      data.quiet?.length > 0 && h('p', { key: 'quiet', class: 'faint' }, t('week.quiet', { times: data.quiet.map((/** @type {string} */ quiet) => moment(quiet)).join(', ') })),
      data.overlaps?.length > 0 && h('section', { key: 'overlaps', class: 'card' },
        h('header', null, h('h2', null, t('week.overlaps'))),
        h('ul', { class: 'lines' }, data.overlaps.map((job) => h('li', { key: job.job_id, class: 'line' },
          h('a', { href: href(['jobs', job.job_name]) }, job.job_name), h('span', { class: 'end' }, t('week.overlap', { usual: duration(job.usual_ms), interval: duration(job.interval_ms) })))))),
    ],
    at && !isPast && h(Starts, { at }),
    h(CommandLine, { text: isPast ? command('jobs', 'summary', '--since', '7d ago') : command('jobs', 'week') }));
}

/** @param {{cell: Cell|undefined, top: number, isPast: boolean, isPicked: boolean}} props */
function CellMark({ cell, top, isPast, isPicked }) {
  if (!cell) return h('span', { class: 'week-cell none' });
  const level = cell.starts === 0 ? 0 : Math.max(1, Math.ceil((4 * Math.log(1 + cell.starts)) / Math.log(1 + top)));
  const words = t('week.cell', { time: moment(cell.at), n: cell.starts }) + (cell.bad ? `, ${t('bars.failed', { n: cell.bad })}` : '') + (cell.missed ? `, ${t('bars.missed', { n: cell.missed })}` : '');
  const tone = cell.missed ? ' missed' : cell.bad ? ' bad' : '';
  const open = () => (isPast
    ? go(['runs'], { since: new Date(cell.at).toISOString(), until: new Date(cell.at + STEP).toISOString() })
    : setQuery({ at: new Date(cell.at).toISOString() }));
  return h('button', { type: 'button', class: `week-cell level-${level}${tone}`, title: words, 'aria-label': words, 'aria-pressed': isPicked, tabIndex: cell.starts || cell.missed ? 0 : -1, onClick: open });
}

/** The starts within one quarter of an hour. @param {{at: string}} props */
function Starts({ at }) {
  const { data, error } = useQuery('upcoming', { at }, { when: (digest) => digest.jobs_changed, every: 10_000 });
  const more = (data?.names_total ?? 0) - (data?.names?.length ?? 0);
  return h('section', { class: 'card', 'aria-live': 'polite' },
    h('header', null, h('h2', null, t('week.starts', { time: moment(at) })), data && h('span', { class: 'faint' }, number(data.names_total ?? 0))),
    error && h(Refusal, { error }),
    h('ul', { class: 'lines' }, (data?.names ?? []).map((job, index) => h('li', { key: index, class: 'line' },
      h('time', { dateTime: job.at }, moment(job.at, { seconds: true })), h('a', { href: href(['jobs', job.job_name]) }, job.job_name),
      h('span', { class: 'end faint' }, job.usual_ms ? `~${duration(job.usual_ms)}` : '')))),
    more > 0 && h('p', { class: 'faint' }, t('and.more', { n: more })));
}

/** @param {import('../base/operations.js').StartsAhead} data @returns {Cell[]} */
function comingCells(data) {
  const from = Date.parse(data.from);
  return data.starts.map((/** @type {number} */ starts, /** @type {number} */ index) => ({ at: from + index * data.step_seconds * 1000, starts, bad: 0, missed: 0, most: data.at_once[index] }));
}

/** @param {import('../base/operations.js').DaySummary} data @returns {Cell[]} */
const pastCells = (data) => data.quarters.map((quarter) => ({
  at: Date.parse(quarter.at), starts: quarter.success + quarter.failed + quarter.other, bad: quarter.failed, missed: quarter.missed,
}));

/**
 * The cells by day, each at its place in the day of the daemon's zone.
 * @param {Cell[]} cells
 * @returns {{label: string, cells: (Cell|undefined)[]}[]}
 */
function days(cells) {
  /** @type {Map<string, (Cell|undefined)[]>} */
  const rows = new Map();
  for (const cell of cells) {
    const label = format(cell.at, { weekday: 'short', month: '2-digit', day: '2-digit' });
    const [hour, minute] = format(cell.at, { hour: '2-digit', minute: '2-digit' }).split(':').map(Number);
    const row = rows.get(label) ?? Array(PER_DAY).fill(undefined);
    const index = hour * 4 + Math.floor(minute / 15);
    const there = row[index];
    // The hour that comes twice when the clock is set back.
    row[index] = there ? { ...cell, at: there.at, starts: there.starts + cell.starts, bad: there.bad + cell.bad, missed: there.missed + cell.missed } : cell;
    rows.set(label, row);
  }
  return [...rows].map(([label, row]) => ({ label, cells: row })).slice(0, 8);
}

/** The fullest quarter of an hour in words. @param {import('../base/operations.js').StartsAhead} data */
const fullest = (data) => (data.fullest && data.fullest.starts > 0
  ? t('week.fullest', { time: moment(data.fullest.at), n: data.fullest.starts, most: data.fullest.at_once })
  : t('week.empty', { time: moment(now()) }));
