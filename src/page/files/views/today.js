// Today: what happened since the last visit in one sentence, what fails, what runs, what comes, what was changed.
import { h, useMemo } from '../base/dom.js';
import { useQuery } from '../base/live.js';
import { useTitle } from '../base/look.js';
import { go, href } from '../base/route.js';
import { may } from '../base/session.js';
import { useSetting } from '../base/store.js';
import { useNow } from '../base/time.js';
import { number, t, word } from '../base/words.js';
import { Bars } from '../parts/bars.js';
import { Chips } from '../parts/chips.js';
import { command, CommandLine } from '../parts/command.js';
import { StatusMark } from '../parts/status.js';
import { Strip } from '../parts/strip.js';
import { Refusal } from '../parts/toast.js';
import { Ago, At, Elapsed } from '../parts/when.js';
import { Schedule } from '../parts/schedule.js';
import { Beginning } from './beginning.js';
import { Sentence, useVisit } from './sentence.js';

/** How many of a kind are shown. */
const MOST = 10;

/** @param {import('../base/views.js').ViewProps} props */
export default function Today({ query }) {
  useTitle(t('nav.today'));
  const visit = useVisit();
  const [span, setSpan] = useSetting('today.span', 'visit');
  const since = query.get('since') ?? (span === 'visit' ? visit : span === 'evening' ? undefined : span);
  const every = { every: 3000 };
  const bars = { quarters_since: '24h ago' };
  const summary = useQuery('summary', since ? { since, ...bars } : bars, every);
  const failing = useQuery('list', { only: 'failing', sort: 'ended', desc: true, strip: 30, page: 1, size: MOST }, every);
  const running = useQuery('list', { only: 'running', page: 1, size: MOST }, every);
  const coming = useQuery('list', { sort: 'next', strip: 30, page: 1, size: MOST, counts: true }, every);
  const total = coming.data?.counts?.all ?? coming.data?.total;
  if (total === 0) return h(Beginning, null);
  const error = summary.error ?? coming.error;
  const isSmall = total !== undefined && total <= MOST;
  return h('div', { class: 'view today' },
    error && h(Refusal, { error, retry: () => { summary.reload(); coming.reload(); } }),
    h('section', { 'aria-label': t('today.sentence') },
      summary.data ? h(Sentence, { summary: summary.data, isVisit: !query.has('since') && span === 'visit' && visit !== undefined }) : h('p', { class: 'sentence faint' }, t('loading')),
      h(Chips, {
        label: t('today.since'), value: query.get('since') ?? span,
        chips: [
          { key: 'visit', label: t('today.span.visit') }, { key: 'evening', label: t('today.span.evening') },
          { key: '24h ago', label: t('today.span.day') }, { key: '7d ago', label: t('today.span.week') },
        ],
        onPick: (key) => { setSpan(key); if (query.has('since')) go([]); },
      })),
    h('section', { class: 'card', 'aria-labelledby': 'today-bars' },
      h('header', null, h('h2', { id: 'today-bars' }, t('today.day')), h('span', { class: 'end' }, h(Legend, null))),
      h(Bars, {
        quarters: summary.data?.quarters ?? [], label: t('today.drag'),
        onPick: (from, until) => go(['runs'], { since: from, until }),
      })),
    h('div', { class: 'cards' },
      h(Card, { title: t('today.failing'), total: failing.data?.total, href: '#/jobs?failing', none: t('today.failing.none') },
        failing.data?.items.map((job) => h(FailingRow, { key: job.id, job }))),
      h(Card, { title: t('today.running'), total: running.data?.total, href: '#/jobs?running', none: t('today.running.none') },
        running.data?.items.map((job) => h(RunningRow, { key: job.id, job }))),
      h(Card, { title: isSmall ? t('today.all') : t('today.coming'), total, isPart: !isSmall, href: '#/jobs', none: '' },
        coming.data?.items.filter((job) => isSmall || job.next_run).map((job) => h(ComingRow, { key: job.id, job, strip: isSmall }))),
      may('admin') && h(Changes, null)),
    h(CommandLine, { text: command('jobs', 'summary', ['--since', since]) }));
}

/** @param {{title: string, total: number|undefined, href: string, none: string, isPart?: boolean, children?: any}} props `isPart`: the total says nothing */
function Card({ title, total, href: to, none, isPart = false, children }) {
  const shown = Array.isArray(children) ? children.length : 0;
  return h('section', { class: 'card', 'aria-label': title },
    h('header', null, h('h2', null, h('a', { href: to }, title)), total !== undefined && !isPart && h('span', { class: 'faint' }, number(total))),
    total === undefined ? h('p', { class: 'faint' }, t('loading')) : shown === 0 && h('p', { class: 'faint' }, none),
    h('ul', { class: 'lines' }, children),
    total !== undefined && !isPart && shown > 0 && total > shown && h('p', { class: 'more' }, h('a', { href: to }, t('and.more', { n: total - shown }))));
}

