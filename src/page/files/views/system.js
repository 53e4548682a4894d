// System: the health of the daemon, its settings, logs, and who may use it. One part at a time, by its tab.
import { h } from '../base/dom.js';
import { call } from '../base/api.js';
import { anything, useQuery } from '../base/live.js';
import { useTitle } from '../base/look.js';
import { href } from '../base/route.js';
import { may } from '../base/session.js';
import { duration } from '../base/time.js';
import { number, size, t, word } from '../base/words.js';
import { command, CommandLine } from '../parts/command.js';
import { ask } from '../parts/dialog.js';
import { attempt, Refusal, toast } from '../parts/toast.js';
import { At } from '../parts/when.js';
import { Accounts, Addresses, Sessions, Tokens } from './system-access.js';
import { Alerts } from './system-alerts.js';
import { Audit, Log } from './system-log.js';

/** @typedef {(props: {query: URLSearchParams}) => any} Part */

/** The parts, with the role that each takes. @type {[string, Part, import('../base/session.js').Role][]} */
const PARTS = [
  ['health', Health, 'viewer'],
  ['alerts', Alerts, 'viewer'],
  ['settings', Settings, 'viewer'],
  ['log', Log, 'viewer'],
  ['audit', Audit, 'admin'],
  ['accounts', Accounts, 'admin'],
  ['tokens', Tokens, 'admin'],
  ['sessions', Sessions, 'viewer'],
  ['addresses', Addresses, 'admin'],
];

/** @param {import('../base/views.js').ViewProps} props */
export default function System({ params, query }) {
  const shown = PARTS.filter(([, , role]) => may(role));
  const name = params.part ?? 'health';
  const part = shown.find(([key]) => key === name);
  useTitle(t('nav.system'));
  return h('div', { class: 'view' },
    h('div', { class: 'view-head' }, h('h1', null, t('nav.system'))),
    h('nav', { class: 'tabs', 'aria-label': t('system.parts') },
      shown.map(([key]) => h('a', { key, href: href(['system', key]), 'aria-current': key === name ? 'page' : undefined }, word(`system.${key}`)))),
    part ? h(part[1], { key: name, query }) : h('p', { class: 'note' }, t('nowhere')));
}

/** A list of names and values. @param {{facts: [string, any][]}} props */
const Facts = ({ facts }) => h('dl', { class: 'facts' },
  facts.filter(([, value]) => value !== undefined && value !== null && value !== '').flatMap(([name, value]) => [
    h('dt', { key: `${name}-n` }, name), h('dd', { key: name }, value)]));

