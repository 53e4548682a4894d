// The bar of the chosen jobs. From 20 jobs on, the number must be typed before something is done.
import { h, Icon, useState } from '../base/dom.js';
import { ApiError, call } from '../base/api.js';
import { number, t } from '../base/words.js';
import { ask } from '../parts/dialog.js';
import { command, CommandLine } from '../parts/command.js';
import { StopUntil } from '../parts/actions.js';
import { Menu } from '../parts/menu.js';
import { attempt, toast } from '../parts/toast.js';

/** From this number on, the number must be typed. */
const TYPED_FROM = 20;

/** The most jobs that a command line names. */
const MOST_NAMES = 20;

/** @typedef {'run'|'stop'|'restart'|'skip'|'rm'} Action */

/**
 * @param {object} props
 * @param {{ids: Map<number, string>, all: boolean, count: number, chooseAll: () => void, clear: () => void}} props.choice
 * @param {object} props.filter of the list
 * @param {number} props.total how many match
 * @param {() => void} props.onDone
 * @param {() => void} props.onOld another number of jobs matches by now
 */
export function BulkBar({ choice, filter, total, onDone, onOld }) {
  const [isStopping, setStopping] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const { count } = choice;
  const typed = count >= TYPED_FROM ? String(count) : undefined;
  const target = choice.all ? { ...filter, count } : { jobs: [...choice.ids.keys()], count };
  const names = [...choice.ids.values()];

  const send = async (/** @type {Action} */ action, /** @type {object} */ more = {}) => {
    setBusy(true);
    try {
      const done = await call('bulk', { action, ...target, ...more });
      tell(done);
      onDone();
      return done;
    } catch (error) {
      if (error instanceof ApiError && error.status === 409) onOld();
      throw error;
    } finally {
      setBusy(false);
    }
  };
  const start = async (/** @type {Action} */ action) => {
    const isMeant = (count === 1 && action !== 'rm') || await ask({
      title: t(`bulk.${action}`, { n: count }), action: t(action === 'restart' ? 'jobs.start' : action === 'rm' ? 'rm.action' : `jobs.${action}`), typed,
      danger: action === 'rm',
      text: [
        action === 'rm' && h('p', { key: 'text' }, t('bulk.rm.text')),
        h('p', { key: 'names', class: 'soft' }, choice.all ? t('bulk.all.chosen', { n: count }) : names.slice(0, 10).join(t('list.comma')),
          names.length > 10 && ` ${t('and.more', { n: names.length - 10 })}`),
      ],
      more: !choice.all && names.length <= MOST_NAMES && h(CommandLine, { text: command('jobs', action, ...names) }),
    });
    if (isMeant) await attempt(() => send(action));
  };
  return h('div', { class: 'bulk', role: 'region', 'aria-label': t('bulk.bar'), 'aria-busy': isBusy },
    h('b', { role: 'status' }, choice.all ? t('bulk.all.chosen', { n: count }) : t('bulk.chosen', { n: count })),
    !choice.all && count < total && h('button', { type: 'button', class: 'link', onClick: choice.chooseAll }, t('bulk.all', { n: total })),
    isBusy && h('span', { class: 'faint', role: 'status' }, t('bulk.busy')),
    h('span', { class: 'bulk-actions' },
      h('button', { type: 'button', class: 'button', disabled: isBusy, onClick: () => start('run') }, h(Icon, { name: 'run' }), t('jobs.run')),
      h('button', { type: 'button', class: 'button', disabled: isBusy, onClick: () => start('stop') }, h(Icon, { name: 'pause' }), t('jobs.stop')),
      h('button', { type: 'button', class: 'button wide-only', disabled: isBusy, onClick: () => start('skip') }, h(Icon, { name: 'skip' }), t('jobs.skip')),
      h(Menu, {
        label: t('more'), class: 'up',
        entries: [
          { label: t('jobs.skip'), run: () => { void start('skip'); } },
          { label: t('jobs.until'), run: () => setStopping(true) },
          { label: t('jobs.start'), run: () => { void start('restart'); } },
          'rule',
          { label: t('jobs.remove'), danger: true, run: () => { void start('rm'); } },
        ],
      })),
    h('button', { type: 'button', class: 'button bare', 'aria-label': t('bulk.none'), title: `${t('bulk.none')} (Esc)`, onClick: choice.clear }, h(Icon, { name: 'close' })),
    isStopping && h(StopUntil, { title: t('bulk.stop', { n: count }), typed, onClose: () => setStopping(false), send: (params) => send('stop', params) }));
}

/** Says what was done and what was refused. @param {{matched: number, done: number, failed: {job: string, error: string}[], more_failed: number}} answer */
function tell({ matched, done, failed, more_failed }) {
  if (!failed.length) return toast(t('bulk.done', { n: done, all: matched }));
  const lines = failed.slice(0, 5).map(({ job, error }) => t('bulk.failed', { job: String(job), error }));
  const rest = failed.length - lines.length + more_failed;
  return toast(t('bulk.refused', { n: failed.length + more_failed, all: matched }), {
    isError: true, hint: [...lines, rest > 0 ? t('bulk.more', { n: number(rest) }) : ''].filter(Boolean).join('\n'),
  });
}
