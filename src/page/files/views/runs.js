// Runs: all executions, filtered by the address: #/runs?status=failed,timeout&since=02:00&until=04:00.
import { h, useEffect, useMemo, useRef, useState } from '../base/dom.js';
import { useKeys } from '../base/keys.js';
import { look, useTitle } from '../base/look.js';
import { go, setQuery } from '../base/route.js';
import { use } from '../base/store.js';
import { moment } from '../base/time.js';
import { language, t, word } from '../base/words.js';
import { Chips } from '../parts/chips.js';
import { command, CommandLine } from '../parts/command.js';
import { runColumns, useHistory } from '../parts/runs.js';
import { STATUSES, statusWord, tone } from '../parts/status.js';
import { Grid } from '../parts/table.js';
import { Timeline } from '../parts/timeline.js';
import { Refusal } from '../parts/toast.js';

/** @type {import('../base/operations.js').Source[]} */
const SOURCES = ['cron', 'manual', 'catchup', 'retry', 'reboot'];

/** Hours that the timeline can show. */
const HOURS = [1, 6, 24, 168];

/** @param {import('../base/views.js').ViewProps} props */
export default function Runs({ query }) {
  useTitle(t('nav.runs'));
  const present = use(language);
  const { rows } = use(look);
  const get = (/** @type {string} */ name) => query.get(name) || undefined;
  const statuses = (get('status') ?? '').split(',').filter((name) => STATUSES.includes(/** @type {any} */ (name)));
  const source = SOURCES.find((name) => name === get('source'));
  const [since, until, job, longer] = [get('since'), get('until'), get('job'), get('longer')];
  const isTimeline = get('view') === 'timeline';
  const hours = Number(get('hours')) || HOURS[1];
  const filter = { job, source, statuses: statuses.length ? statuses : undefined, longer_than: longer && (/^\d+$/.test(longer) ? Number(longer) : longer) };
  const list = useHistory(isTimeline ? null : { ...filter, since, until });
  const columns = useMemo(() => runColumns({ withJob: true }), [present]);
  const first = useRef(/** @type {HTMLElement|null} */ (null));
  useKeys([{ key: '/', label: t('keys.search'), run: () => first.current?.querySelector('input')?.focus() }]);
  const pick = (/** @type {string} */ key) => {
    const next = key === 'all' ? [] : statuses.includes(key) ? statuses.filter((each) => each !== key) : [...statuses, key];
    setQuery({ status: next.join(',') || null }, {});
  };
  const field = (/** @type {string} */ name, /** @type {string} */ label, /** @type {string} */ hint) => h(Filter, { key: name, name, label, hint, value: get(name) ?? '' });
  return h('div', { class: isTimeline ? 'view runs' : 'view fill runs' },
    h('h1', { class: 'unseen' }, t('nav.runs')),
    h('div', { class: 'run-filters', ref: first },
      field('job', t('jobs.col.name'), ''), field('since', t('runs.since'), t('runs.since.hint')), field('until', t('runs.until'), t('runs.since.hint')), field('longer', t('runs.longer'), '5m'),
      h('label', { class: 'run-filter' }, h('span', null, t('run.source')),
        h('select', { class: 'input', value: source ?? '', onChange: (/** @type {Event} */ event) => setQuery({ source: /** @type {HTMLSelectElement} */ (event.target).value || null }, {}) },
          h('option', { value: '', selected: !source }, t('runs.any')), SOURCES.map((name) => h('option', { key: name, value: name, selected: name === source }, word(`source.${name}`)))))),
    h(Statuses, { statuses, onPick: pick }),
    h('div', { class: 'view-head' },
      h(Chips, {
        label: t('runs.view'), value: isTimeline ? 'timeline' : 'table', onPick: (key) => setQuery({ view: key === 'table' ? null : key, hours: null }, {}),
        chips: [{ key: 'table', label: t('runs.table') }, { key: 'timeline', label: t('runs.timeline') }],
      }),
      isTimeline && !since && h(Chips, {
        label: t('timeline.hours'), value: String(hours), onPick: (key) => setQuery({ hours: key }, {}),
        chips: HOURS.map((n) => ({ key: String(n), label: n > 48 ? t('timeline.d', { n: n / 24 }) : t('timeline.h', { n }) })),
      })),
    isTimeline && h(Timeline, { filter, since, until, hours }),
    list.error && h(Refusal, { error: list.error, retry: list.reload }),
    list.isMoved && h('button', { type: 'button', class: 'button small news', onClick: list.reload }, t('jobs.news', { n: list.news })),
    !isTimeline && (!list.isLoading && !list.error && list.total === 0
      ? h('p', { class: 'note' }, t('runs.none'), ' ', [...query].length > 0 && h('a', { href: '#/runs' }, t('runs.all')))
      : !list.error && h(Grid, { label: t('nav.runs'), columns, list, compact: rows === 'compact', context: present, onOpen: (/** @type {import('../base/operations.js').Execution} */ run) => go(['runs', run.exec_id]) })),
    h(CommandLine, {
      text: command('jobs', 'history', job, ['--since', since && spoken(since)], ['--until', until && spoken(until)], ['--status', statuses.join(',')], ['--source', source], ['--longer', longer]),
    }));
}

/** Several statuses may be pressed. @param {{statuses: string[], onPick: (key: string) => void}} props */
const Statuses = ({ statuses, onPick }) => h('div', { class: 'chips', role: 'group', 'aria-label': t('runs.status') },
  h('button', { type: 'button', class: 'chip', 'aria-pressed': statuses.length === 0, onClick: () => onPick('all') }, t('jobs.all')),
  STATUSES.map((status) => h('button', {
    key: status, type: 'button', class: 'chip', 'aria-pressed': statuses.includes(status), onClick: () => onPick(status),
  }, h('svg', { width: 8, height: 8, 'aria-hidden': 'true' }, h('circle', { cx: 4, cy: 4, r: 4, class: `fill-${tone(status)}` })), statusWord(status))));

/** A time of the address as a person would write it. @param {string} time */
const spoken = (time) => (/^\d{4}-\d\d-\d\dT/.test(time) ? new Date(time).toISOString() : time);

/** A filter that is sent when it is left or Enter is pressed. @param {{name: string, label: string, hint: string, value: string}} props */
function Filter({ name, label, hint, value }) {
  const shown = /^\d{4}-\d\d-\d\dT/.test(value) ? moment(value) : value;
  const [text, setText] = useState(shown);
  useEffect(() => setText(shown), [shown]);
  const send = () => { if (text.trim() !== shown) setQuery({ [name]: text.trim() || null }, {}); };
  return h('label', { class: 'run-filter' }, h('span', null, label), h('input', {
    class: 'input', type: 'search', value: text, placeholder: hint, autocomplete: 'off', spellcheck: false,
    onInput: (/** @type {Event} */ event) => setText(/** @type {HTMLInputElement} */ (event.target).value),
    onBlur: send, onSearch: send,
    onKeyDown: (/** @type {KeyboardEvent} */ event) => { if (event.key === 'Enter') { event.preventDefault(); send(); } },
  }));
}
