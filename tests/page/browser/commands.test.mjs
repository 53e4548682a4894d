// The command that a form shows does the same as the form: it is run in another home, and the jobs are compared.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { BINARY, closeBrowser, Daemon, enter, newPage, until } from './daemon.mjs';

/** @type {Daemon} */
let daemon;
/** The home in which the commands are run. @type {Daemon} */
let other;
before(async () => { daemon = await Daemon.start(); other = await Daemon.start(); });
after(async () => { await closeBrowser(); daemon.stop(); other.stop(); });

/** Runs a command of the page in a shell of the other home. @param {string} line @param {string} [input] */
function typed(line, input = '') {
  const done = spawnSync('sh', ['-c', `jobs() { "$JOBS" "$@"; }; ${line}`], { env: { ...process.env, JOBS: BINARY, JOBS_HOME: other.home, TZ: 'UTC' }, input, encoding: 'utf8' });
  assert.equal(done.status, 0, `${line}: ${done.stdout}${done.stderr}`);
}

/** The fields of a job that do not depend on when it was added. @param {Daemon} of @param {string} name */
function fields(of, name) {
  const [job] = of.json('export', name);
  const runs = of.json('history', name).length;
  return { ...job, runs };
}

const shown = (/** @type {import('playwright-core').Page} */ page) => page.getByRole('group', { name: 'The same on a terminal' }).locator('code').first();

for (const [name, box] of [['plain', undefined], ['at-once', 'Also run it once now'], ['resting', 'Add it stopped']]) {
  test(`the command of a new job does the same: ${name}`, async () => {
    const { page, close } = await newPage();
    await enter(daemon, page, 'new');
    await page.getByLabel('Name', { exact: true }).fill(`${name} job`);
    await page.getByLabel('Description', { exact: true }).fill("it's $HOME `x` \"y\"");
    await page.getByLabel('Tags').fill('db nightly');
    await page.getByText('cron', { exact: true }).click();
    await page.getByLabel('Expression').fill('0 15 3 * * 1-5');
    await page.getByLabel('Time zone').fill('Asia/Tokyo');
    await page.getByLabel('Command', { exact: true }).fill("printf '%s\\n' \"a  b\"; exit 0");
    await page.getByLabel('Timeout').fill('5m');
    await page.getByLabel('Retries after a failure').fill('2');
    if (box) await page.getByLabel(box).check();
    await page.getByText('The daemon would take it so').waitFor();
    const line = (await shown(page).textContent()) ?? '';
    await page.getByRole('button', { name: 'Add the job' }).click();
    await page.getByRole('heading', { name: `${name} job`, exact: true }).waitFor();
    typed(line);
    const run = () => [daemon, other].every((each) => each.json('history', `${name} job`).every((/** @type {any} */ one) => one.status === 'success'));
    await until(run);
    assert.deepEqual(fields(other, `${name} job`), fields(daemon, `${name} job`), line);
    await close();
  });
}

test('the command of a change does the same', async () => {
  for (const each of [daemon, other]) each.jobs('add', 'change', '--cron', '0 0 3 * * *', '--env', 'A=1', '--tag', 'old', '--retries', '3', '--', 'echo 1');
  const { page, close } = await newPage();
  await enter(daemon, page, 'jobs/change/edit');
  await page.getByLabel('Tags').fill('new');
  await page.getByLabel('Command', { exact: true }).fill('echo "2 3"');
  await page.getByLabel('Variables, K=V on each line').fill('B=2\nC=x y');
  await page.getByLabel('Retries after a failure').fill('');
  await page.getByText('What would change').waitFor();
  const line = (await shown(page).textContent()) ?? '';
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'change', exact: true }).waitFor();
  typed(line);
  assert.deepEqual(fields(other, 'change'), fields(daemon, 'change'), line);
  await close();
});

test('the command of an import does the same, and a second import of both changes nothing', async () => {
  const table = '*/10 * * * * poll --all\n@daily report\n';
  const { page, close } = await newPage();
  await enter(daemon, page, 'import');
  await page.getByRole('textbox', { name: 'Crontab' }).fill(table);
  await page.getByRole('button', { name: 'What would it do?' }).click();
  await page.getByRole('button', { name: /^Import 2/ }).click();
  await page.getByText('2 imported').first().waitFor();
  const line = ((await shown(page).textContent()) ?? '').replace('FILE', '-');
  typed(line, table);
  typed(line, table);
  for (const name of ['poll', 'report']) assert.deepEqual(fields(other, name), fields(daemon, name), line);
  assert.equal(other.json('list').filter((/** @type {any} */ job) => job.name.startsWith('poll')).length, 1);
  await close();
});

test('a form that is left half filled keeps what was typed, until it is discarded or saved', async () => {
  const { page, close } = await newPage();
  await enter(daemon, page, 'new');
  await page.getByLabel('Name', { exact: true }).fill('half');
  await page.getByLabel('Command', { exact: true }).fill('echo half');
  await page.getByRole('link', { name: 'Jobs', exact: true }).click();
  await page.getByRole('heading', { name: 'Jobs' }).first().waitFor();
  await page.goto(`${daemon.url}#/new`);
  await page.getByText('What you typed here before is still there').waitFor();
  assert.equal(await page.getByLabel('Command', { exact: true }).inputValue(), 'echo half');
  await page.getByRole('button', { name: 'Discard it' }).click();
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), '');
  await page.getByRole('link', { name: 'Jobs', exact: true }).click();
  await page.getByRole('heading', { name: 'Jobs' }).first().waitFor();
  await page.goto(`${daemon.url}#/new`);
  await page.getByLabel('Name', { exact: true }).waitFor();
  assert.equal(await page.getByText('What you typed here before').count(), 0);
  await close();
});
