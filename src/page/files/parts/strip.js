// The last runs of a job as small bars: height by duration, colour by status, one SVG path per colour.
import { h } from '../base/dom.js';
import { t } from '../base/words.js';
import { FAILURES, tone } from './status.js';

/** @typedef {{exec_id: number, status: import('./status.js').Status, duration_ms?: number|null, ended_at?: string|null}} StripRun */

const STEP = 4;
const BAR = 3;

/**
 * The paths of a strip by tone, and the words of it. Bars stand at the right end; a missed run is a hollow bar of half height.
 * @param {StripRun[]} runs oldest first
 * @param {number} count places of the strip
 * @param {number} height
 * @param {number|undefined|null} usual the usual duration in ms: half of the height
 */
export function stripPaths(runs, count, height, usual) {
  const shown = runs.slice(-count);
  const longest = Math.max(1, usual ? usual * 2 : 0, ...(usual ? [] : shown.map((run) => run.duration_ms ?? 0)));
  /** @type {Record<string, string>} */
  const paths = {};
  shown.forEach((run, i) => {
    const x = (count - shown.length + i) * STEP;
    const name = tone(run.status);
    const share = Math.min(1, (run.duration_ms ?? 0) / longest);
    const tall = name === 'missed' || name === 'quiet' ? Math.round(height / 2) : Math.max(3, Math.round(share * height));
    const y = height - tall;
    paths[name] = (paths[name] ?? '') + (name === 'missed'
      ? `M${x} ${y}h${BAR}v${tall}h-${BAR}zm1 1v${tall - 2}h1v-${tall - 2}z`
      : `M${x} ${y}h${BAR}v${tall}h-${BAR}z`);
  });
  return paths;
}

/** @param {StripRun[]} runs */
export function stripWords(runs) {
  const failed = runs.filter((run) => FAILURES.includes(run.status)).length;
  const missed = runs.filter((run) => run.status === 'missed').length;
  const parts = [failed ? t('strip.failed', { n: failed }) : '', missed ? t('strip.missed', { n: missed }) : ''].filter(Boolean);
  return t('strip.words', { n: runs.length, parts: parts.join(t('list.comma')) || t('strip.good') });
}

/**
 * @param {{runs: StripRun[]|null|undefined, usual?: number|null, count?: number, height?: number, onPick?: (run: StripRun) => void}} props
 *   `onPick` gets the run under the pointer; the job's page has the same runs as a list for the keyboard
 */
export function Strip({ runs, usual, count = 30, height = 20, onPick }) {
  if (!runs?.length) return h('span', { class: 'strip strip-empty' });
  const paths = stripPaths(runs, count, height, usual);
  const width = count * STEP - 1;
  const pick = onPick && ((/** @type {MouseEvent} */ event) => {
    const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
    const place = Math.floor(((event.clientX - box.left) / box.width) * count);
    const shown = runs.slice(-count);
    const run = shown[place - (count - shown.length)];
    if (run) { event.stopPropagation(); onPick(run); }
  });
  return h('svg', {
    class: onPick ? 'strip can-pick' : 'strip', viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': stripWords(runs), onClick: pick,
  }, Object.keys(paths).map((name) => h('path', { key: name, class: `fill-${name}`, d: paths[name], 'fill-rule': 'evenodd' })));
}
