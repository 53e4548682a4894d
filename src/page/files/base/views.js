// The views, by their addresses, and how they are read: each with its words and styles when it is shown for the first time.
import { match } from './route.js';
import { loadWords } from './words.js';

/** @typedef {{params: Record<string, string>, query: URLSearchParams}} ViewProps */
/** @typedef {(props: ViewProps) => any} Component */

/**
 * @typedef {object} View
 * @property {string} pattern
 * @property {import('./session.js').Role} role that it takes
 * @property {() => Promise<{default: Component}>} file
 * @property {import('./words.js').Group[]} words the groups of words that it uses besides `base`
 * @property {string[]} styles
 * @property {Component} [component] set when it has been read
 */

const JOB = 'style-job.css';
const SYSTEM = 'style-system.css';

/** @type {Pick<View, 'file'|'words'|'styles'>} */
const edit = { file: () => import('../views/edit.js'), words: ['edit'], styles: [SYSTEM] };
/** @type {Pick<View, 'file'|'words'|'styles'>} */
const system = { file: () => import('../views/system.js'), words: ['system', 'alerts'], styles: [SYSTEM] };

/** The first whose pattern fits is shown. @type {View[]} */
export const VIEWS = [
  { pattern: '', role: 'viewer', file: () => import('../views/today.js'), words: [], styles: [] },
  { pattern: 'jobs', role: 'viewer', file: () => import('../views/jobs.js'), words: ['jobs'], styles: [] },
  { pattern: 'new', role: 'operator', ...edit },
  { pattern: 'import', role: 'operator', file: () => import('../views/import.js'), words: ['edit'], styles: [SYSTEM] },
  { pattern: 'jobs/:job', role: 'viewer', file: () => import('../views/job.js'), words: ['jobs', 'job'], styles: [JOB] },
  { pattern: 'jobs/:job/edit', role: 'operator', ...edit },
  { pattern: 'runs', role: 'viewer', file: () => import('../views/runs.js'), words: ['jobs', 'job'], styles: [JOB] },
  { pattern: 'runs/:exec', role: 'viewer', file: () => import('../views/execution.js'), words: ['jobs', 'job'], styles: [JOB] },
  { pattern: 'week', role: 'viewer', file: () => import('../views/week.js'), words: ['jobs'], styles: [SYSTEM] },
  { pattern: 'system', role: 'viewer', ...system },
  { pattern: 'system/:part', role: 'viewer', ...system },
];

/** The view at an address. @param {string[]} path @returns {{view: View, params: Record<string, string>}|undefined} */
export function viewAt(path) {
  for (const view of VIEWS) {
    const params = match(view.pattern, path);
    if (params) return { view, params };
  }
  return undefined;
}

/** A view that cannot be read for so long, in ms, counts as one that cannot be read. */
const TIME = 15_000;

/** @param {number} ms @returns {Promise<never>} */
const failsAfter = (ms) => new Promise((_, fail) => { setTimeout(() => fail(new Error(`nothing within ${ms} ms`)), ms); });

/** Reads a view; then it has its `component`. Fails when the daemon is away, or has other files since it was started anew. @param {View} view */
export async function loadView(view) {
  const read = Promise.all([view.file(), loadWords(...view.words), ...view.styles.map(loadStyle)]);
  const [file] = await Promise.race([read, failsAfter(TIME)]);
  view.component = file.default;
}

/** @type {Map<string, Promise<void>>} */
const styles = new Map();

/** @param {string} name @returns {Promise<void>} */
function loadStyle(name) {
  const known = styles.get(name);
  if (known) return known;
  const link = document.createElement('link');
  const loading = new Promise((/** @type {(value: void) => void} */ done, fail) => {
    link.addEventListener('load', () => done());
    link.addEventListener('error', () => {
      link.remove();
      styles.delete(name);
      fail(new Error(name));
    });
  });
  link.rel = 'stylesheet';
  link.href = new URL(`../${name}`, import.meta.url).href;
  document.head.append(link);
  styles.set(name, loading);
  return loading;
}
