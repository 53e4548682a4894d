// Further acts of an operator: put back a change, skip, stop until a time, end an execution, bulk with a wrong number, drop a file.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeBrowser, Daemon, enter, newPage, REFUSED } from './daemon.mjs';

/** @type {Daemon} */
let daemon;
before(async () => { daemon = await Daemon.start(); });
after(async () => { await closeBrowser(); daemon.stop(); });

test('a change is put back after its effect was shown', async () => {
  daemon.jobs('add', 'orders', '--every', '1h', '--desc', 'dump of the orders', '--', 'true');
  daemon.jobs('edit', 'orders', '--desc', 'something else', '--retries', '3');
  const { page, close } = await newPage();
  await enter(daemon, page, 'jobs/orders?tab=changes');
  const change = page.locator('article.change', { hasText: 'something else' });
  await change.getByText('dump of the orders').waitFor();
  await change.getByRole('button', { name: 'Put back' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('dump of the orders').waitFor();
  // The change is shown first and not done.
  assert.equal(daemon.json('show', 'orders').desc, 'something else');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.equal(daemon.json('show', 'orders').desc, 'something else');
  await change.getByRole('button', { name: 'Put back' }).click();
  await dialog.getByRole('button', { name: 'Put back' }).click();
  await page.getByText('The fields are as they were before').waitFor();
  const job = daemon.json('show', 'orders');
  assert.deepEqual([job.desc, job.retries], ['dump of the orders', 0]);
  await page.locator('article.change h3', { hasText: 'put_back' }).waitFor();
  await close();
});

test('a change that cannot be put back says why', async () => {
  daemon.jobs('add', 'taken', '--every', '1h', '--', 'true');
  daemon.jobs('edit', 'taken', '--name', 'moved');
  daemon.jobs('add', 'taken', '--every', '2h', '--', 'true');
  const { page, close } = await newPage({}, REFUSED);
  await enter(daemon, page, 'jobs/moved?tab=changes');
  await page.getByRole('button', { name: 'Put back' }).click();
  await page.locator('.toast').getByText('taken').waitFor();
  assert.equal(await page.getByRole('dialog').count(), 0);
  await close();
  daemon.jobs('rm', 'taken', 'moved');
});

test('the next run is skipped and the skip is taken back', async () => {
  const { page, close } = await newPage();
  await enter(daemon, page, 'jobs/orders');
  const more = page.locator('.view-head').getByRole('button', { name: 'More' });
  await more.click();
  await page.getByRole('menuitem', { name: 'Skip next' }).click();
  await page.locator('.sentence').getByText('skips 1').waitFor();
  assert.equal(daemon.json('show', 'orders').skip_next, 1);
  await more.click();
  await page.getByRole('menuitem', { name: 'Skip nothing' }).click();
  await page.locator('.sentence').getByText('skips 1').waitFor({ state: 'detached' });
  assert.equal(daemon.json('show', 'orders').skip_next, 0);
  // The same from the list.
  await page.goto(`${daemon.url}#/jobs`);
  const row = page.locator('.grid-body .row', { hasText: 'orders' });
  await row.hover();
  await row.getByRole('button', { name: 'More: orders' }).click();
  await page.getByRole('menuitem', { name: 'Skip next' }).click();
  await row.getByText('skips 1').waitFor();
  assert.equal(daemon.json('show', 'orders').skip_next, 1);
  daemon.jobs('skip', 'orders', '0');
  await close();
});

test('a job is stopped until a time, and started again', async () => {
  const { page, close } = await newPage({}, REFUSED);
  await enter(daemon, page, 'jobs/orders');
  const stop = page.locator('.view-head').getByRole('button', { name: 'Stop' });
  const dialog = page.getByRole('dialog');
  await stop.click();
  await page.getByRole('menuitem', { name: 'Stop until…' }).click();
  await dialog.getByLabel('Until').fill('some day');
  await dialog.getByRole('button', { name: 'Stop' }).click();
  await dialog.locator('.field-error').waitFor();
  await dialog.getByLabel('Until').fill('in 2h');
  await dialog.getByRole('button', { name: 'Stop' }).click();
  await page.locator('.sentence').getByText('stopped until').waitFor();
  assert.equal(daemon.json('show', 'orders').state, 2);
  await page.getByRole('button', { name: 'Start again' }).click();
  await page.locator('.sentence').getByText('stopped until').waitFor({ state: 'detached' });
  assert.equal(daemon.json('show', 'orders').state, 0);
  await close();
});

test('a running execution is ended from its page', async () => {
  daemon.jobs('add', 'long', '--every', '1d', '--', 'echo begun; exec sleep 300');
  const { page, close } = await newPage();
  await enter(daemon, page, 'jobs/long');
  await page.getByRole('button', { name: 'Run now' }).click();
  await page.getByRole('button', { name: 'Log', exact: true }).click();
  await page.waitForURL(/#\/runs\/\d+/);
  await page.locator('.log-text', { hasText: 'begun' }).waitFor();
  await page.getByRole('button', { name: 'Stop it' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Stop it' }).click();
  await page.locator('.view-head').getByText('cancelled').waitFor();
  assert.equal(daemon.json('history', 'long')[0].status, 'cancelled');
  await close();
});

test('a job is removed after its name was typed', async () => {
  const { page, close } = await newPage();
  await enter(daemon, page, 'jobs/long');
  await page.locator('.view-head').getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Remove…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill('longer');
  assert.ok(await dialog.getByRole('button', { name: 'Remove' }).isDisabled());
  await dialog.getByRole('textbox').fill('long');
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await page.waitForURL(/#\/jobs$/);
  assert.ok(!daemon.json('list').some((/** @type {any} */ job) => job.name === 'long'));
  await close();
});

test('a bulk action is refused when another number of jobs matches', async () => {
  daemon.jobsReading(Array.from({ length: 25 }, (_, i) => `0 5 * * * true many-${i}\n`).join(''), 'import', 'crontab', '-');
  const { page, close } = await newPage({}, REFUSED);
  await enter(daemon, page, 'jobs?q=many-');
  await page.locator('.grid-body .row').nth(5).waitFor();
  await page.getByRole('checkbox', { name: 'Choose all' }).click();
  await page.getByRole('region', { name: 'The chosen jobs' }).getByRole('button', { name: 'Stop', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill('25');
  daemon.jobs('add', 'one-more', '--cron', '0 0 5 * * *', '--', 'true many-25');
  await dialog.getByRole('button', { name: 'Stop' }).click();
  await page.locator('.toast').getByText(/26 jobs .*not 25/).waitFor();
  assert.equal(daemon.json('list', '--state', '2').length, 0);
  // With the number that matches now it is done.
  await page.getByRole('region', { name: 'The chosen jobs' }).getByText('All 26 that match').waitFor();
  await page.getByRole('region', { name: 'The chosen jobs' }).getByRole('button', { name: 'Stop', exact: true }).click();
  await dialog.getByRole('textbox').fill('25');
  assert.ok(await dialog.getByRole('button', { name: 'Stop' }).isDisabled());
  await dialog.getByRole('textbox').fill('26');
  await dialog.getByRole('button', { name: 'Stop' }).click();
  await page.getByText('26 of 26 done').waitFor();
  assert.equal(daemon.json('list', '--state', '2').length, 26);
  await close();
});

test('a crontab is dropped on the form, and recognised the next time', async () => {
  const { page, close } = await newPage();
  await enter(daemon, page, 'import');
  const drop = async (/** @type {string} */ text) => {
    const data = await page.evaluateHandle((content) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([content], 'nights.cron', { type: 'text/plain' }));
      return transfer;
    }, text);
    await page.locator('main form').dispatchEvent('drop', { dataTransfer: data });
  };
  await drop('15 3 * * * /usr/bin/true first\n45 3 * * * /usr/bin/true second\n');
  await page.waitForFunction(() => /** @type {HTMLTextAreaElement} */ (document.querySelector('main textarea')).value.includes('second'));
  assert.equal(await page.getByLabel('Origin', { exact: true }).inputValue(), 'nights.cron');
  await page.getByRole('button', { name: 'What would it do?' }).click();
  await page.getByRole('button', { name: /Import 2, change 0, refuse 0/ }).click();
  await page.getByText('2 imported, 0 changed').first().waitFor();
  await drop('15 3 * * * /usr/bin/true first\n50 3 * * * /usr/bin/true second\n61 3 * * * /usr/bin/true third\n');
  await page.waitForFunction(() => /** @type {HTMLTextAreaElement} */ (document.querySelector('main textarea')).value.includes('third'));
  await page.getByRole('button', { name: 'What would it do?' }).click();
  await page.getByText(/It would import 0, change 1, leave 1 and refuse 1/).waitFor();
  // A file may be chosen as well.
  await page.locator('#import-file').setInputFiles({ name: 'other.cron', mimeType: 'text/plain', buffer: Buffer.from('1 4 * * * /usr/bin/true chosen\n') });
  await page.waitForFunction(() => /** @type {HTMLTextAreaElement} */ (document.querySelector('main textarea')).value.includes('chosen'));
  await close();
});
