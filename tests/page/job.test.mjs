// The work of a job in parts, its command line, and the fields of a change.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadWords } from '../../src/page/files/base/words.js';
import { addLine, workParts } from '../../src/page/files/parts/definition.js';
import { exitWords } from '../../src/page/files/views/execution.js';
import { differences } from '../../src/page/files/views/job-tabs.js';

await loadWords('jobs', 'job');

const job = /** @type {import('../../src/page/files/base/operations.js').JobView} */ (/** @type {unknown} */ ({
  name: 'backup', cron_expr: '30 2 * * *', timezone: null, desc: '', mode: 'command', command: 'echo 1', allow_mode: 0, max_run_count: 0,
  catch_up: 'skip', catch_up_window: 0, jitter: 0, retries: 0, retry_delay: 60, retry_backoff: 1, retry_max: 0, start_at: null, end_at: null,
}));

test('work falls into parts', () => {
  assert.deepEqual(workParts('echo 【x】'), [['command', 'echo 【x】']]);
  assert.deepEqual(workParts('【command】a\nb\n【env】A=1|||B=2'), [['command', 'a\nb'], ['env', 'A=1|||B=2']]);
});

test('the command line of a job', () => {
  assert.equal(addLine(job), "jobs add backup --cron '30 2 * * *' -- 'echo 1'");
  assert.equal(addLine({ ...job, cron_expr: '0 1 * * *; @hourly', allow_mode: 1, retries: 2, tags: ['a'], work: { command: "it's", env: ['A=b c', 'B=2'], env_file: '/x', clean_env: 'true' } }),
    "jobs add backup --cron '0 1 * * *' --cron @hourly --overlap skip --retries 2 --retry-delay 60 --tag a --env 'A=b c' --env B=2 --env-file /x --clean-env -- 'it'\\''s'");
  assert.equal(addLine({ ...job, mode: 'http', work: { url: 'http://h/', method: 'post', headers: ['A: b'] } }), "jobs add backup --cron '30 2 * * *' --url http://h/ --method post --header 'A: b'");
  assert.equal(addLine({ ...job, mode: 'func', work: { func: 'Email', args: ['a', 'c,d'] } }), "jobs add backup --cron '30 2 * * *' --func Email --arg a --arg c,d");
});

test('a change shows the fields that a person changed', () => {
  assert.deepEqual(differences({ backup: { desc: 'a', next_run: '1' } }, { backup: { desc: 'b', next_run: '2' } }, ['backup']), [{ field: 'desc', before: 'a', after: 'b' }]);
  assert.deepEqual(differences(null, { backup: { desc: '', name: 'x' } }, []), [{ field: 'name', before: undefined, after: 'x' }]);
  assert.deepEqual(differences(undefined, undefined), []);
});

test('exit codes in words', () => {
  assert.equal(exitWords(2), 'exit 2');
  assert.equal(exitWords(137), 'exit 137: ended by signal SIGKILL');
  assert.equal(exitWords(127), 'exit 127: the command was not found');
});
