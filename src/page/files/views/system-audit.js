// The audit: who changed what, from where, and with what outcome.
import { h } from '../base/dom.js';
import { useQuery } from '../base/live.js';
import { setQuery } from '../base/route.js';
import { t, word } from '../base/words.js';
import { Chips } from '../parts/chips.js';
import { CommandLine, command } from '../parts/command.js';
import { TextField } from '../parts/form.js';
import { Refusal } from '../parts/toast.js';
import { At } from '../parts/when.js';
import { Pages } from './system-log.js';

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
