// Last night in one sentence: what is wrong stands first, each number leads to its list.
import { h } from '../base/dom.js';
import { readSetting, writeSetting } from '../base/store.js';
import { moment, momentAfter } from '../base/time.js';
import { href } from '../base/route.js';
import { t } from '../base/words.js';

/** Absence that begins a new visit, in ms. */
const ABSENCE = 30 * 60_000;
/** A visit that began less than this ago says too little: the sentence begins at yesterday 18:00 then. */
const SHORT = 60 * 60_000;

/** @type {string|undefined|null} */
let lastVisit = null;

/** When the person was here before this visit; nothing at the first visit. It is written while the page is used. */
export function useVisit() {
  if (lastVisit === null) {
    const seen = readSetting('seen', 0);
    const before = readSetting('visit', 0);
    const present = Date.now();
    const visit = seen && present - seen > ABSENCE ? seen : before;
    writeSetting('visit', visit);
    lastVisit = visit && present - visit > SHORT && present - visit < 7 * 86_400_000 ? new Date(visit).toISOString() : undefined;
    const mark = () => { if (!document.hidden) writeSetting('seen', Date.now()); };
    mark();
    for (const name of ['visibilitychange', 'pagehide', 'hashchange']) window.addEventListener(name, mark);
  }
  return lastVisit;
}

/**
 * @typedef {object} Summary
 * @property {string} since
 * @property {string} until
 * @property {Record<string, number>} runs
 * @property {number} total
 * @property {number} failing_total
 * @property {number} slower_total
 * @property {number} missed_total
 * @property {{from: string, until: string, missed: number}[]} gaps
 * @property {string|null} [trouble]
 * @property {number} [open_alerts]
 * @property {boolean} paused
 */

/** @param {{summary: Summary, isVisit: boolean}} props */
export function Sentence({ summary, isVisit }) {
  const { runs, since, until } = summary;
  const failed = (runs.failed ?? 0) + (runs.timeout ?? 0) + (runs.interrupted ?? 0);
  const missed = runs.missed ?? 0;
  const gap = summary.gaps?.find((each) => each.missed > 0) ?? summary.gaps?.[0];
  const range = { since, until };
  /** @type {any[]} */
  const parts = [];
  const link = (/** @type {string} */ to, /** @type {string} */ text, /** @type {string} */ tone) => h('a', { key: text, href: to, class: tone }, text);
  if (failed) {
    parts.push([
      link(href(['runs'], { ...range, status: 'failed,timeout,interrupted' }), t('sentence.failed', { n: failed }), 'tone-failed'),
      summary.failing_total > 0 && [t('sentence.open'), link('#/jobs?failing', t('sentence.failing', { n: summary.failing_total }), ''), t('sentence.close')],
    ]);
  }
  if (missed) {
    parts.push([
      link(href(['runs'], { ...range, status: 'missed' }), t('sentence.missed', { n: missed }), 'tone-missed'),
      gap && t('sentence.gap', { from: moment(gap.from), until: momentAfter(gap.until, gap.from) }),
    ]);
  }
  if (summary.slower_total) parts.push(link('#/jobs?slower', t('sentence.slower', { n: summary.slower_total }), 'tone-late'));
  if (summary.open_alerts) parts.push(link('#/system/alerts', t('sentence.alerts', { n: summary.open_alerts }), 'tone-failed'));
  const start = t(isVisit ? 'sentence.visit' : 'sentence.since', { time: moment(since) });
  return h('p', { class: 'sentence' },
    summary.trouble && h('strong', { class: 'tone-failed' }, summary.trouble, ' '),
    summary.paused && h('strong', { class: 'tone-late' }, t('sentence.paused'), ' '),
    start,
    link(href(['runs'], range), summary.total ? t('sentence.runs', { n: summary.total }) : t('sentence.nothing'), ''),
    parts.length ? t('sentence.colon') : summary.total ? t('sentence.good') : '',
    parts.map((part, i) => [i > 0 && t('list.comma'), part]),
    !missed && gap && t('sentence.down', { from: moment(gap.from), until: momentAfter(gap.until, gap.from) }),
    t('sentence.end'));
}

