// The meaning of a form, beside it: the schedule in words, the next runs with their notes, doubts, and what would change.
import { h } from '../base/dom.js';
import { useQuery } from '../base/live.js';
import { duration, full, moment } from '../base/time.js';
import { number, t, word } from '../base/words.js';

/** @param {{trial: import('./edit.js').Trial, values: import('./edit-fields.js').Values, isNew: boolean}} props */
export function Meaning({ trial, values, isNew }) {
  const { explained, tried, error } = trial;
  const job = tried?.job;
  const usual = job?.usual_ms;
  const [first, second] = explained?.next ?? [];
  const gap = second ? Date.parse(second) - Date.parse(first) : 0;
  const warnings = [...new Set([...explained?.warnings ?? [], ...tried?.warnings ?? []])];
  return h('aside', { class: 'card edit-meaning', 'aria-live': 'polite', 'aria-label': t('edit.meaning') },
    h('header', null, h('h2', null, t('edit.meaning'))),
    error && h('p', { class: 'note error' }, error.message, error.hint && h('span', { class: 'hint' }, ` ${error.hint}`)),
    !explained && !error && h('p', { class: 'faint' }, values.cron_expr ? values.cron_expr : t('edit.meaning.none')),
    explained && [
      h('p', { key: 'words', class: 'sentence' }, explained.words),
      h('p', { key: 'text', class: 'faint' }, h('code', null, explained.canonical), ` ${explained.timezone}`),
      explained.next.length === 0
        ? h('p', { key: 'never', class: 'note warn' }, t('edit.never'))
        : h('ol', { key: 'next', class: 'lines' }, explained.next.map((/** @type {string} */ at, /** @type {number} */ index) => h('li', { key: at, class: 'line' },
          h('time', { dateTime: at, title: full(at) }, moment(at, { seconds: true })), explained.notes[index] && h('span', { class: 'tone-late' }, ` ${explained.notes[index]}`)))),
      h(Crowd, { key: 'crowd', at: explained.next[0] }),
    ],
    usual && gap > 0 && usual > gap && h('p', { class: 'note warn' }, t('edit.overlaps', { usual: duration(usual), gap: duration(gap) })),
    warnings.map((warning) => h('p', { key: warning, class: 'note warn' }, warning)),
    tried?.changes?.length ? h('section', null,
      h('h3', null, t('edit.changes')),
      h('dl', { class: 'facts' }, tried.changes.flatMap((/** @type {import('../base/operations.js').FieldChange} */ change) => [
        h('dt', { key: `${change.field}-n` }, word(`field.${change.field}`)),
        h('dd', { key: change.field }, h('del', { class: 'tone-failed' }, shown(change.before)), ' → ', h('ins', { class: 'tone-success' }, shown(change.after)))]))) : null,
    isNew && tried && h('p', { class: 'tone-success' }, t('edit.good')));
}

/** @param {unknown} value */
const shown = (value) => (value === null || value === '' ? '–' : typeof value === 'string' ? value : JSON.stringify(value));

/** How many other jobs start in the same quarter of an hour, and where there is room. @param {{at: string|undefined}} props */
function Crowd({ at }) {
  const crowd = useQuery('upcoming', at ? { at } : null, { when: (digest) => digest.jobs_changed, every: 5000 });
  if (!crowd.data || !crowd.data.names_total) return null;
  const quiet = crowd.data.quiet?.[0];
  return h('p', { class: 'faint' }, t('edit.crowd', { n: crowd.data.names_total }), quiet && ` ${t('edit.quiet', { time: moment(quiet) })}`, ' ',
    h('span', { class: 'unseen' }, number(crowd.data.names_total)));
}
