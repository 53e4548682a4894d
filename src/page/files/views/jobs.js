// Jobs: search, filters with counts, order, columns, choice, kept views. 100,000 jobs are windows of 100.
import { h, Icon, useEffect, useMemo, useRef, useState } from '../base/dom.js';
import { call } from '../base/api.js';
import { useCommands, useKeys } from '../base/keys.js';
import { look, useTitle } from '../base/look.js';
import { go, href, setQuery } from '../base/route.js';
import { may } from '../base/session.js';
import { use, useSetting } from '../base/store.js';
import { language, t } from '../base/words.js';
import { useWindows } from '../base/windows.js';
import { Chips } from '../parts/chips.js';
import { command, CommandLine } from '../parts/command.js';
import { Menu } from '../parts/menu.js';
import { cancelRun, removeJob, restartJob, runJob, skipJob, StopUntil, stopJob } from '../parts/actions.js';
import { Refusal } from '../parts/toast.js';
import { Grid } from '../parts/table.js';
import { COLUMNS, DEFAULT_COLUMNS } from './jobs-columns.js';
import { BulkBar } from './bulk.js';
import { Views } from './jobs-views.js';
import { Beginning } from './beginning.js';

/** Filters of one word; each is a flag in the address: `#/jobs?failing`. */
export const ONLY = /** @type {const} */ (['failing', 'running', 'missed', 'slower', 'stopped', 'never']);

const TONES = { failing: 'failed', running: 'busy', missed: 'missed', slower: 'late', stopped: undefined, never: undefined };

/** The flags of `jobs list` for the filters. */
const FLAGS = { failing: '--failed', running: '--running', missed: '--missed', slower: '--slower', stopped: '--stopped', never: '--never' };

/**
 * What the address asks for, as parameters of `list`.
 * @param {URLSearchParams} query
 */
export function filterOf(query) {
  return {
    only: ONLY.find((name) => query.has(name)),
    text: query.get('q') || undefined,
    tag: query.get('tag') || undefined,
    mode: /** @type {import('../base/operations.js').Mode|undefined} */ (query.get('mode') || undefined),
  };
}

