// Job: its state in a sentence, what an operator does to it, and its runs, schedule, definition and changes.
import { h, Icon, useRef, useState } from '../base/dom.js';
import { call } from '../base/api.js';
import { useCommands, useKeys } from '../base/keys.js';
import { useQuery } from '../base/live.js';
import { useTitle } from '../base/look.js';
import { go, href } from '../base/route.js';
import { may } from '../base/session.js';
import { duration, fromNow, full, moment, useNow } from '../base/time.js';
import { number, t, word } from '../base/words.js';
import { cancelRun, restartJob, runJob, skipJob, StopUntil, stopJob, stoppedWords } from '../parts/actions.js';
import { Tabs } from '../parts/chips.js';
import { command, CommandLine } from '../parts/command.js';
import { overlapName } from '../parts/definition.js';
import { ask } from '../parts/dialog.js';
import { Menu } from '../parts/menu.js';
import { useWords } from '../parts/schedule.js';
import { StatusMark } from '../parts/status.js';
import { attempt, Refusal } from '../parts/toast.js';
import { Elapsed } from '../parts/when.js';
import { ChangesTab, DefinitionTab, RunsTab, ScheduleTab } from './job-tabs.js';

const TABS = /** @type {const} */ (['runs', 'schedule', 'definition', 'changes']);

/** @param {import('../base/views.js').ViewProps} props */
export default function Job({ params, query }) {
  useTitle(params.job);
  const id = useRef(0);
  const { data: job, error, reload } = useQuery('show', { job: params.job, work: true }, {
    when: (digest) => digest.jobs_changed || digest.more || digest.changed.includes(id.current),
  });
  id.current = job?.id ?? 0;
  const isOperator = may('operator');
  const tabs = TABS.filter((tab) => tab !== 'changes' || isOperator);
  const tab = tabs.find((name) => name === query.get('tab')) ?? 'runs';
  const [isStopping, setStopping] = useState(false);
  const act = (/** @type {() => Promise<unknown>} */ work) => async () => { await work(); reload(); };
  const run = act(async () => { if (job && (job.running === 0 || await ask({ title: t('job.run.title', { name: job.name }), text: overlapWords(job), action: t('jobs.run') }))) await runJob(job); });
  const stop = act(async () => { if (job) await (job.state === 2 ? restartJob(job) : stopJob(job)); });
  const remove = async () => {
    if (job && await ask({ title: t('rm.title', { name: job.name }), text: t('rm.text'), action: t('rm.action'), danger: true, typed: job.name })
      && await attempt(() => call('rm', { jobs: [job.id] }), t('rm.done', { name: job.name }))) go(['jobs']);
  };
  const edit = () => { if (job) go(['jobs', job.name, 'edit']); };
  useKeys(isOperator && job ? [
    { key: 'r', label: t('keys.run'), run },
    { key: 's', label: t('keys.stop'), run: stop },
    { key: 'e', label: t('keys.edit'), run: edit },
  ] : []);
  useCommands(isOperator && job ? [
    { id: 'job.run', label: `${t('jobs.run')}: ${job.name}`, run },
    { id: 'job.edit', label: `${t('jobs.edit')}: ${job.name}`, run: edit },
  ] : []);
  if (!job) {
    return h('div', { class: 'view' }, h('h1', null, params.job), error ? h(Refusal, { error, retry: reload }) : h('p', { class: 'faint' }, t('loading')));
  }
  const isStopped = job.state === 2;
  const status = job.running ? 'running' : job.queued ? 'queued' : job.last?.status ?? 'never';
  return h('div', { class: tab === 'runs' ? 'view fill job' : 'view job' },
    h('div', { class: 'view-head' },
      h('h1', null, job.name),
      h(StatusMark, { status }),
      job.tags?.map((/** @type {string} */ tag) => h('a', { key: tag, class: 'tag', href: href(['jobs'], { tag }) }, tag)),
      isOperator && h('div', { class: 'actions' },
        h('button', { type: 'button', class: 'button primary', onClick: run, title: job.running ? overlapWords(job) : undefined }, h(Icon, { name: 'run' }), t('jobs.run')),
        isStopped
          ? h('button', { type: 'button', class: 'button', onClick: stop }, h(Icon, { name: 'check' }), t('jobs.start'))
          : h(Menu, {
            label: t('jobs.stop'), entries: [
              { label: t('job.stop.now'), run: stop }, { label: t('jobs.until'), run: () => setStopping(true) },
              ...(job.running_exec ? [{ label: t('jobs.cancel'), run: cancelRun.bind(undefined, job.running_exec) }] : []),
            ],
          }, h(Icon, { name: 'pause' }), t('jobs.stop'), h(Icon, { name: 'down', size: 12 })),
        h('a', { class: 'button', href: href(['jobs', job.name, 'edit']) }, h(Icon, { name: 'edit' }), t('jobs.edit')),
        h(Menu, {
          label: t('more'), entries: [
            { label: t('jobs.skip'), run: act(() => skipJob(job)) },
            ...(job.skip_next > 0 ? [{ label: t('job.skip.none'), run: act(() => skipJob(job, 0)) }] : []),
            ...(isStopped ? [] : [{ label: t('job.restart'), run: act(() => restartJob(job)) }]),
            { label: t('jobs.copy'), href: href(['new'], { from: job.name }) },
            'rule',
            { label: t('jobs.remove'), danger: true, run: () => { void remove(); } },
          ],
        }))),
    h(Sentence, { job }),
    job.desc && h('p', { class: 'soft' }, job.desc),
    h(Tabs, { label: t('job.tabs'), value: tab, tabs: tabs.map((name) => ({ key: name, label: t(`job.${name}`), href: href(['jobs', job.name], { tab: name === 'runs' ? null : name }) })) }),
    tab === 'runs' && h(RunsTab, { job }),
    tab === 'schedule' && h(ScheduleTab, { job }),
    tab === 'definition' && h(DefinitionTab, { job }),
    tab === 'changes' && h(ChangesTab, { job }),
    isStopping && h(StopUntil, {
      title: `${t('jobs.stop')}: ${job.name}`, onClose: () => { setStopping(false); reload(); },
      send: (more) => call('stop', { jobs: [job.id], ...more }),
    }),
    h(CommandLine, {
      text: {
        runs: command('jobs', 'history', job.name), schedule: command('jobs', 'explain', job.cron_expr),
        definition: command('jobs', 'show', job.name), changes: command('jobs', 'changes', job.name),
      }[tab],
    }));
}

