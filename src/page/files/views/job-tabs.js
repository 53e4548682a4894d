// The tabs of a job: runs, schedule, definition, changes.
import { h, useMemo, useState } from '../base/dom.js';
import { call } from '../base/api.js';
import { changed, never, useQuery } from '../base/live.js';
import { look } from '../base/look.js';
import { go } from '../base/route.js';
import { may } from '../base/session.js';
import { use } from '../base/store.js';
import { duration, fromNow, moment } from '../base/time.js';
import { language, t, word } from '../base/words.js';
import { addLine, overlapName } from '../parts/definition.js';
import { CopyButton } from '../parts/command.js';
import { ask } from '../parts/dialog.js';
import { Prose } from '../parts/prose.js';
import { runColumns, useHistory } from '../parts/runs.js';
import { Strip } from '../parts/strip.js';
import { Grid } from '../parts/table.js';
import { attempt, Refusal } from '../parts/toast.js';
import { At } from '../parts/when.js';

/** @param {{job: import('../base/operations.js').JobView}} props */
export function RunsTab({ job }) {
  const list = useHistory({ job: job.id }, { when: changed(job.id) });
  const present = use(language);
  const { rows } = use(look);
  const columns = useMemo(() => runColumns({ withJob: false, usual: job.usual_ms }), [present, job.usual_ms]);
  const bars = list.rows.slice(0, 100).reverse();
  if (list.error) return h(Refusal, { error: list.error, retry: list.reload });
  if (!list.isLoading && !list.total) return h('p', { class: 'note' }, t('job.runs.none'));
  return [
    bars.length > 1 && h('div', { key: 'bars', class: 'card run-bars' },
      h(Strip, { runs: bars, usual: job.usual_ms, count: Math.min(100, Math.max(40, bars.length)), height: 56, onPick: (run) => go(['runs', run.exec_id]) }),
      h('span', { class: 'faint hint' }, job.usual_ms ? t('job.bars.usual', { length: duration(job.usual_ms) }) : t('job.bars'))),
    list.isMoved && h('button', { key: 'news', type: 'button', class: 'button small news', onClick: list.reload }, t('jobs.news', { n: list.news })),
    h(Grid, { key: 'list', label: t('job.runs'), columns, list, compact: rows === 'compact', context: present, onOpen: (/** @type {import('../base/operations.js').Execution} */ run) => go(['runs', run.exec_id]) }),
  ];
}

/** @param {{job: import('../base/operations.js').JobView}} props */
export function ScheduleTab({ job }) {
  const lang = use(language);
  const { data, error, reload } = useQuery('explain', { expr: job.cron_expr, timezone: job.timezone ?? undefined, name: job.name, lang, runs: 20 }, { when: never });
  if (error) return h(Refusal, { error, retry: reload });
  if (!data) return h('p', { class: 'faint' }, t('loading'));
  return h('div', { class: 'cards' },
    h('section', { class: 'card', 'aria-label': t('job.schedule') },
      h('dl', { class: 'facts' },
        fact(t('job.words'), data.words), fact(t('job.expr'), h('code', null, job.cron_expr)),
        data.canonical !== job.cron_expr && fact(t('job.canonical'), h('code', null, data.canonical)),
        fact(t('job.zone'), data.timezone),
        job.jitter > 0 && fact(t('run.jitter'), duration(job.jitter * 1000)),
        job.start_at && fact(t('job.start'), h(At, { at: job.start_at })), job.end_at && fact(t('job.end'), h(At, { at: job.end_at }))),
      data.overlap && h('p', { class: 'note warn' }, t('job.overlaps', { usual: duration(data.overlap.usual_ms), interval: duration(data.overlap.interval_ms) })),
      data.warnings.map((/** @type {string} */ text) => h('p', { key: text, class: 'note warn' }, text))),
    h('section', { class: 'card', 'aria-label': t('job.coming') },
      h('header', null, h('h2', null, t('job.coming'))),
      data.next.length === 0 && h('p', { class: 'faint' }, t('today.ended')),
      h('ol', { class: 'lines' }, data.next.map((/** @type {string} */ at, /** @type {number} */ i) => h('li', { key: at, class: 'line next-line' },
        h(At, { at, seconds: true }), h('span', { class: 'faint' }, fromNow(at)), h('span', { class: 'tone-late' }, data.notes[i])))),
      job.cron_expr.startsWith('@every') && h('p', { class: 'hint' }, t('job.every'))));
}

