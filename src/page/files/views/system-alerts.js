// Alerts: what is wrong, which rules tell whom of it, and what was told.
import { h, useState } from '../base/dom.js';
import { call } from '../base/api.js';
import { never, useQuery } from '../base/live.js';
import { href } from '../base/route.js';
import { may } from '../base/session.js';
import { duration } from '../base/time.js';
import { number, t, word } from '../base/words.js';
import { CommandLine, command } from '../parts/command.js';
import { ask, Dialog } from '../parts/dialog.js';
import { CheckField, FormError, SelectField, TextField, useSubmit } from '../parts/form.js';
import { attempt, Refusal } from '../parts/toast.js';
import { Ago, At } from '../parts/when.js';
import { Channels } from './system-channels.js';

/** @typedef {import('../base/operations.js').Alert} Alert */
/** @typedef {import('../base/operations.js').AlertRule} Rule */
/** @typedef {import('../base/operations.js').Condition} Condition */
/** @typedef {import('../base/operations.js').Severity} Severity */

/** The conditions of jobs that a rule can name, and whether a rule without conditions has them. @type {[Condition, boolean][]} */
const CONDITIONS = [
  ['failed', true], ['missed', true], ['stale', true], ['late', true], ['too-long', true], ['too-short', true], ['skipped', true],
  ['auto-stopped', true], ['timeout', false], ['interrupted', false], ['flapping', true], ['stopped-too-long', false],
];

/** Words separated by blanks or commas. @param {string} text */
const listOf = (text) => text.split(/[\s,]+/).filter(Boolean);

export function Alerts() {
  const channels = useQuery('channel_list', {}, { when: never });
  return [
    h(OpenAlerts, { key: 'open' }),
    h(Rules, { key: 'rules', channels: (channels.data ?? []).map(({ name }) => name) }),
    h(Channels, { key: 'channels', list: channels }),
    h(Told, { key: 'told' }),
    h(CommandLine, { key: 'line', text: [command('jobs', 'alerts'), command('jobs', 'rule', 'list'), command('jobs', 'channel', 'list'), command('jobs', 'alerts', 'log')] }),
  ];
}

/** The job of an alert or a notice; without one it is about the daemon. @param {{of: {job_id: number, job_name: string}}} props */
const JobOf = ({ of }) => (of.job_name
  ? h('a', { href: href(['jobs', of.job_name]) }, of.job_name)
  : h('span', { class: 'soft' }, t('alerts.daemon')));

function OpenAlerts() {
  const [isAll, setAll] = useState(false);
  const list = useQuery('alerts', isAll ? { all: true } : {}, { every: 3000 });
  const acknowledge = (/** @type {Alert} */ alert) => attempt(() => call('ack', { alert: String(alert.id) }), t('alerts.acked')).then(list.reload);
  const snooze = (/** @type {Alert} */ alert) => attempt(() => call('snooze', { job: alert.job_name, for: '2h' }), t('alerts.snoozed', { name: alert.job_name })).then(list.reload);
  return h('section', { class: 'card', 'aria-label': t('alerts.open') },
    h('header', null, h('h2', null, t('alerts.open')), h('div', { class: 'end' }, h(CheckField, { label: t('alerts.all'), checked: isAll, onInput: setAll }))),
    list.error && h(Refusal, { error: list.error, retry: list.reload }),
    list.data?.length === 0 && h('p', { class: 'faint' }, t(isAll ? 'alerts.none.ever' : 'alerts.none')),
    list.data && list.data.length > 0 && h('table', { class: 'plain' },
      h('thead', null, h('tr', null, [t('alerts.since'), t('alerts.job'), t('alerts.condition'), t('alerts.reason'), t('alerts.count'), t('alerts.state'), ''].map((name) => h('th', { key: name }, name)))),
      h('tbody', null, list.data.map((alert) => h('tr', { key: alert.id },
        h('td', { class: 'time' }, h(At, { at: alert.opened_at })),
        h('td', null, h(JobOf, { of: alert })),
        h('td', { class: alert.closed_at ? 'faint' : alert.severity === 'info' ? '' : 'tone-failed' }, word(`condition.${alert.condition}`), alert.severity !== 'warning' && ` (${word(`severity.${alert.severity}`)})`),
        h('td', null, alert.reason),
        h('td', null, number(alert.count)),
        h('td', null, h(StateOf, { alert })),
        h('td', { class: 'end system-actions' }, !alert.closed_at && may('operator') && [
          !alert.acked_at && h('button', { key: 'ack', type: 'button', class: 'button small', onClick: () => acknowledge(alert) }, t('alerts.ack')),
          alert.job_name && h('button', { key: 'snooze', type: 'button', class: 'button small', onClick: () => snooze(alert) }, t('alerts.snooze')),
        ]))))));
}