/** What a run by hand does while the job runs. @param {import('../base/operations.js').JobView} job */
const overlapWords = (job) => word(`job.overlap.${overlapName(job.allow_mode)}`, { n: job.running });

/** @param {{job: import('../base/operations.js').JobView}} props */
function Sentence({ job }) {
  const words = useWords(job.cron_expr, job.timezone);
  const at = useNow(30_000);
  const next = job.state === 2 ? stoppedWords(job)
    : !job.next_run ? t('today.ended')
      : job.paused ? t('jobs.paused')
        : h('span', { title: full(job.next_run) }, t('job.next', { time: fromNow(job.next_run, at) }));
  const failures = job.streak ?? 0;
  const streak = failures > 0 && h('span', { class: 'tone-failed' }, job.failing_since
    ? t('job.streak.since', { n: failures, time: moment(job.failing_since) }) : t('job.streak', { n: failures }));
  const parts = [
    job.usual_ms && t('when.usually', { length: duration(job.usual_ms) }),
    job.running > 0 && (job.running_since ? [t('job.running', { n: job.running }), ' ', h(Elapsed, { since: job.running_since, usual: job.usual_ms, bar: false })] : t('job.running', { n: job.running })),
    job.queued > 0 && t('job.queued', { n: job.queued }),
    streak,
    !job.last && !job.running && t('job.never'),
    job.skip_next > 0 && t('jobs.skips', { n: job.skip_next }),
    job.max_run_count > 0 && t('job.counted', { n: job.run_count, all: number(job.max_run_count) }),
  ].filter(Boolean);
  return h('p', { class: 'sentence' }, t('job.runs.words', { words: words || job.cron_expr }), t('list.comma'), next, parts.map((part) => [t('job.semicolon'), part]), t('sentence.end'));
}
