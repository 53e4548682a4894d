// The `jobs add` or `jobs edit` line that does the same as the form.
import { command } from '../parts/command.js';

/** The flags of fields whose flag is not the name of the field. */
const FLAGS = /** @type {Record<string, string>} */ ({
  cron_expr: '--cron', timezone: '--tz', start_at: '--start', end_at: '--end', headers: '--header', args: '--arg', tags: '--tag',
  allow_mode: '--overlap', max_run_count: '--max-runs', env_file: '--env-file', catch_up: '--catch-up', catch_up_window: '--catch-up-window',
  retry_delay: '--retry-delay', retry_backoff: '--retry-backoff', retry_max: '--retry-max',
});

/**
 * @param {any} job the job that is edited; absent for a new one
 * @param {import('./edit-fields.js').Values} values
 * @param {Record<string, any>} parameters
 */
export function commandOf(job, values, parameters) {
  /** @type {(string|[string, string])[]} */
  const words = job ? ['jobs', 'edit', job.name] : ['jobs', 'add', values.name.trim() || 'NAME'];
  let last = '';
  for (const [key, value] of Object.entries(parameters)) {
    if (key === 'mode' || (key === 'name' && !job)) continue;
    if (key === 'command') { last = String(value); continue; }
    for (const one of Array.isArray(value) ? value : [value]) words.push(FLAGS[key] ?? `--${key.replace(/_/g, '-')}`, String(one));
  }
  const line = words.map((one) => (one === '' ? "''" : command(one))).join(' ');
  return last ? `${line} -- ${command(last)}` : line;
}