/** @param {{alert: Alert}} props */
function StateOf({ alert }) {
  if (alert.closed_at) return [t('alerts.closed'), ' ', h(Ago, { at: alert.closed_at })];
  if (alert.acked_at) return t('alerts.acked.by', { name: alert.acked_by ?? '' });
  return alert.channels.length ? t('alerts.told.to', { names: alert.channels.join(', ') }) : t('alerts.told.nobody');
}

/** @param {{channels: string[]}} props */
function Rules({ channels }) {
  const list = useQuery('rule_list', {}, { when: never });
  const [isOpen, setOpen] = useState(false);
  const remove = async (/** @type {Rule} */ rule) => {
    const yes = await ask({ title: t('rules.remove', { name: rule.name }), text: t('rules.remove.text'), action: t('remove'), danger: true });
    if (yes) { await attempt(() => call('rule_rm', { rule: rule.name })); list.reload(); }
  };
  return h('section', { class: 'card', 'aria-label': t('rules.title') },
    h('header', null, h('h2', null, t('rules.title')),
      may('admin') && h('div', { class: 'end' }, h('button', { type: 'button', class: 'button small', disabled: channels.length === 0, onClick: () => setOpen(true) }, t('rules.add')))),
    list.error && h(Refusal, { error: list.error, retry: list.reload }),
    list.data?.length === 0 && h('p', { class: 'faint' }, t(channels.length ? 'rules.none' : 'rules.none.channel')),
    list.data && list.data.length > 0 && h('table', { class: 'plain' },
      h('thead', null, h('tr', null, [t('alerts.name'), t('rules.jobs'), t('rules.on'), t('rules.to'), t('alerts.severity'), t('rules.escalates'), ''].map((name) => h('th', { key: name }, name)))),
      h('tbody', null, list.data.map((rule) => h('tr', { key: rule.id },
        h('td', null, rule.name),
        h('td', null, [...rule.match, ...rule.tags.map((tag) => `@${tag}`)].join(' ') || t('rules.jobs.all')),
        h('td', null, rule.on.map((condition) => word(`condition.${condition}`)).join(', ')),
        h('td', null, rule.to.join(', ')),
        h('td', null, word(`severity.${rule.severity}`)),
        h('td', null, rule.escalate && rule.after ? t('rules.escalates.after', { name: rule.escalate, after: duration(rule.after * 1000) }) : h('span', { class: 'faint' }, '–')),
        h('td', { class: 'end' }, may('admin') && h('button', { type: 'button', class: 'button small danger', onClick: () => remove(rule) }, t('remove'))))))),
    isOpen && h(RuleDialog, { channels, onClose: () => { setOpen(false); list.reload(); } }));
}