/** @param {any} name @param {any} value */
const fact = (name, value) => [h('dt', { key: name }, name), h('dd', { key: `${name}=` }, value)];

/** @param {{job: import('../base/operations.js').JobView}} props */
export function DefinitionTab({ job }) {
  const line = addLine(job);
  return h('div', { class: 'cards' },
    h('section', { class: 'card', 'aria-label': t('job.definition') },
      h('dl', { class: 'facts' },
        fact(t('job.id'), String(job.id)), fact(t('jobs.col.mode'), word(`mode.${job.mode}`)),
        Object.entries(job.work ?? { command: job.command }).map(([name, value]) => fact(word(`job.work.${name}`), h('pre', null, Array.isArray(value) ? value.join('\n') : value))),
        fact(t('jobs.col.schedule'), h('code', null, job.cron_expr)), fact(t('job.zone'), job.timezone ?? t('job.zone.daemon')),
        fact(t('job.overlap'), word(`job.overlap.name.${overlapName(job.allow_mode)}`)), fact(t('job.catchup'), [job.catch_up, job.catch_up_window > 0 && ` · ${duration(job.catch_up_window * 1000)}`]),
        job.retries > 0 && fact(t('job.retries'), t('job.retries.words', { n: job.retries, delay: duration(job.retry_delay * 1000), factor: String(job.retry_backoff) })),
        job.jitter > 0 && fact(t('run.jitter'), duration(job.jitter * 1000)),
        job.max_run_count > 0 && fact(t('job.max'), String(job.max_run_count)),
        job.mailto && fact(t('job.mailto'), job.mailto), job.origin && fact(t('job.origin'), job.origin),
        job.tags && job.tags.length > 0 && fact(t('jobs.col.tags'), job.tags.join(' ')),
        fact(t('job.added'), h(At, { at: job.created_at })), fact(t('job.changed'), h(At, { at: job.updated_at })))),
    h('div', { class: 'stack' },
      h('section', { class: 'card', 'aria-label': t('job.line') },
        h('header', null, h('h2', null, t('job.line')), h('span', { class: 'end' }, h(CopyButton, { text: line }))),
        h('pre', null, line), line.includes('***') && h('p', { class: 'hint' }, h(Prose, { text: t('job.masked') }))),
      may('operator') && h(Environment, { job })));
}

/** @param {{job: import('../base/operations.js').JobView}} props */
function Environment({ job }) {
  const [isOpen, setOpen] = useState(false);
  const { data, error } = useQuery('env', isOpen && job.mode === 'command' ? { job: job.id } : null, { when: never });
  if (job.mode !== 'command') return null;
  return h('details', { class: 'card', onToggle: (/** @type {Event} */ event) => setOpen(/** @type {HTMLDetailsElement} */ (event.currentTarget).open) },
    h('summary', null, t('job.env')),
    error && h(Refusal, { error }),
    data && h('dl', { class: 'facts mono env' }, data.variables.map((/** @type {{name: string, value: string}} */ each) => fact(each.name, each.value))));
}

/** @param {{job: import('../base/operations.js').JobView}} props */
export function ChangesTab({ job }) {
  const [page, setPage] = useState(1);
  const { data, error, reload } = useQuery('changes', { job: job.id, page, size: 50 }, { when: (digest) => digest.jobs_changed });
  if (error) return h(Refusal, { error, retry: reload });
  if (!data) return h('p', { class: 'faint' }, t('loading'));
  if (!data.items.length) return h('p', { class: 'note' }, t('job.changes.none'));
  return h('div', { class: 'stack' },
    data.items.map((entry) => h(Change, { key: entry.id, job, entry, onDone: reload })),
    data.pages_total > 1 && h('div', { class: 'chips' },
      h('button', { type: 'button', class: 'button small', disabled: page <= 1, onClick: () => setPage(page - 1) }, t('job.newer')),
      h('button', { type: 'button', class: 'button small', disabled: page >= data.pages_total, onClick: () => setPage(page + 1) }, t('job.older'))));
}

