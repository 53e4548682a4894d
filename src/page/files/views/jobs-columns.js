// The columns of the list of jobs. A person chooses among them; the name is always there.
import { h } from '../base/dom.js';
import { href } from '../base/route.js';
import { number, t, word } from '../base/words.js';
import { StatusMark } from '../parts/status.js';
import { Strip } from '../parts/strip.js';
import { Schedule } from '../parts/schedule.js';
import { Ago, Elapsed, isSlow, Took } from '../parts/when.js';
import { stoppedWords } from '../parts/actions.js';
import { go } from '../base/route.js';

/** The columns that are there before a person chooses. */
export const DEFAULT_COLUMNS = ['last', 'schedule', 'strip', 'ended', 'took', 'next'];

/** @typedef {import('../parts/table.js').Column<import('../base/operations.js').JobView> & {head: import('../base/words.js').Key}} JobColumn */

/** @type {JobColumn[]} */
export const COLUMNS = [
  { key: 'last', head: 'jobs.col.last', width: '112px', phone: '16px', sort: 'last', cell: last },
  { key: 'name', head: 'jobs.col.name', width: 'minmax(120px, 2fr)', sort: 'name', cell: name },
  { key: 'tags', head: 'jobs.col.tags', width: 'minmax(80px, 1fr)', wide: true, cell: tags },
  { key: 'mode', head: 'jobs.col.mode', width: '76px', wide: true, cell: (job) => word(`mode.${job.mode}`) },
  { key: 'command', head: 'jobs.col.command', width: 'minmax(120px, 2fr)', wide: true, cell: (job) => h('code', { class: 'soft', title: job.command }, job.command) },
  { key: 'schedule', head: 'jobs.col.schedule', width: 'minmax(120px, 2fr)', wide: true, cell: (job) => h(Schedule, { expr: job.cron_expr, timezone: job.timezone }) },
  {
    key: 'strip', head: 'jobs.col.strip', width: '119px', wide: true, broad: true,
    cell: (job) => h(Strip, { runs: job.strip, usual: job.usual_ms, onPick: (run) => go(['runs', run.exec_id]) }),
  },
  { key: 'count', head: 'jobs.col.count', width: '72px', end: true, wide: true, cell: (job) => number(job.run_count) },
  { key: 'ended', head: 'jobs.col.ended', width: '112px', end: true, wide: true, broad: true, sort: 'ended', longest: true, cell: (job) => job.last?.ended_at && h(Ago, { at: job.last.ended_at }) },
  { key: 'took', head: 'jobs.col.took', width: '168px', end: true, wide: true, sort: 'took', longest: true, cell: took },
  { key: 'next', head: 'jobs.col.next', width: '120px', phone: '112px', end: true, sort: 'next', cell: next },
];

/** @param {import('../base/operations.js').JobView} job */
function last(job) {
  const status = job.running ? 'running' : job.queued ? 'queued' : job.last?.status ?? 'never';
  return h(StatusMark, { status });
}

/** @param {import('../base/operations.js').JobView} job */
function name(job) {
  return [
    h('a', { key: 'name', class: 'name', href: href(['jobs', job.name]), title: job.desc ? `${job.name}\n${job.desc}` : job.name, tabIndex: -1 }, job.name),
    job.streak !== undefined && job.streak > 1 && h('span', { key: 'streak', class: 'tone-failed streak' }, ` ${t('today.streak', { n: job.streak })}`),
    job.desc && h('span', { key: 'desc', class: 'faint desc' }, ` ${job.desc}`),
  ];
}

/** @param {import('../base/operations.js').JobView} job */
function tags(job) {
  return job.tags?.map((/** @type {string} */ tag) => h('a', { key: tag, class: 'tag', href: href(['jobs'], { tag }), tabIndex: -1 }, tag));
}

/** @param {import('../base/operations.js').JobView} job */
function took(job) {
  if (job.running_since) return h(Elapsed, { since: job.running_since, usual: job.usual_ms, bar: false });
  const ms = job.last?.duration_ms;
  return ms !== null && ms !== undefined && h('span', { class: isSlow(ms, job.usual_ms) ? 'tone-late' : undefined }, h(Took, { ms, usual: job.usual_ms }));
}

/** @param {import('../base/operations.js').JobView} job */
function next(job) {
  if (job.state === 2) return h('span', { class: 'faint' }, stoppedWords(job));
  if (!job.next_run) return h('span', { class: 'faint' }, t('today.ended'));
  return [
    job.skip_next > 0 && h('span', { key: 'skip', class: 'faint' }, `${t('jobs.skips', { n: job.skip_next })} · `),
    job.paused ? h('span', { key: 'paused', class: 'tone-late' }, t('jobs.paused')) : h(Ago, { key: 'next', at: job.next_run }),
  ];
}
