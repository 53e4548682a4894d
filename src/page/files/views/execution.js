// Execution: its facts, its command and its log, live while it runs.
import { h, Icon } from '../base/dom.js';
import { useKeys } from '../base/keys.js';
import { never, useQuery } from '../base/live.js';
import { useTitle } from '../base/look.js';
import { go, href } from '../base/route.js';
import { may } from '../base/session.js';
import { duration, format, now } from '../base/time.js';
import { number, size, t, word } from '../base/words.js';
import { cancelRun, runJob } from '../parts/actions.js';
import { plain } from '../parts/ansi.js';
import { command, CommandLine, CopyButton } from '../parts/command.js';
import { workParts } from '../parts/definition.js';
import { ask } from '../parts/dialog.js';
import { Compare } from '../parts/compare.js';
import { LogView } from '../parts/log.js';
import { Menu } from '../parts/menu.js';
import { useLog } from '../parts/log-read.js';
import { FAILURES, StatusMark } from '../parts/status.js';
import { Refusal } from '../parts/toast.js';
import { At, Elapsed, Took } from '../parts/when.js';

/** Signals with a name that operators know. */
const SIGNALS = /** @type {Record<number, string>} */ ({ 1: 'HUP', 2: 'INT', 3: 'QUIT', 4: 'ILL', 6: 'ABRT', 7: 'BUS', 8: 'FPE', 9: 'KILL', 11: 'SEGV', 13: 'PIPE', 14: 'ALRM', 15: 'TERM', 24: 'XCPU', 25: 'XFSZ' });

/** The exit code of a command in words. @param {number} code */
export function exitWords(code) {
  if (code === 126 || code === 127) return t(`exit.${code}`);
  const signal = code - 128;
  if (signal > 0 && signal < 65) return t('exit.signal', { code: String(code), signal: SIGNALS[signal] ? `SIG${SIGNALS[signal]}` : String(signal) });
  return t('exit.code', { code: String(code) });
}

/** How much later than due it began. @param {import('../base/operations.js').Execution} execution */
const lateBy = (execution) => Date.parse(execution.started_at ?? '') - Date.parse(execution.scheduled_at);

/** @param {import('../base/views.js').ViewProps} props */
export default function Execution({ params, query }) {
  const exec_id = Number(params.exec);
  const log = useLog(exec_id);
  const run = log.execution;
  const isRunning = run?.status === 'running';
  useTitle(run ? `${run.job_name} ${exec_id}` : String(exec_id));
  // A job that was removed has executions no more; one that was renamed is found by its number.
  const { data: job } = useQuery('show', run ? { job: run.job_id } : null, { when: (digest) => digest.jobs_changed });
  const { data: before } = useQuery('history', run && FAILURES.includes(run.status) ? { job: run.job_id, status: 'success', before: exec_id, limit: 1 } : null, { when: never });
  const { data: own } = useQuery('history', log.isDone && run && FAILURES.includes(run.status) ? { exec_id, limit: 1 } : null, { when: never });
  const isOperator = may('operator');
  const cancel = async () => {
    if (await ask({ title: t('run.cancel.title', { n: exec_id }), text: t('run.cancel.text'), action: t('run.cancel.action'), danger: true })) void cancelRun(exec_id);
  };
  const again = async () => {
    const ran = job && await runJob(job);
    if (ran && !ran.skipped) go(['runs', ran.exec_id]);
  };
  const canCancel = isOperator && run && (isRunning || run.status === 'queued');
  useKeys([
    ...(isOperator && job ? [{ key: 'r', label: t('run.again'), run: () => { void again(); } }] : []),
    ...(canCancel ? [{ key: 's', label: t('run.cancel'), run: () => { void cancel(); } }] : []),
    ...(run ? [{ key: 'u', label: t('run.job'), run: () => go(['jobs', job?.name ?? run.job_name]) }] : []),
  ]);
  if (!run) {
    return h('div', { class: 'view' }, h('h1', null, t('run.title', { n: exec_id })),
      log.error ? h(Refusal, { error: log.error }) : h('p', { class: 'faint' }, t('loading')));
  }
  const wanted = query.get('compare');
  const which = wanted === 'before' || wanted === 'success' ? wanted : undefined;
  const good = before?.[0];
  const errors = own?.[0] ? lastLines(own[0].stderr) : [];
  return h('div', { class: 'view fill execution' },
    h('div', { class: 'view-head' },
      h('h1', null, job ? h('a', { href: href(['jobs', job.name]) }, job.name) : run.job_name, h('span', { class: 'faint' }, ` #${exec_id}`)),
      h(StatusMark, { status: run.status }),
      isRunning && run.started_at && h(Elapsed, { since: run.started_at, usual: job?.usual_ms }),
      h('div', { class: 'actions' },
        log.isDone && h(Menu, {
          label: t('compare.menu'), entries: [
            { label: t('compare.with.before'), href: href(['runs', exec_id], { compare: 'before' }) },
            { label: t('compare.with.success'), href: href(['runs', exec_id], { compare: 'success' }) },
          ],
        }, t('compare.menu'), h(Icon, { name: 'down', size: 12 })),
        canCancel && h('button', { type: 'button', class: 'button danger', onClick: cancel }, h(Icon, { name: 'stop' }), t('run.cancel')),
        isOperator && job && h('button', { type: 'button', class: 'button', onClick: again }, h(Icon, { name: 'run' }), t('run.again')))),
    h('div', { class: 'execution-top' },
      h('section', { class: 'card', 'aria-label': t('run.facts') }, h(Facts, { run, job })),
      h('section', { class: 'card', 'aria-label': t('run.command') },
        h('header', null, h('h2', null, t('run.command')), h('span', { class: 'end' }, h(CopyButton, { text: run.command }))),
        h('pre', { class: 'run-command' }, workText(run.command)),
        (run.error || errors.length > 0) && FAILURES.includes(run.status) && h('div', { class: 'run-why' },
          h('h2', null, t('run.why')), run.error && h('p', { class: 'tone-failed' }, run.error),
          errors.length > 0 && h('pre', null, errors.join('\n'))),
        run.error && !FAILURES.includes(run.status) && h('p', { class: 'soft' }, run.error),
        good && h('p', { class: 'run-good' }, h(StatusMark, { status: 'success', bare: true }), ' ', t('run.good'), ' ',
          h('a', { href: href(['runs', good.exec_id]) }, h(At, { at: good.ended_at ?? good.scheduled_at }), typeof good.duration_ms === 'number' && ` · ${duration(good.duration_ms)}`)))),
    log.error && h(Refusal, { error: log.error }),
    which && log.isDone ? h(Compare, { run, which }) : h(LogView, { log, line: query.get('line'), exec_id }),
    h(CommandLine, { text: isRunning ? command('jobs', 'logs', '--exec', exec_id, '--follow') : command('jobs', 'logs', '--exec', exec_id) }));
}

