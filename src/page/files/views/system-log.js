// The system log: what the daemon says of itself, by day, level and text.
import { h, useState } from '../base/dom.js';
import { call } from '../base/api.js';
import { useQuery } from '../base/live.js';
import { setQuery } from '../base/route.js';
import { may } from '../base/session.js';
import { number, t } from '../base/words.js';
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