/** @param {import('../base/views.js').ViewProps} props */
export default function Jobs({ query }) {
  useTitle(t('nav.jobs'));
  const { rows } = use(look);
  const present = use(language);
  const filter = filterOf(query);
  const sort = /** @type {import('../base/operations.js').JobSort} */ (query.get('sort') ?? 'next');
  const desc = query.has('desc');
  const list = useWindows('list', { ...filter, sort, desc, strip: 30, counts: true }, {
    id: (/** @type {import('../base/operations.js').JobView} */ job) => job.id,
    isChanged: (job, digest) => digest.more || digest.changed.includes(job.id),
    isNews: (digest) => digest.jobs_changed || digest.changed.length > 0,
    one: async (job) => ({ ...job, ...await call('show', { job: job.id }), strip: job.strip }),
  });
  const [names, setNames] = useSetting('columns', DEFAULT_COLUMNS);
  const columns = useMemo(() => COLUMNS.filter((column) => names.includes(column.key) || column.key === 'name')
    .map((column) => ({ ...column, head: t(column.head) })), [names, present]);
  const choice = useChoice(list, JSON.stringify(filter));
  const current = useRef(/** @type {import('../base/operations.js').JobView|undefined} */ (undefined));
  const [until, setUntil] = useState(/** @type {import('../base/operations.js').JobView|null} */ (null));
  const isOperator = may('operator');
  const search = useRef(/** @type {HTMLInputElement|null} */ (null));
  const onCurrent = (/** @type {(job: import('../base/operations.js').JobView) => void} */ work) => () => { if (current.current) work(current.current); };
  useKeys([
    { key: '/', label: t('keys.search'), run: () => search.current?.focus() },
    ...(isOperator ? [
      { key: 'r', label: t('keys.run'), run: onCurrent(runJob) },
      { key: 's', label: t('keys.stop'), run: onCurrent((job) => (job.state === 2 ? restartJob(job) : stopJob(job))) },
      { key: 'e', label: t('keys.edit'), run: onCurrent((job) => go(['jobs', job.name, 'edit'])) },
    ] : []),
  ]);
  useCommands(isOperator ? [
    { id: 'new', label: t('jobs.new'), run: () => go(['new']) },
    { id: 'import', label: t('jobs.import'), run: () => go(['import']) },
  ] : []);
  const counts = list.page?.counts;
  const isBare = !filter.only && !filter.text && !filter.tag && !filter.mode;
  if (isBare && !list.isLoading && !list.error && (counts?.all ?? list.total) === 0) return h(Beginning, null);

  return h('div', { class: 'view fill' },
    h('div', { class: 'view-head' },
      h('h1', { class: 'unseen' }, t('nav.jobs')),
      h(Search, { value: filter.text ?? '', field: search }),
      h('div', { class: 'actions' },
        list.isMoved && h('button', { type: 'button', class: 'button', onClick: list.reload }, list.news ? t('jobs.news', { n: list.news }) : t('jobs.moved')),
        h(Menu, {
          label: t('jobs.columns'), class: 'wide-only',
          entries: COLUMNS.filter((column) => column.key !== 'name').map((column) => ({
            label: t(column.head), checked: names.includes(column.key),
            run: () => setNames(names.includes(column.key) ? names.filter((name) => name !== column.key) : [...names, column.key]),
          })),
        }, h(Icon, { name: 'columns' }), t('jobs.columns')),
        h(Views, { query }),
        isOperator && h('a', { class: 'button', href: '#/import' }, t('jobs.import')),
        isOperator && h('a', { class: 'button primary', href: '#/new' }, h(Icon, { name: 'plus' }), t('jobs.new')))),
    h(Filters, { counts, filter }),
    list.error && h(Refusal, { error: list.error, retry: list.reload }),
    !list.isLoading && !list.error && list.total === 0
      ? h('p', { class: 'note' }, t('jobs.none'), ' ', h('a', { href: '#/jobs' }, t('jobs.none.clear')))
      : h(Grid, {
        label: t('jobs.list'), columns, list, sort, desc, onSort: sortBy, compact: rows === 'compact', context: present,
        onOpen: (/** @type {import('../base/operations.js').JobView} */ job) => go(['jobs', job.name]),
        onCurrent: (job) => { current.current = job; },
        choice: isOperator ? choice : undefined,
        actions: (job) => h(RowActions, { job, onUntil: setUntil }),
      }),
    choice.count > 0 && h(BulkBar, { choice, filter, total: list.total, onDone: () => { choice.clear(); list.reload(); }, onOld: list.reload }),
    until && h(StopUntil, {
      title: `${t('jobs.stop')}: ${until.name}`, onClose: () => setUntil(null),
      send: (params) => call('stop', { jobs: [until.id], ...params }),
    }),
    h(CommandLine, {
      text: command('jobs', 'list', filter.only && FLAGS[filter.only], ['--text', filter.text], ['--tag', filter.tag], sort !== 'next' && '--sort', sort !== 'next' && sort, desc && '--desc'),
    }));
}

/** @param {string} key @param {boolean} desc */
const sortBy = (key, desc) => setQuery({ sort: key === 'next' ? null : key, desc });

/** @param {{value: string, field: {current: HTMLInputElement|null}}} props */
function Search({ value, field }) {
  const [text, setText] = useState(value);
  const timer = useRef(0);
  // The address has changed by a link or the browser's back, not by typing.
  useEffect(() => { if (document.activeElement !== field.current) setText(value); }, [value]);
  const send = (/** @type {string} */ next) => setQuery({ q: next.trim() || null });
  return h('div', { class: 'search', role: 'search' },
    h(Icon, { name: 'search' }),
    h('input', {
      ref: field, type: 'search', class: 'input', value: text, placeholder: t('jobs.search'), 'aria-label': `${t('keys.search')}: ${t('jobs.search')}`,
      autocomplete: 'off', spellcheck: false,
      onInput: (/** @type {Event} */ event) => {
        const next = /** @type {HTMLInputElement} */ (event.target).value;
        setText(next);
        window.clearTimeout(timer.current);
        timer.current = window.setTimeout(() => send(next), 150);
      },
      onKeyDown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key !== 'Escape' && event.key !== 'Enter' && event.key !== 'ArrowDown') return;
        event.preventDefault();
        window.clearTimeout(timer.current);
        send(text);
        /** @type {HTMLElement|null} */ (document.querySelector('.grid'))?.focus();
      },
    }));
}