/** The command first, then the other parts of the work, one a line. @param {string} text */
const workText = (text) => workParts(text).map(([name, value]) => (name === 'command' ? value : `${word(`job.work.${name}`)}: ${value.split('|||').join(' ')}`)).join('\n');

/** The last lines that say something. @param {string} text */
const lastLines = (text) => text.trimEnd().split('\n').slice(-5).map(plain).filter((line) => line.trim());

/** @param {{run: import('../base/operations.js').Execution, job: import('../base/operations.js').JobView|undefined}} props */
function Facts({ run, job }) {
  /** @type {[import('../base/words.js').Key, any][]} */
  const facts = [
    ['run.due', run.source !== 'manual' && h(At, { at: run.scheduled_at, seconds: true })],
    ['run.began', run.started_at && [h(At, { key: 'at', at: run.started_at, seconds: true }), lateBy(run) >= 1000 && run.source !== 'manual' && ` · ${t('run.late', { length: duration(lateBy(run)) })}`]],
    ['run.jitter', run.jitter_ms && duration(run.jitter_ms)],
    ['run.waits', run.waits_until && run.status === 'queued' && Date.parse(run.waits_until) > now() && h(At, { at: run.waits_until, seconds: true })],
    ['run.ended', run.ended_at && h(At, { at: run.ended_at, seconds: true })],
    ['run.took', run.duration_ms !== null && run.duration_ms !== undefined && [h(Took, { key: 'took', ms: run.duration_ms, usual: job?.usual_ms }), job?.usual_ms && h('span', { key: 'usual', class: 'faint' }, ` / ${t('when.usually', { length: duration(job.usual_ms) })}`)]],
    ['run.source', word(`source.${run.source}`)],
    ['run.exit', run.exit_code !== null && run.exit_code !== undefined && exitWords(run.exit_code)],
    ['run.count', run.count > 1 && number(run.count)],
    ['run.cpu', run.cpu_ms !== null && run.cpu_ms !== undefined && duration(run.cpu_ms)],
    ['run.memory', run.max_rss_bytes && size(run.max_rss_bytes)],
    ['run.attempts', run.attempts > 1 && number(run.attempts)],
    ['run.retry', run.retry_of && [t('run.retry.number', { n: run.retry_number }), ' ', h('a', { key: 'of', href: href(['runs', run.retry_of]) }, `#${run.retry_of}`)]],
    ['run.retries', run.retries_left > 0 && FAILURES.includes(run.status) && number(run.retries_left)],
    ['run.output', run.stdout_bytes + run.stderr_bytes > 0 && `${size(run.stdout_bytes)} stdout · ${size(run.stderr_bytes)} stderr`],
    ['run.day', format(run.scheduled_at, { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' })],
  ];
  return h('dl', { class: 'facts' }, facts.filter(([, value]) => value).map(([key, value]) => [h('dt', { key }, t(key)), h('dd', { key: `${key}=` }, value)]));
}
