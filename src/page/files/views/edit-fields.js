// The fields of a job: their groups, how they are read from a job and sent, and the command that does the same.
import { quote } from '../parts/command.js';
import { optionsOf, overlapName } from '../parts/definition.js';

/**
 * @typedef {object} FieldOfJob
 * @property {string} key the parameter of `add` and `edit`
 * @property {'text'|'lines'|'list'|'select'|'check'} kind `list`: one thing on each line; `lines`: a text of several lines
 * @property {string} [mode] only for work of this kind
 * @property {string} group
 * @property {string[]} [options]
 * @property {boolean} [mono]
 */

/** @type {FieldOfJob[]} */
export const FIELDS = [
  { key: 'name', kind: 'text', group: 'main' },
  { key: 'desc', kind: 'text', group: 'main' },
  { key: 'tags', kind: 'text', group: 'main' },
  { key: 'mode', kind: 'select', group: 'work', options: ['command', 'http', 'func'] },
  { key: 'command', kind: 'lines', mode: 'command', group: 'work', mono: true },
  { key: 'url', kind: 'text', mode: 'http', group: 'work', mono: true },
  { key: 'method', kind: 'select', mode: 'http', group: 'work', options: ['', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'] },
  { key: 'headers', kind: 'list', mode: 'http', group: 'work', mono: true },
  { key: 'data', kind: 'lines', mode: 'http', group: 'work', mono: true },
  { key: 'func', kind: 'select', mode: 'func', group: 'work' },
  { key: 'args', kind: 'list', mode: 'func', group: 'work', mono: true },
  { key: 'workdir', kind: 'text', mode: 'command', group: 'more', mono: true },
  { key: 'env', kind: 'list', mode: 'command', group: 'more', mono: true },
  { key: 'env_file', kind: 'text', mode: 'command', group: 'more', mono: true },
  { key: 'stdin', kind: 'lines', mode: 'command', group: 'more', mono: true },
  { key: 'shell', kind: 'text', mode: 'command', group: 'more', mono: true },
  { key: 'user', kind: 'text', group: 'more', mono: true },
  { key: 'umask', kind: 'text', mode: 'command', group: 'more', mono: true },
  { key: 'nice', kind: 'text', mode: 'command', group: 'more', mono: true },
  { key: 'ionice', kind: 'text', mode: 'command', group: 'more', mono: true },
  { key: 'limit', kind: 'text', mode: 'command', group: 'more', mono: true },
  { key: 'cookies', kind: 'text', mode: 'http', group: 'more', mono: true },
  { key: 'proxy', kind: 'text', mode: 'http', group: 'more', mono: true },
  { key: 'result', kind: 'text', mode: 'http', group: 'more', mono: true },
  { key: 'ok_exit', kind: 'text', mode: 'command', group: 'more', mono: true },
  { key: 'expect', kind: 'text', group: 'more', mono: true },
  { key: 'fail_on', kind: 'text', group: 'more', mono: true },
  { key: 'timezone', kind: 'text', group: 'when' },
  { key: 'jitter', kind: 'text', group: 'rare' },
  { key: 'start_at', kind: 'text', group: 'rare' },
  { key: 'end_at', kind: 'text', group: 'rare' },
  { key: 'allow_mode', kind: 'select', group: 'rules', options: ['', 'skip', 'queue', 'parallel', 'replace'] },
  { key: 'catch_up', kind: 'select', group: 'rules', options: ['', 'skip', 'once', 'all'] },
  { key: 'timeout', kind: 'text', group: 'rules' },
  { key: 'retries', kind: 'text', group: 'rules' },
  { key: 'retry_delay', kind: 'text', group: 'rare' },
  { key: 'retry_backoff', kind: 'text', group: 'rare' },
  { key: 'retry_max', kind: 'text', group: 'rare' },
  { key: 'times', kind: 'text', group: 'rare' },
  { key: 'interval', kind: 'text', group: 'rare' },
  { key: 'catch_up_window', kind: 'text', group: 'rare' },
  { key: 'max_run_count', kind: 'text', group: 'rare' },
  { key: 'notify', kind: 'text', group: 'alerts' },
  { key: 'alert_after', kind: 'text', group: 'alerts' },
  { key: 'expect_success_every', kind: 'text', group: 'alerts' },
  { key: 'start_within', kind: 'text', group: 'alerts' },
  { key: 'warn_after', kind: 'text', group: 'alerts' },
  { key: 'warn_under', kind: 'text', group: 'alerts' },
  { key: 'stop_after_failures', kind: 'text', group: 'alerts' },
];

/** @typedef {Record<string, string>} Values */

/** Fields with several words in one line. */
const WORDS = ['tags', 'notify'];

/** The values of a job that is not there yet. @returns {Values} */
export const emptyValues = () => ({ ...Object.fromEntries(FIELDS.map(({ key }) => [key, ''])), mode: 'command', cron_expr: '' });

/** Fields of the work that stand in groups of other fields. */
const OF_WORK = ['timeout', 'times', 'interval'];

/**
 * The values of a job as the form shows them. Its work must have been asked for: `show` with `work`.
 * @param {import('../base/operations.js').JobView} job
 * @returns {Values}
 */
export function valuesOf(job) {
  // A stored text that the daemon cannot read stands whole in the field of the command.
  const work = job.work ?? { command: job.command };
  const fields = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (job));
  const values = emptyValues();
  for (const { key, group } of FIELDS) {
    const value = group === 'work' || group === 'more' || OF_WORK.includes(key) ? work[key] : fields[key];
    values[key] = Array.isArray(value) ? value.join(WORDS.includes(key) ? ' ' : '\n') : shown(value);
  }
  values.mode = job.mode;
  values.cron_expr = job.cron_expr;
  values.allow_mode = overlapName(job.allow_mode);
  for (const key of ['jitter', 'retries', 'retry_max', 'catch_up_window', 'max_run_count']) if (values[key] === '0') values[key] = '';
  return values;
}

/** @param {unknown} value */
const shown = (value) => (value === null || value === undefined ? '' : String(value));

/** Fields that are numbers in the requests. */
const NUMBERS = ['nice', 'times', 'retries', 'retry_backoff', 'max_run_count', 'stop_after_failures'];

/** What an emptied field is set to, where that is not an empty text. */
const WHEN_EMPTY = /** @type {Record<string, string|number|string[]>} */ ({ jitter: 0, timeout: 0, times: 1, interval: 0, retries: 0, retry_delay: 60, retry_backoff: 1, retry_max: 0, catch_up_window: 0, max_run_count: 0, nice: 0, expect_success_every: 0, start_within: 0, warn_after: 0, warn_under: 0, stop_after_failures: 0, notify: [''], tags: [''], env: [''], headers: [''], args: [] });

/** @typedef {import('../base/operations.js').EditRequest & import('../base/operations.js').AddRequest} Parameters */

/**
 * The parameters of `add` or `edit`: what differs from `before`, as the operation takes it.
 * @param {Values} values
 * @param {Values} before
 * @returns {Parameters}
 */
export function parametersOf(values, before) {
  /** @type {Record<string, string|number|string[]>} */
  const parameters = {};
  const isNew = before.name === '';
  for (const { key, kind, mode } of FIELDS) {
    if (mode && mode !== values.mode) continue;
    const value = values[key];
    if (value === before[key]) continue;
    if (value.trim() === '') parameters[key] = key in WHEN_EMPTY ? WHEN_EMPTY[key] : '';
    else if (key === 'tags') parameters[key] = [...isNew ? [] : [''], ...value.split(/[\s,]+/).filter(Boolean)];
    else if (key === 'notify') parameters[key] = value.split(/[\s,]+/).filter(Boolean);
    else if (key === 'args') parameters[key] = value.split('\n');
    else if (kind === 'list') parameters[key] = [...isNew ? [] : [''], ...value.split('\n').filter((line) => line !== '')];
    else if (NUMBERS.includes(key) && /^-?\d+(\.\d+)?$/.test(value.trim())) parameters[key] = Number(value);
    else parameters[key] = kind === 'lines' ? value : value.trim();
  }
  if (values.cron_expr !== before.cron_expr) parameters.cron_expr = values.cron_expr.trim();
  if (isNew) parameters.mode = values.mode;
  return /** @type {Parameters} */ (parameters);
}

/**
 * The `jobs add` or `jobs edit` line that does the same as the form.
 * @param {import('../base/operations.js').JobView|undefined} job the job that is edited; absent for a new one
 * @param {Values} values
 * @param {Parameters} parameters
 * @param {{now: boolean, stopped: boolean}} [more] of a new job
 */
export function commandOf(job, values, parameters, more = { now: false, stopped: false }) {
  const { mode: _, name, command: last, ...rest } = parameters;
  const words = job ? ['jobs', 'edit', job.name] : ['jobs', 'add', values.name.trim() || 'NAME'];
  return [...words, ...optionsOf({ ...job && name ? { name } : {}, ...rest }).flat(), ...!job && more.now ? ['--now'] : [], ...!job && more.stopped ? ['--stopped'] : [], ...last ? ['--', last] : []].map(quote).join(' ');
}
