// Times and durations in words, with the whole time in the title.
import { h } from '../base/dom.js';
import { duration, fromNow, full, moment, now, useNow } from '../base/time.js';
import { t } from '../base/words.js';

/** @typedef {import('../base/time.js').Instant} Instant */

/**
 * A time: 02:30, yesterday 02:30, 2026-11-20 02:30.
 * @param {{at: Instant, seconds?: boolean}} props
 */
export const At = ({ at, seconds }) => h('time', { dateTime: new Date(at).toISOString(), title: full(at) }, moment(at, { seconds }));

/**
 * How long ago or in how long; it counts.
 * @param {{at: Instant}} props
 */
export function Ago({ at }) {
  const away = Math.abs(new Date(at).getTime() - now());
  const at_ = useNow(away < 120_000 ? 1000 : 30_000);
  return h('time', { dateTime: new Date(at).toISOString(), title: full(at) }, fromNow(at, at_));
}

/** Whether a duration is much longer than usual: more than twice, and a second more. @param {number} ms @param {number|null|undefined} usual */
export const isSlow = (ms, usual) => Boolean(usual) && ms > 2 * Number(usual) && ms > Number(usual) + 1000;

/**
 * A duration, with the usual one in the title; orange when it is much longer.
 * @param {{ms: number, usual?: number|null}} props
 */
export const Took = ({ ms, usual }) => h('span', {
  class: isSlow(ms, usual) ? 'tone-late' : undefined, title: usual ? t('when.usually', { length: duration(usual) }) : undefined,
}, duration(ms));

/**
 * How long something runs already, beside its usual duration: a bar and "6 m of ~11 m".
 * @param {{since: Instant, usual?: number|null, bar?: boolean}} props
 */
export function Elapsed({ since, usual, bar = true }) {
  const ms = Math.max(0, useNow() - new Date(since).getTime());
  const length = duration(Math.floor(ms / 1000) * 1000);
  const words = usual ? t('when.of', { length, usual: duration(usual) }) : length;
  return h('span', { class: isSlow(ms, usual) ? 'elapsed tone-late' : 'elapsed', title: full(since) },
    bar && usual && h('span', { class: isSlow(ms, usual) ? 'progress over' : 'progress', role: 'progressbar', 'aria-valuemin': 0, 'aria-valuemax': 100,
      'aria-valuenow': Math.min(100, Math.round((ms / usual) * 100)), 'aria-label': words }, h('i', { style: { width: `${Math.min(100, (ms / usual) * 100)}%` } })),
    h('span', null, words));
}