/** How the daemon is, and what can be done with the scheduler. */
function Health() {
  const health = useQuery('health', {}, { when: anything, every: 5000 });
  const status = useQuery('status', {}, { when: anything, every: 5000 });
  const error = status.error ?? health.error;
  const state = status.data;
  const report = health.data;
  return [
    error && h(Refusal, { key: 'error', error, retry: () => { status.reload(); health.reload(); } }),
    report && !report.healthy && h('div', { key: 'problems', class: 'note error', role: 'alert' },
      report.problems.map((/** @type {string} */ problem) => h('p', { key: problem }, problem))),
    state?.warnings && state.warnings.length > 0 && h('div', { key: 'warnings', class: 'note warn' },
      state.warnings.map((warning) => h('p', { key: warning }, warning))),
    state && report && h('div', { key: 'cards', class: 'cards' },
      h('section', { class: 'card' },
        h('header', null, h('h2', null, t('system.daemon')), h('span', { class: report.healthy ? 'end tone-success' : 'end tone-failed' }, t(report.healthy ? 'system.healthy' : 'system.ill'))),
        h(Facts, { facts: [
          [t('system.name'), state.name], [t('system.version'), state.version], [t('system.pid'), String(state.pid)],
          [t('system.started'), h(At, { at: state.started_at })], [t('system.up'), duration(state.uptime_seconds * 1000)],
          [t('system.zone'), state.timezone], [t('system.http'), state.http], [t('system.socket'), h('code', null, state.socket)],
          [t('system.config'), h('code', null, state.config_file)], [t('system.folder'), h('code', null, state.log_folder)],
        ] })),
      h('section', { class: 'card' },
        h('header', null, h('h2', null, t('system.scheduler')), h('span', { class: 'end' }, t(state.paused ? 'system.paused' : 'system.runs'))),
        h(Facts, { facts: [
          [t('system.jobs'), t('system.jobs.of', { jobs: state.jobs, stopped: state.stopped })],
          [t('status.running'), number(state.running)], [t('status.queued'), number(state.queued)],
          [t('system.next'), state.next_job && [h('a', { href: href(['jobs', state.next_job]) }, state.next_job), ' ', state.next_run && h(At, { at: state.next_run })]],
          [t('system.late'), report.scheduler.lag_ms > 0 ? duration(report.scheduler.lag_ms) : t('system.late.none')],
          [t('system.trouble'), state.trouble],
        ] }),
        state.waits.map((wait) => h('p', { key: wait.job, class: 'note warn' }, `${wait.job}: ${wait.reason}`)),
        may('operator') && h('p', { class: 'system-actions' },
          h('button', { type: 'button', class: 'button', onClick: () => pauseOrResume(state.paused).then(status.reload) }, t(state.paused ? 'live.resume' : 'system.pause')),
          h('button', { type: 'button', class: 'button', onClick: () => attempt(() => call('check'), checked) }, t('system.check')),
          may('admin') && h('button', { type: 'button', class: 'button', onClick: reload }, t('system.reload')))),
      h('section', { class: 'card' },
        h('header', null, h('h2', null, t('system.database')), h('span', { class: report.database.ok ? 'end tone-success' : 'end tone-failed' }, report.database.ok ? t('system.healthy') : report.database.error)),
        h(Facts, { facts: [
          [t('system.file'), h('code', null, state.database)], [t('system.size'), size(report.database.size_bytes)],
          [t('system.latency'), duration(report.database.latency_ms)],
        ] })),
      h('section', { class: 'card' },
        h('header', null, h('h2', null, t('system.process'))),
        h(Facts, { facts: [
          [t('system.memory'), size(report.memory.rss)], [t('system.threads'), number(report.threads)],
          [t('system.lost'), report.lost_log_lines ? number(report.lost_log_lines) : undefined],
        ] }),
        h('p', null, h('a', { href: '/swagger/index.html', target: '_blank', rel: 'noopener' }, t('system.api'))))),
    h(CommandLine, { key: 'line', text: [command('jobs', 'status'), command('jobs', 'health')] }),
  ];
}

/** @param {boolean} isPaused */
async function pauseOrResume(isPaused) {
  if (isPaused) return attempt(() => call('resume'), t('live.resumed'));
  const yes = await ask({ title: t('system.pause'), text: t('system.pause.text'), action: t('system.pause'), danger: true });
  return yes ? attempt(() => call('pause'), t('live.paused')) : undefined;
}

/** What `check` found. @param {import('../base/operations.js').Checked} answer */
function checked(answer) {
  for (const { job, problem } of answer.broken) toast(`${job}: ${problem}`, { isError: true });
  return t('system.checked', { n: answer.jobs, mended: answer.mended.length, broken: answer.broken.length });
}

async function reload() {
  const answer = await attempt(() => call('reload'), t('system.reloaded'));
  for (const warning of answer?.warnings ?? []) toast(warning, { isWarning: true });
}

/** The settings of jobs that hold. */
function Settings() {
  const settings = useQuery('config', {}, { when: () => false });
  if (settings.error) return h(Refusal, { error: settings.error, retry: settings.reload });
  return [
    h('section', { key: 'card', class: 'card' },
      h('header', null, h('h2', null, t('system.settings'))),
      h('p', { class: 'faint' }, t('system.settings.text')),
      h('table', { class: 'plain' },
        h('thead', null, h('tr', null, h('th', null, t('system.key')), h('th', null, t('system.value')))),
        h('tbody', null, Object.entries(settings.data ?? {}).map(([key, value]) => h('tr', { key },
          h('td', null, h('code', null, `jobs.${key}`)), h('td', null, h('code', null, String(value)))))))),
    h(CommandLine, { key: 'line', text: [command('jobs', 'config', 'get'), command('jobs', 'config', 'set', 'jobs.KEY', 'VALUE')] }),
  ];
}
