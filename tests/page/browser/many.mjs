// A daemon with 100,000 jobs: 1,000 that a crontab brings, and 99 copies of each by SQL. An import of all takes minutes in a debug build.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Daemon } from './daemon.mjs';

export const MANY = 100_000;

/** Makes 100 jobs of each job in a database, with names of their own; the daemon must not run. */
const MULTIPLY = `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
for table, key, text in [('jobs', 'id', 'name'), ('job_runs', 'job_id', None)]:
    names = [row[1] for row in db.execute(f'PRAGMA table_info({table})')]
    values = [f'{name} + 1000 * n' if name == key else f"{name} || '-copy-' || n" if name == text else name for name in names]
    db.execute(f'''WITH RECURSIVE counter(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < 99)
        INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} FROM {table}, counter''')
# Without this the daemon makes the texts of the search anew.
db.execute("DELETE FROM facts WHERE key = 'job_texts'")
db.commit()
`;

/** @returns {Promise<Daemon>} */
export async function daemonWithMany() {
  const daemon = await Daemon.start();
  // None of them is due while the test runs.
  const hour = new Date().getUTCHours();
  const crontab = Array.from({ length: MANY / 100 }, (_, i) => `${i % 60} ${(hour + 3 + i % 20) % 24} * * ${i % 7} /usr/bin/true task-${String(i).padStart(3, '0')}\n`).join('');
  daemon.jobsReading(crontab, 'import', 'crontab', '-', '--json');
  daemon.jobs('shutdown');
  const done = spawnSync('python3', ['-c', MULTIPLY, join(/** @type {string} */ (daemon.home), 'data', 'jobs.db')], { encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
  daemon.up();
  return daemon;
}