/** @param {{job: import('../base/operations.js').JobView}} props */
const JobLink = ({ job }) => h('a', { class: 'name cut', href: href(['jobs', job.name]), title: job.name }, job.name);

/** @param {{job: import('../base/operations.js').JobView}} props */
function FailingRow({ job }) {
  const { last, streak = 0 } = job;
  if (!last) return null;
  return h('li', { class: 'line failing-line' },
    h(StatusMark, { status: last.status, bare: true }),
    h(JobLink, { job }),
    h('a', { class: 'cut soft', href: href(['runs', last.exec_id]), title: [last.error, last.why].filter(Boolean).join('\n') }, failure(last)),
    h(Strip, { runs: job.strip, usual: job.usual_ms, onPick: (run) => go(['runs', run.exec_id]) }),
    h('span', { class: 'end cut' }, streak > 1 ? t('today.streak', { n: streak }) : last.ended_at && h(Ago, { at: last.ended_at })));
}

/** Why a run failed, short. @param {import('../base/operations.js').LastExecution} last */
const failure = (last) => last.why ?? last.error ?? (last.exit_code ? t('exit.code', { code: String(last.exit_code) }) : word(`status.${last.status}`));

/** @param {{job: import('../base/operations.js').JobView}} props */
function RunningRow({ job }) {
  return h('li', { class: 'line running-line' },
    h(StatusMark, { status: 'running', bare: true }),
    h(JobLink, { job }),
    job.running_since && h('a', { class: 'end', href: job.running_exec ? href(['runs', job.running_exec]) : href(['jobs', job.name]) },
      h(Elapsed, { since: job.running_since, usual: job.usual_ms })));
}

/** @param {{job: import('../base/operations.js').JobView, strip: boolean}} props */
function ComingRow({ job, strip }) {
  return h('li', { class: strip ? 'line small-line' : 'line coming-line' },
    strip && h(StatusMark, { status: job.running ? 'running' : job.last?.status ?? 'never', bare: true }),
    h(JobLink, { job }),
    strip ? h(Strip, { runs: job.strip, usual: job.usual_ms, onPick: (run) => go(['runs', run.exec_id]) }) : h(Schedule, { expr: job.cron_expr, timezone: job.timezone }),
    h('span', { class: 'end cut' }, job.next_run ? h(Ago, { at: job.next_run }) : h('span', { class: 'faint' }, job.state === 2 ? t('stopped') : t('today.ended'))));
}

/** Operations that change nothing but who is there. */
const VISITS = ['login', 'logout', 'page_link', 'page_enter', 'page_leave', 'session_rm'];

/** Who changed what; the audit is for admins. */
function Changes() {
  const { data } = useQuery('audit', { page: 1, size: 40, outcome: 'done' }, { when: (digest) => digest.jobs_changed, every: 3000 });
  const items = data?.items.filter((entry) => !VISITS.includes(entry.operation)).slice(0, 8) ?? [];
  useNow(60_000);
  return h(Card, { title: t('today.changes'), total: data && items.length, href: '#/system/audit', none: t('today.changes.none') },
    items.map((entry) => h('li', { key: entry.id, class: 'line change-line' },
      h('span', { class: 'cut' }, entry.who.replace(/^(account|user) /, '')),
      h('span', { class: 'cut soft' }, [entry.operation, entry.target].filter(Boolean).join(' · ')),
      h('span', { class: 'cut faint mono' }, difference(entry)),
      h('span', { class: 'end' }, h(At, { at: entry.at })))));
}

/** The values of a change; those of one job stand under its name. @param {unknown} values @returns {Record<string, unknown>} */
function fieldsOf(values) {
  if (typeof values !== 'object' || values === null) return {};
  const own = Object.values(values);
  return own.length === 1 && typeof own[0] === 'object' && own[0] !== null && !Array.isArray(own[0]) ? own[0] : { ...values };
}

/** The first field that a change concerns, before and after. @param {import('../base/operations.js').AuditEntry} entry */
export function difference({ before, after }) {
  const [was, is] = [fieldsOf(before), fieldsOf(after)];
  const names = Object.keys(is);
  const first = names.find((name) => JSON.stringify(was[name]) !== JSON.stringify(is[name]));
  if (!first) return '';
  const show = (/** @type {unknown} */ value) => (value === undefined || value === null ? '–' : typeof value === 'object' ? JSON.stringify(value) : String(value));
  return `${first} ${show(was[first])} → ${show(is[first])}${names.length > 1 ? ` +${names.length - 1}` : ''}`;
}

function Legend() {
  return useMemo(() => h('span', { class: 'legend faint' }, ['success', 'failed', 'missed'].map((status) => h('span', { key: status },
    h('svg', { width: 10, height: 10, 'aria-hidden': 'true' }, h('rect', { width: 10, height: 10, rx: 2, class: `fill-${status}` })), word(`status.${status}`)))), [t('nav.today')]);
}