/** @param {{counts: import('../base/operations.js').ListCounts|null|undefined, filter: ReturnType<typeof filterOf>}} props */
function Filters({ counts, filter }) {
  const only = filter.only ?? 'all';
  // A filter without jobs is left out, unless it is chosen.
  const chips = ONLY.filter((name) => name === only || (counts?.[name] ?? 0) > 0).map((name) => (
    { key: name, label: t(`jobs.${name}`), count: counts?.[name], tone: TONES[name] }));
  const pick = (/** @type {string} */ key) => setQuery({ ...Object.fromEntries(ONLY.map((name) => [name, false])), ...(key === 'all' ? {} : { [key]: key !== only }) }, {});
  return h('div', { class: 'filters' },
    h(Chips, { label: t('jobs.filter'), value: only, onPick: pick, chips: [{ key: 'all', label: t('jobs.all'), count: counts?.all }, ...chips] }),
    filter.tag && h('button', { type: 'button', class: 'chip', 'aria-pressed': true, onClick: () => setQuery({ tag: null }) },
      t('jobs.tag', { tag: filter.tag }), h(Icon, { name: 'close', size: 12 })));
}

/** @param {{job: import('../base/operations.js').JobView, onUntil: (job: import('../base/operations.js').JobView) => void}} props */
function RowActions({ job, onUntil }) {
  const isOperator = may('operator');
  const isStopped = job.state === 2;
  const log = job.running_exec ?? job.last?.exec_id;
  const button = (/** @type {import('../base/dom.js').IconName} */ icon, /** @type {string} */ label, /** @type {() => void} */ run) => h('button', {
    type: 'button', class: 'button bare', 'aria-label': `${label}: ${job.name}`, title: label, tabIndex: -1, onClick: run,
  }, h(Icon, { name: icon }));
  return [
    log && h('a', { key: 'log', class: 'button bare', href: href(['runs', log]), title: t('jobs.log'), 'aria-label': `${t('jobs.log')}: ${job.name}`, tabIndex: -1 }, h(Icon, { name: 'log' })),
    isOperator && button('run', t('jobs.run'), () => runJob(job)),
    isOperator && (isStopped ? button('check', t('jobs.start'), () => restartJob(job)) : button('pause', t('jobs.stop'), () => stopJob(job))),
    isOperator && h(Menu, {
      key: 'more', label: `${t('more')}: ${job.name}`, bare: true,
      entries: [
        ...(job.running_exec ? [{ label: t('jobs.cancel'), run: cancelRun.bind(undefined, job.running_exec) }] : []),
        { label: t('jobs.skip'), run: () => { void skipJob(job); } },
        ...(isStopped ? [] : [{ label: t('jobs.until'), run: () => onUntil(job) }]),
        { label: t('jobs.edit'), href: href(['jobs', job.name, 'edit']) },
        { label: t('jobs.copy'), href: href(['new'], { from: job.name }) },
        'rule',
        { label: t('jobs.remove'), danger: true, run: () => { void removeJob(job); } },
      ],
    }),
  ];
}

/**
 * The chosen jobs: some by number, or all that match.
 * @param {import('../base/windows.js').Windows<import('../base/operations.js').JobView>} list
 * @param {string} key of the filter: another filter chooses none
 */
function useChoice(list, key) {
  const [chosen, setChosen] = useState({ key, ids: /** @type {Map<number, string>} */ (new Map()), all: false });
  const last = useRef(/** @type {any} */ (null));
  const own = chosen.key === key ? chosen : { key, ids: new Map(), all: false };
  const set = (/** @type {Map<number, string>} */ ids, all = false) => setChosen({ key, ids, all });
  return {
    ids: own.ids,
    all: own.all,
    count: own.all ? list.total : own.ids.size,
    has: (/** @type {import('../base/operations.js').JobView} */ job) => own.all || own.ids.has(job.id),
    toggle: (/** @type {import('../base/operations.js').JobView} */ job, /** @type {boolean} */ isRange) => {
      const ids = new Map(own.ids);
      const from = isRange && last.current ? placeOf(list, last.current) : -1;
      const to = placeOf(list, job.id);
      if (from >= 0 && to >= 0) {
        for (let i = Math.min(from, to); i <= Math.max(from, to); i += 1) {
          const each = list.row(i);
          if (each) ids.set(each.id, each.name);
        }
      } else if (!ids.delete(job.id)) ids.set(job.id, job.name);
      last.current = job.id;
      set(ids);
    },
    toggleAll: () => set(new Map(), !own.all),
    chooseAll: () => set(new Map(), true),
    clear: () => set(new Map()),
  };
}

/** The place of a job among the rows that are known. @param {import('../base/windows.js').Windows<import('../base/operations.js').JobView>} list @param {number} id */
function placeOf(list, id) {
  for (let i = 0; i < list.total; i += 1) if (list.row(i)?.id === id) return i;
  return -1;
}

