// The output of an execution beside that of an earlier one: the lines that differ, the equal ones folded.
import { h, cx, useEffect, useState } from '../base/dom.js';
import { call } from '../base/api.js';
import { href } from '../base/route.js';
import { number, t } from '../base/words.js';
import { plain } from './ansi.js';
import { compare, fold, MOST_LINES } from './diff.js';
import { Decoder } from './output.js';
import { Refusal } from './toast.js';
import { At } from './when.js';

/** @typedef {import('../base/operations.js').Execution} Execution */
/** @typedef {{name: 'stdout'|'stderr', parts: import('./diff.js').Part[], isSame: boolean}} Stream */

/** So much of each output is compared, in bytes. */
const MOST_BYTES = 2 * 1024 * 1024;
/** So many lines of a comparison are shown. */
const MOST_SHOWN = 2000;

/** With which execution: the one before, or the last that succeeded. @typedef {'before'|'success'} Which */

/** The execution to compare with. @param {Execution} run @param {Which} which @returns {Promise<Execution|undefined>} */
async function other(run, which) {
  const statuses = which === 'success' ? ['success'] : ['success', 'failed', 'timeout', 'interrupted', 'cancelled'];
  const [found] = await call('history', { job: run.job_id, statuses, before: run.exec_id, output: false, limit: 1 });
  return found;
}

/** The beginning of both streams of an execution. @param {number} exec_id */
async function read(exec_id) {
  const text = { stdout: '', stderr: '' };
  const decoders = { stdout: new Decoder(), stderr: new Decoder() };
  let isCut = false;
  let at = { stdout_offset: 0, stderr_offset: 0 };
  for (;;) {
    const chunk = await call('logs', { exec_id, ...at, wait: 0 });
    for (const name of /** @type {const} */ (['stdout', 'stderr'])) {
      text[name] += decoders[name].take(chunk[name]);
      isCut ||= chunk[`${name}_cut`] > 0 || (chunk[`${name}_lost`] ?? 0) > 0;
    }
    const next = { stdout_offset: chunk.stdout_next, stderr_offset: chunk.stderr_next };
    const isFull = text.stdout.length + text.stderr.length > MOST_BYTES;
    const isStuck = next.stdout_offset === at.stdout_offset && next.stderr_offset === at.stderr_offset;
    if (chunk.done || isFull || isStuck) return { text, isCut: isCut || isFull };
    at = next;
  }
}

/** @param {string} text */
function linesOf(text) {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** @param {Execution} run @param {Which} which */
async function comparison(run, which) {
  const earlier = await other(run, which);
  if (!earlier) return undefined;
  const [before, after] = await Promise.all([read(earlier.exec_id), read(run.exec_id)]);
  let isCut = before.isCut || after.isCut;
  /** @type {Stream[]} */
  const streams = [];
  for (const name of /** @type {const} */ (['stdout', 'stderr'])) {
    const [a, b] = [before, after].map(({ text }) => {
      const lines = linesOf(text[name]);
      isCut ||= lines.length > MOST_LINES;
      return lines.slice(0, MOST_LINES).map(plain);
    });
    if (!a.length && !b.length) continue;
    const lines = compare(a, b);
    const parts = fold(lines);
    isCut ||= parts.length > MOST_SHOWN;
    streams.push({ name, parts: parts.slice(0, MOST_SHOWN), isSame: lines.every(({ kind }) => kind === 'same') });
  }
  return { earlier, streams, isCut };
}

/** @param {{run: Execution, which: Which}} props */
export function Compare({ run, which }) {
  const [found, setFound] = useState(/** @type {{key: string, is?: Awaited<ReturnType<typeof comparison>>, error?: unknown}} */ ({ key: '' }));
  const key = `${run.exec_id} ${which} ${run.status}`;
  useEffect(() => {
    let isOver = false;
    const set = (/** @type {typeof found} */ next) => { if (!isOver) setFound(next); };
    comparison(run, which).then((is) => set({ key, is }), (error) => set({ key, error }));
    return () => { isOver = true; };
  }, [key]);
  const isRead = found.key === key;
  const name = t(which === 'success' ? 'compare.success' : 'compare.before');
  return h('section', { class: 'card compare', 'aria-label': t('compare.title') },
    h('header', null, h('h2', null, name),
      isRead && found.is && h('a', { href: href(['runs', found.is.earlier.exec_id]) }, `#${found.is.earlier.exec_id} `, h(At, { at: found.is.earlier.started_at ?? found.is.earlier.scheduled_at })),
      h('a', { class: 'button small end', href: href(['runs', run.exec_id]) }, t('compare.close'))),
    !isRead && h('p', { class: 'faint', role: 'status' }, t('loading')),
    isRead && Boolean(found.error) && h(Refusal, { error: found.error }),
    isRead && !found.error && !found.is && h('p', { class: 'note' }, t('compare.none')),
    isRead && found.is && [
      found.is.isCut && h('p', { key: 'cut', class: 'note warn' }, t('compare.cut')),
      found.is.streams.length === 0 && h('p', { key: 'empty', class: 'note' }, t('compare.empty')),
      found.is.streams.map((stream) => h('div', { key: stream.name, class: 'compare-stream' },
        h('h3', null, stream.name, stream.isSame && h('span', { class: 'faint' }, ` · ${t('compare.same')}`)),
        h('div', { class: 'compare-lines', role: 'list', tabIndex: 0, 'aria-label': stream.name }, stream.parts.map((part, i) => h(PartLine, { key: i, part }))))),
    ]);
}

/** @param {{part: import('./diff.js').Part}} props */
function PartLine({ part }) {
  if (part.kind === 'fold') return h('div', { class: 'compare-fold', role: 'listitem' }, t('compare.fold', { n: number(part.count) }));
  const sign = { same: ' ', gone: '−', new: '+' }[part.kind];
  const word = { same: '', gone: t('compare.gone'), new: t('compare.new') }[part.kind];
  return h('div', { class: cx('compare-line', part.kind), role: 'listitem' },
    h('span', { class: 'compare-sign', 'aria-hidden': 'true' }, sign), word && h('span', { class: 'unseen' }, `${word} `), h('span', null, part.text));
}