/** @param {{channels: string[], onClose: () => void}} props */
function RuleDialog({ channels, onClose }) {
  const [name, setName] = useState('');
  const [jobs, setJobs] = useState('');
  const [tags, setTags] = useState('');
  const [on, setOn] = useState(CONDITIONS.filter(([, isUsual]) => isUsual).map(([condition]) => condition));
  const [to, setTo] = useState(channels.slice(0, 1));
  const [severity, setSeverity] = useState(/** @type {Severity} */ ('warning'));
  const [escalate, setEscalate] = useState('');
  const [after, setAfter] = useState('');
  const form = useSubmit();
  /** @template T @param {T[]} list @param {T} one @param {boolean} isIn */
  const toggled = (list, one, isIn) => (isIn ? [...list, one] : list.filter((other) => other !== one));
  const send = () => call('rule_add', {
    name, match: listOf(jobs), tags: listOf(tags), on, to, severity,
    escalate: escalate || undefined, after: escalate && after ? after : undefined,
  });
  return h(Dialog, {
    title: t('rules.add'), onClose, wide: true,
    actions: [
      h('button', { key: 'no', type: 'button', class: 'button', onClick: onClose }, t('cancel')),
      h('button', { key: 'yes', type: 'submit', form: 'rule', class: 'button primary', disabled: form.isBusy }, t('rules.add')),
    ],
  },
  h('form', {
    id: 'rule',
    onSubmit: async (/** @type {Event} */ event) => {
      event.preventDefault();
      if (await form.submit(send, ['name', 'match', 'tags', 'severity', 'escalate', 'after'])) onClose();
    },
  },
  h(TextField, { label: t('alerts.name'), value: name, onInput: setName, error: form.errors.name, required: true, first: true }),
  h(TextField, { label: t('rules.jobs'), value: jobs, onInput: setJobs, error: form.errors.match, mono: true, placeholder: 'etl-*', hint: t('rules.jobs.hint') }),
  h(TextField, { label: t('rules.tags'), value: tags, onInput: setTags, error: form.errors.tags, placeholder: 'db' }),
  h('fieldset', { class: 'checks' }, h('legend', null, t('rules.on')), CONDITIONS.map(([condition]) => h(CheckField, {
    key: condition, label: word(`condition.${condition}`), checked: on.includes(condition), onInput: (isIn) => setOn(toggled(on, condition, isIn)),
  }))),
  h('fieldset', { class: 'checks' }, h('legend', null, t('rules.to')), channels.map((channel) => h(CheckField, {
    key: channel, label: channel, checked: to.includes(channel), onInput: (isIn) => setTo(toggled(to, channel, isIn)),
  }))),
  h(SelectField, { label: t('alerts.severity'), value: severity, error: form.errors.severity, hint: t('rules.severity.hint'), options: ['info', 'warning', 'critical'].map((value) => ({ value, label: word(`severity.${value}`) })), onInput: (value) => setSeverity(/** @type {Severity} */ (value)) }),
  h(SelectField, { label: t('rules.escalate'), value: escalate, error: form.errors.escalate, options: ['', ...channels].map((value) => ({ value, label: value || t('rules.escalate.none') })), onInput: setEscalate }),
  escalate && h(TextField, { label: t('rules.after'), value: after, onInput: setAfter, error: form.errors.after, required: true, placeholder: '30m' }),
  h(FormError, { error: form.error })));
}

/** The notices, the newest first: what was told to whom, and what was not and why. */
function Told() {
  const log = useQuery('alert_log', { limit: 50 }, { every: 3000 });
  return h('section', { class: 'card', 'aria-label': t('told.title') },
    h('header', null, h('h2', null, t('told.title'))),
    log.error && h(Refusal, { error: log.error, retry: log.reload }),
    log.data?.notices.length === 0 && h('p', { class: 'faint' }, t('told.none')),
    log.data && log.data.notices.length > 0 && h('table', { class: 'plain' },
      h('thead', null, h('tr', null, [t('told.at'), t('alerts.job'), t('alerts.condition'), t('told.event'), t('told.channel'), t('told.result'), t('alerts.reason')].map((name) => h('th', { key: name }, name)))),
      h('tbody', null, log.data.notices.map((notice) => h('tr', { key: notice.id },
        h('td', { class: 'time' }, h(At, { at: notice.made_at })),
        h('td', null, h(JobOf, { of: notice })),
        h('td', null, word(`condition.${notice.condition}`)),
        h('td', null, word(`told.event.${notice.event}`)),
        h('td', null, notice.channel || h('span', { class: 'faint' }, '–')),
        h('td', { class: notice.state === 'refused' || notice.state === 'expired' ? 'tone-failed' : '' }, word(`told.state.${notice.state}`)),
        h('td', null, notice.reason))))));
}
