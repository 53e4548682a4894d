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

/** The flags whose names are not those of the fields. */
const FLAGS = /** @type {Record<string, string>} */ ({
  cron_expr: '--cron', timezone: '--tz', start_at: '--start', end_at: '--end', headers: '--header', args: '--arg', tags: '--tag',
  allow_mode: '--overlap', max_run_count: '--max-runs',
});

/**
 * Fields by their names in requests as options of the command line; a list has an option for each member.
 * @param {Record<string, unknown>} fields
 * @returns {[string, string][]}
 */
export const optionsOf = (fields) => Object.entries(fields).flatMap(([key, value]) => (Array.isArray(value) ? value : [value])
  .map((one) => /** @type {[string, string]} */ ([FLAGS[key] ?? `--${key.replace(/_/g, '-')}`, String(one)])));

/** The `jobs add` line that makes such a job; masked secrets stay `***`. @param {import('../base/operations.js').JobView} job */
export function addLine(job) {
  const { command: last, clean_env, ...work } = job.work ?? { command: job.command };
  return command('jobs', 'add', job.name,
    ...job.cron_expr.split('; ').map((/** @type {string} */ expr) => /** @type {[string, string]} */ (['--cron', expr])),
    ['--tz', job.timezone], ['--desc', job.desc],
    ['--overlap', job.allow_mode !== 0 && overlapName(job.allow_mode)], ['--max-runs', job.max_run_count || null],
    ['--catch-up', job.catch_up !== 'skip' && job.catch_up], ['--catch-up-window', job.catch_up_window || null],
    ['--jitter', job.jitter || null], ['--retries', job.retries || null],
    ['--retry-delay', job.retries > 0 && job.retry_delay], ['--retry-backoff', job.retries > 0 && job.retry_backoff !== 1 && job.retry_backoff],
    ['--retry-max', job.retry_max || null], ['--start', job.start_at], ['--end', job.end_at],
    ...(job.tags ?? []).map((/** @type {string} */ tag) => /** @type {[string, string]} */ (['--tag', tag])),
    ...optionsOf(work), clean_env === 'true' && '--clean-env', ...(last ? ['--', String(last)] : []));
}