/** Fields that follow from others, or count: they say nothing of what a person changed. */
const FOLLOWING = ['next_run', 'anchor_at', 'updated_at', 'created_at', 'id'];

/** The values of one job; a change lists them by the names of its jobs. @param {any} values @param {string[]} names */
function valuesOf(values, names) {
  if (!values || typeof values !== 'object') return {};
  const inner = names.map((name) => values[name]).find((each) => each && typeof each === 'object');
  const own = Object.values(values);
  return inner ?? (own.length === 1 && own[0] && typeof own[0] === 'object' && !Array.isArray(own[0]) ? own[0] : values);
}

/**
 * The fields of a change that differ.
 * @param {any} before @param {any} after @param {string[]} [names] of the job
 * @returns {{field: string, before: any, after: any}[]}
 */
export function differences(before, after, names = []) {
  const [a, b] = [valuesOf(before, names), valuesOf(after, names)];
  const isEmpty = (/** @type {any} */ value) => value === undefined || value === null || value === '';
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((field) => !FOLLOWING.includes(field) && JSON.stringify(a[field]) !== JSON.stringify(b[field]) && !(isEmpty(a[field]) && isEmpty(b[field])))
    .map((field) => ({ field, before: a[field], after: b[field] }));
}

/** @param {{job: import('../base/operations.js').JobView, entry: import('../base/operations.js').AuditEntry, onDone: () => void}} props */
function Change({ job, entry, onDone }) {
  const changes = differences(entry.before, entry.after, [job.name]);
  const canPutBack = entry.outcome === 'done' && Boolean(entry.before) && Boolean(entry.after) && changes.length > 0;
  const putBack = async () => {
    const would = await attempt(() => call('put_back', { job: job.id, change: entry.id, dry_run: true }));
    if (!would) return;
    const isMeant = await ask({
      title: t('job.back.title', { time: moment(entry.at) }), action: t('job.back'),
      more: h('div', null, would.changes?.length ? h(Diff, { changes: would.changes }) : h('p', null, t('job.back.none')), would.warnings.map((/** @type {string} */ text) => h('p', { key: text, class: 'note warn' }, text))),
    });
    if (isMeant && await attempt(() => call('put_back', { job: job.id, change: entry.id }), t('job.back.done'))) onDone();
  };
  return h('article', { class: 'card change' },
    h('header', null, h('h3', null, entry.operation), h('span', { class: 'soft' }, entry.who.replace(/^(account|user) /, '')), h('span', { class: 'faint' }, h(At, { at: entry.at })),
      entry.outcome !== 'done' && h('span', { class: 'tone-failed' }, word(`job.outcome.${entry.outcome}`)),
      canPutBack && h('button', { type: 'button', class: 'button small end', onClick: putBack }, t('job.back'))),
    entry.error && h('p', { class: 'tone-failed' }, entry.error),
    changes.length > 0 && h(Diff, { changes }));
}

/** @param {any} value */
const show = (value) => (value === undefined || value === null || value === '' ? '–' : typeof value === 'object' ? JSON.stringify(value) : String(value));

/** Values before and after, told apart by signs and not by colour alone. @param {{changes: {field: string, before: any, after: any}[]}} props */
const Diff = ({ changes }) => h('dl', { class: 'facts diff' }, changes.map(({ field, before, after }) => fact(field, [
  before !== undefined && h('div', { key: 'a', class: 'tone-failed' }, h('span', { 'aria-label': t('job.before') }, '− '), h('code', null, show(before))),
  h('div', { key: 'b', class: 'tone-success' }, h('span', { 'aria-label': t('job.after') }, '+ '), h('code', null, show(after))),
])));
