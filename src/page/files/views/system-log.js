// The system log: what the daemon says of itself. The audit: who changed what, from where, and with what outcome.
import { h, useState } from '../base/dom.js';
import { call } from '../base/api.js';
import { useQuery } from '../base/live.js';
import { setQuery } from '../base/route.js';
import { may } from '../base/session.js';
import { number, t, word } from '../base/words.js';
import { Chips } from '../parts/chips.js';
import { CommandLine, command } from '../parts/command.js';
import { ask } from '../parts/dialog.js';
import { TextField } from '../parts/form.js';
import { attempt, Refusal } from '../parts/toast.js';
import { At } from '../parts/when.js';

/** Lines of one page. */
const SIZE = 100;

const TONES = /** @type {Record<string, string>} */ ({ ERROR: 'tone-failed', WARN: 'tone-late' });

/** @param {{query: URLSearchParams}} props */
export function Log({ query }) {
  const level = query.get('level') ?? '';
  const date = query.get('date') ?? '';
  const page = Number(query.get('page')) || 1;
  const [part, setPart] = useState('');
  const log = useQuery('system_log', { level: level || undefined, date: date || undefined, page, size: SIZE }, { every: 3000 });
  const wanted = part.trim().toLowerCase();
  const items = (log.data?.items ?? []).filter((line) => !wanted || `${line.msg} ${line.caller} ${more(line)}`.toLowerCase().includes(wanted));
  return [
    h('div', { key: 'head', class: 'view-head' },
      h(Chips, {
        label: t('syslog.level'), value: level,
        chips: [{ key: '', label: t('syslog.all') }, ...['error', 'warn', 'info', 'debug'].map((key) => ({ key, label: key }))],
        onPick: (key) => setQuery({ level: key, page: null }),
      }),
      h(TextField, { label: t('syslog.day'), type: 'date', value: date, onInput: (value) => setQuery({ date: value, page: null }) }),
      h(TextField, { label: t('syslog.find'), type: 'search', value: part, onInput: setPart }),
      may('admin') && h('div', { class: 'actions' },
        h('button', { type: 'button', class: 'button', onClick: () => clear(date).then(log.reload) }, t(date ? 'syslog.clear.day' : 'syslog.clear')))),
    log.error && h(Refusal, { key: 'error', error: log.error, retry: log.reload }),
    h('section', { key: 'lines', class: 'card', 'aria-label': t('system.log') },
      log.data && items.length === 0 && h('p', { class: 'faint' }, t('syslog.none')),
      h('table', { class: 'plain log-lines' }, h('tbody', null, items.map((line, index) => h('tr', { key: index },
        h('td', { class: 'time' }, line.time && h(At, { at: line.time, seconds: true })),
        h('td', { class: TONES[line.level] ?? 'faint' }, line.level),
        h('td', null, h('span', null, line.msg), ' ', h('span', { class: 'faint' }, more(line)))))))),
    log.data && log.data.pages_total > 1 && h(Pages, { key: 'pages', page, pages: log.data.pages_total }),
    h(CommandLine, { key: 'line', text: command('jobs', 'logs', '--system', '-n', String(SIZE)) }),
  ];
}

/** The further fields of a line. @param {import('../base/operations.js').SystemLogLine} line */
function more(line) {
  const known = ['level', 'time', 'caller', 'msg'];
  return Object.entries(line).filter(([name]) => !known.includes(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`).join(' ');
}

/** @param {string} date */
async function clear(date) {
  const yes = await ask({ title: t(date ? 'syslog.clear.day' : 'syslog.clear'), text: t('syslog.clear.text', { day: date || t('syslog.every') }), action: t('syslog.clear'), danger: true });
  return yes ? attempt(() => call('clear_logs', { type: 'zap', date: date || undefined }), (answer) => t('syslog.cleared', { n: answer.count })) : undefined;
}

/** Buttons for the page before and after. @param {{page: number, pages: number}} props */
export function Pages({ page, pages }) {
  const to = (/** @type {number} */ next) => () => setQuery({ page: next > 1 ? next : null });
  return h('p', { class: 'system-actions' },
    h('button', { type: 'button', class: 'button small', disabled: page <= 1, onClick: to(page - 1) }, t('page.before')),
    h('span', { class: 'faint' }, t('page.of', { page: number(page), pages: number(pages) })),
    h('button', { type: 'button', class: 'button small', disabled: page >= pages, onClick: to(page + 1) }, t('page.after')));
}

/** @param {{query: URLSearchParams}} props */
export function Audit({ query }) {
  const filter = Object.fromEntries(['who', 'operation', 'target', 'outcome'].map((name) => [name, query.get(name) || undefined]));
  const page = Number(query.get('page')) || 1;
  const audit = useQuery('audit', { ...filter, page, size: 50 }, { when: (digest) => digest.jobs_changed, every: 3000 });
  const set = (/** @type {string} */ name) => (/** @type {string} */ value) => setQuery({ [name]: value, page: null });
  return [
    h('div', { key: 'head', class: 'view-head' },
      h(Chips, {
        label: t('audit.outcome'), value: filter.outcome ?? '',
        chips: ['', 'done', 'refused', 'failed'].map((key) => ({ key, label: key ? word(`audit.${key}`) : t('syslog.all') })), onPick: set('outcome'),
      }),
      ['who', 'operation', 'target'].map((name) => h(TextField, { key: name, label: word(`audit.${name}`), type: 'search', value: filter[name] ?? '', onInput: set(name) }))),
    audit.error && h(Refusal, { key: 'error', error: audit.error, retry: audit.reload }),
    h('section', { key: 'rows', class: 'card', 'aria-label': t('system.audit') },
      audit.data?.items.length === 0 && h('p', { class: 'faint' }, t('audit.none')),
      h('table', { class: 'plain' },
        h('thead', null, h('tr', null, ['when', 'who', 'operation', 'target', 'change'].map((name) => h('th', { key: name }, word(`audit.${name}`))))),
        h('tbody', null, (audit.data?.items ?? []).map((entry) => h('tr', { key: entry.id },
          h('td', { class: 'time' }, h(At, { at: entry.at, seconds: true })),
          h('td', null, entry.who, entry.address && h('span', { class: 'faint' }, ` ${entry.address}`)),
          h('td', null, h('code', null, entry.operation)),
          h('td', null, entry.target),
          h('td', null, entry.outcome !== 'done' && h('span', { class: 'tone-failed' }, `${word(`audit.${entry.outcome}`)}: ${entry.error ?? ''} `), h(Difference, { before: entry.before, after: entry.after }))))))),
    audit.data && audit.data.pages_total > 1 && h(Pages, { key: 'pages', page, pages: audit.data.pages_total }),
    h(CommandLine, { key: 'line', text: command('jobs', 'audit', ['--who', filter.who], ['--operation', filter.operation], ['--target', filter.target], ['--outcome', filter.outcome]) }),
  ];
}

/** The values before and after a change. @param {{before: unknown, after: unknown}} props */
function Difference({ before, after }) {
  if (!before && !after) return null;
  const text = (/** @type {unknown} */ value) => (typeof value === 'string' ? value : JSON.stringify(value, null, 1));
  return h('details', null,
    h('summary', null, t('audit.values')),
    before ? h('pre', { class: 'removed' }, text(before)) : null,
    after ? h('pre', { class: 'added' }, text(after)) : null);
}
