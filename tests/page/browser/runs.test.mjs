// The timeline of runs, the comparison of outputs, the fields of the work in the form, and a pause that open pages show at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeBrowser, Daemon, enter, lowContrast, newPage, tooWide } from './daemon.mjs';

/** @type {Daemon} */
let daemon;
/** @type {number} */
let last;
before(async () => {
  daemon = await Daemon.start();
  daemon.jobs('add', 'counts', '--every', '1h', '--', 'seq 1 30; date +%N; seq 31 60');
  daemon.jobs('add', 'fails', '--every', '1h', '--', 'echo oops >&2; exit 3');
  daemon.jobs('add', 'request', '--cron', '@daily', '--url', 'http://127.0.0.1:1/?token=hunter22', '--method', 'POST', '--header', 'X-A: b', '--data', 'one\ntwo');
  for (const name of ['counts', 'counts', 'fails']) daemon.jobs('run', name);
  for (let n = 0; n < 200 && daemon.json('history', '--status', 'success,failed').length < 3; n += 1) await new Promise((done) => { setTimeout(done, 50); });
  last = daemon.json('history', 'counts')[0].exec_id;
});
after(async () => { await closeBrowser(); daemon.stop(); });

test('the timeline is gone through by keys and opens a run', async () => {
  for (const viewport of [{ width: 1280, height: 800 }, { width: 390, height: 844 }]) {
    const { page, close } = await newPage({ viewport });
    await enter(daemon, page, 'runs');
    await page.getByRole('button', { name: 'Timeline' }).click();
    await page.getByRole('button', { name: '1 hour' }).click();
    const failed = page.getByRole('link', { name: /^fails · failed/ });
    await failed.waitFor();
    assert.equal(await failed.locator('.sign-failed').count(), 1);
    assert.equal(await page.locator('.timeline-bar').count(), 3);
    assert.equal(await tooWide(page), 0);
    assert.deepEqual(await lowContrast(page), []);
    await failed.focus();
    await page.keyboard.press('ArrowDown');
    assert.match(await page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? ''), /^counts · success/);
    await page.keyboard.press('Enter');
    await page.waitForURL(/#\/runs\/\d+$/);
    await close();
  }
});

test('an output is compared with the one before', async () => {
  const { page, close } = await newPage();
  await enter(daemon, page, `runs/${last}`);
  await page.getByRole('button', { name: 'Compare' }).click();
  await page.getByRole('menuitem', { name: 'With the run before' }).click();
  await page.getByText('27 equal lines').first().waitFor();
  assert.equal(await page.locator('.compare-line.gone').count(), 1);
  assert.equal(await page.locator('.compare-line.new').count(), 1);
  await page.getByRole('link', { name: 'Show the log' }).click();
  await page.locator('.log').waitFor();
  await close();
});

test('the form shows each value of the work and keeps secrets', async () => {
  const { page, close } = await newPage();
  await enter(daemon, page, 'jobs/request/edit');
  assert.equal(await page.getByLabel('URL', { exact: true }).inputValue(), 'http://127.0.0.1:1/?token=***');
  assert.equal(await page.getByLabel('Body', { exact: true }).inputValue(), 'one\ntwo');
  const headers = page.getByLabel('Headers, one on each line');
  await headers.fill(`${await headers.inputValue()}\nX-B: c`);
  await page.getByText('What would change').waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.waitForURL(/#\/jobs\/request$/);
  assert.match(daemon.json('show', 'request').command, /X-A:b\|\|\|X-B:c/);
  await close();
});

test('a pause of the scheduler shows at once', async () => {
  const { page, close } = await newPage();
  await enter(daemon, page);
  await page.getByText('Failing now').waitFor();
  daemon.jobs('pause');
  await page.getByText('The scheduler is paused: no job is due.').waitFor({ timeout: 5000 });
  daemon.jobs('resume');
  await page.getByText('The scheduler is paused: no job is due.').waitFor({ state: 'detached', timeout: 5000 });
  await close();
});
