// The work of a job in parts, and the command line that adds such a job.
import { command } from './command.js';

/** The values of `allow_mode` as the command line has them. */
const OVERLAPS = /** @type {const} */ (['parallel', 'skip', 'queue', 'replace']);

/** The name of an overlap policy, which answers have as a number. @param {import('../base/operations.js').Overlap} policy */
export const overlapName = (policy) => (typeof policy === 'number' ? OVERLAPS[policy] : policy);

/**
 * The parts of a work text such as `【command】…【env】A=1|||B=2`; a text without marks is a command.
 * @param {string} text
 * @returns {[string, string][]}
 */
export function workParts(text) {
  const marks = [...text.matchAll(/(?:^|\n)【([a-z_]+)】/g)];
  if (!marks.length || marks[0].index !== 0) return [['command', text]];
  return marks.map((mark, i) => [mark[1], text.slice(mark.index + mark[0].length, marks[i + 1]?.index)]);
}

/** Arguments of a function, as they stand between commas; quotes keep a comma. @param {string} text */
function args(text) {
  /** @type {string[]} */
  const all = [''];
  let isQuoted = false;
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] === '"' && isQuoted && text[i + 1] === '"') { all[all.length - 1] += '"'; i += 1; }
    else if (text[i] === '"') isQuoted = !isQuoted;
    else if (text[i] === ',' && !isQuoted) all.push('');
    else all[all.length - 1] += text[i];
  }
  return all;
}

/**
 * The words of the work on a command line: options, and the command that follows `--`.
 * @param {string} mode @param {string} text
 */
function workWords(mode, text) {
  /** @type {[string, string][]} */
  const options = [];
  let last = '';
  for (const [name, value] of workParts(text)) {
    if (name === 'command') last = value;
    else if (name === 'env') for (const each of value.split('|||')) options.push(['--env', each]);
    else if (name === 'headers') for (const each of value.split('|||')) options.push(['--header', each]);
    else if (mode === 'func' && name === 'name') options.push(['--func', value]);
    else if (mode === 'func' && name === 'arg') for (const each of args(value)) options.push(['--arg', each]);
    else if (mode === 'http' && name === 'mode') options.push(['--method', value]);
    else options.push([`--${name.replace(/_/g, '-')}`, value]);
  }
  return { options, last };
}

/** The `jobs add` line that makes such a job; masked secrets stay `***`. @param {import('../base/operations.js').JobView} job */
export function addLine(job) {
  const { options, last } = workWords(job.mode, job.command);
  return command('jobs', 'add', job.name,
    ...job.cron_expr.split('; ').map((/** @type {string} */ expr) => /** @type {[string, string]} */ (['--cron', expr])),
    ['--tz', job.timezone], ['--desc', job.desc],
    ['--overlap', job.allow_mode !== 0 && overlapName(job.allow_mode)], ['--max-runs', job.max_run_count || null],
    ['--catch-up', job.catch_up !== 'skip' && job.catch_up], ['--catch-up-window', job.catch_up_window || null],
    ['--jitter', job.jitter || null], ['--retries', job.retries || null],
    ['--retry-delay', job.retries > 0 && job.retry_delay], ['--retry-backoff', job.retries > 0 && job.retry_backoff !== 1 && job.retry_backoff],
    ['--retry-max', job.retry_max || null], ['--start', job.start_at], ['--end', job.end_at],
    ...(job.tags ?? []).map((/** @type {string} */ tag) => /** @type {[string, string]} */ (['--tag', tag])),
    ...options, ...(last ? ['--', last] : []));
}
