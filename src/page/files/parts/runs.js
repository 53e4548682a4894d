// Executions as a table: the newest first, older ones are read as one scrolls. New ones wait while the pointer is in the table.
import { h, useEffect, useRef, useState } from '../base/dom.js';
import { call } from '../base/api.js';
import { useQuery } from '../base/live.js';
import { href } from '../base/route.js';
import { number, t, word } from '../base/words.js';
import { StatusMark } from './status.js';
import { attempt } from './toast.js';
import { At, Elapsed, Took } from './when.js';

/** Executions of one answer. */
const PART = 100;

/**
 * Executions by `history`, as a list for `Grid`.
 * @param {object|null} params of `history`, without `limit`
 * @param {{when?: (digest: import('../base/live.js').Digest) => boolean}} [options]
 * @returns {import('../base/windows.js').Windows<import('../base/operations.js').Execution> & {rows: import('../base/operations.js').Execution[]}}
 */
export function useHistory(params, options) {
  const key = JSON.stringify(params);
  const head = useQuery('history', params && { ...params, output: false, limit: PART }, options);
  const [shown, setShown] = useState({ key, rows: /** @type {import('../base/operations.js').Execution[]} */ ([]), waiting: /** @type {import('../base/operations.js').Execution[]} */ ([]), isDone: false, isRead: false });
  const isBusy = useRef(false);
  const isHeld = useRef(false);
  const own = shown.key === key ? shown : { key, rows: [], waiting: [], isDone: false, isRead: false };
  useEffect(() => {
    const fresh = head.data;
    if (!fresh || head.isOld) return;
    setShown((before) => {
      const rows = before.key === key ? before.rows : [];
      const known = new Set(rows.map((row) => row.exec_id));
      const isJoined = fresh.some((row) => known.has(row.exec_id));
      const isDone = fresh.length < PART;
      if (!isJoined) return { key, rows: fresh, waiting: [], isDone, isRead: true };
      const newer = new Map(fresh.map((row) => [row.exec_id, row]));
      const merged = [...fresh, ...rows.filter((row) => !newer.has(row.exec_id))];
      if (!isHeld.current) return { ...before, rows: merged, waiting: [] };
      return { ...before, rows: rows.map((row) => newer.get(row.exec_id) ?? row), waiting: merged };
    });
  }, [head.data]);
  const more = async () => {
    if (isBusy.current || own.isDone || !own.rows.length) return;
    isBusy.current = true;
    const before = own.rows[own.rows.length - 1].exec_id;
    const older = await attempt(() => call('history', { ...params, output: false, limit: PART, before }));
    isBusy.current = false;
    if (older) setShown((now) => (now.key === key ? { ...now, rows: [...now.rows, ...older.filter((row) => !now.rows.some((each) => each.exec_id === row.exec_id))], isDone: older.length < PART } : now));
  };
  const take = () => setShown((before) => (before.waiting.length ? { ...before, rows: before.waiting, waiting: [] } : before));
  const news = own.waiting.length ? own.waiting.length - own.rows.length : 0;
  return {
    rows: own.rows, total: own.rows.length, row: (index) => own.rows[index], page: undefined, error: head.error, isLoading: !own.isRead && !head.error,
    news, isMoved: news > 0, key, reload: () => { take(); head.reload(); },
    show: (_, last) => { if (last >= own.rows.length - 20) void more(); },
    hold: (busy) => { isHeld.current = busy; if (!busy) take(); },
  };
}

/** Why a run failed: its last line where that says more than the exit code. @param {{error?: string|null, why?: string|null}} run */
export const whyOf = (run) => run.why ?? run.error ?? '';

/** The time at which a run began or was due. @param {import('../base/operations.js').Execution} run */
const began = (run) => run.started_at ?? run.scheduled_at;

/**
 * The columns of a table of executions.
 * @param {{withJob: boolean, usual?: number|null}} options
 * @returns {import('./table.js').Column<import('../base/operations.js').Execution>[]}
 */
export const runColumns = ({ withJob, usual }) => [
  { key: 'status', head: t('runs.status'), width: '120px', phone: '108px', cell: (run) => h(StatusMark, { status: run.status }) },
  ...(withJob ? [{
    key: 'job', head: t('jobs.col.name'), width: 'minmax(120px, 2fr)',
    cell: (/** @type {import('../base/operations.js').Execution} */ run) => h('a', { class: 'name', href: href(['jobs', run.job_name]), tabIndex: -1, title: run.job_name }, run.job_name),
  }] : []),
  { key: 'exec', head: t('runs.exec'), width: '88px', phone: '56px', end: true, wide: withJob, cell: (run) => h('a', { href: href(['runs', run.exec_id]), tabIndex: -1 }, `#${run.exec_id}`) },
  { key: 'began', head: t('run.began'), width: '152px', phone: withJob ? '84px' : 'minmax(64px, 1fr)', cell: (run) => h(At, { at: began(run), seconds: true }) },
  { key: 'took', head: t('run.took'), width: '136px', phone: '80px', end: true, wide: withJob, cell: (run) => took(run, usual) },
  { key: 'source', head: t('run.source'), width: '88px', wide: true, cell: (run) => [word(`source.${run.source}`), run.count > 1 && ` ×${number(run.count)}`] },
  { key: 'why', head: t('runs.why'), width: 'minmax(120px, 2fr)', wide: true, cell: (run) => h('span', { class: 'soft', title: whyOf(run) }, whyOf(run)) },
];

/** @param {import('../base/operations.js').Execution} run @param {number|null|undefined} usual */
function took(run, usual) {
  if (run.status === 'running' && run.started_at) return h(Elapsed, { since: run.started_at, usual, bar: false });
  return run.duration_ms !== null && run.duration_ms !== undefined && h(Took, { ms: run.duration_ms, usual });
}
