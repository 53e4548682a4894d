// The actions of an operator: add, edit, run, stop, skip, choose many, import, look at the week and the system.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeBrowser, Daemon, enter, newPage, REFUSED, until } from './daemon.mjs';
import { checkView, VIEWS, viewsOf } from './views.mjs';

/** @type {Daemon} */
let daemon;
before(async () => { daemon = await Daemon.start(); });
after(async () => { await closeBrowser(); daemon.stop(); });

test('a job is added, run and edited', async () => {
  const { page, close } = await newPage({}, REFUSED);
  await enter(daemon, page, 'new');
  await page.getByLabel('Name', { exact: true }).fill('backup');
  await page.getByRole('button', { name: 'cron', exact: true }).click();
  await page.getByLabel('Expression', { exact: true }).fill('61 2 * * *');
  await page.locator('.field-error').first().waitFor();
  await page.getByLabel('Expression', { exact: true }).fill('0 30 2 * * 1-5');
  await page.getByText('at 02:30 on Monday to Friday').or(page.getByText(/at 02:30 .*Monday/)).first().waitFor();
  await page.getByLabel('Command', { exact: true }).fill('echo hello; echo oops >&2');
  await page.getByText('The daemon would take it so.').waitFor();
  await page.getByRole('button', { name: 'Add the job' }).click();
  await page.waitForURL(/#\/jobs\/backup$/);
  assert.equal(daemon.json('show', 'backup').cron_expr, '0 30 2 * * 1-5');

  await page.goto(`${daemon.url}#/jobs`);
  const row = page.locator('.grid-body .row', { hasText: 'backup' });
  await row.hover();
  await row.getByRole('button', { name: /Run now/ }).click();
  await row.getByText('success').or(row.locator('.sign-success')).first().waitFor();
  assert.equal(daemon.json('history', 'backup')[0].status, 'success');

  await page.goto(`${daemon.url}#/jobs/backup/edit`);
  await page.getByLabel('Description', { exact: true }).fill('every night');
  await page.getByText('What would change').waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.waitForURL(/#\/jobs\/backup$/);
  const job = daemon.json('show', 'backup');
  assert.equal(job.desc, 'every night');
  assert.equal(job.command, 'echo hello; echo oops >&2');
  await close();
});

test('names, descriptions and output of hostile jobs are text', async () => {
  const name = '<img src=x onerror=alert(1)>';
  daemon.jobs('add', name, '--every', '1h', '--desc', '<script>alert(2)</script>', '--', 'echo "<img src=x onerror=alert(3)>"; printf "\\033]0;owned\\007\\033[31mred\\033[0m\\n"');
  daemon.jobs('run', name, '--wait');
  const { page, close } = await newPage();
  let alerts = 0;
  page.on('dialog', (dialog) => { alerts += 1; void dialog.dismiss(); });
  await enter(daemon, page, 'jobs');
  await page.getByText(name).first().waitFor();
  await page.goto(`${daemon.url}#/`);
  await page.getByText(name).first().waitFor();
  assert.equal(await page.locator('img').count(), 0);
  assert.equal(alerts, 0);
  await close();
  daemon.jobs('rm', name);
});

test('many jobs are chosen and stopped, the number must be typed', async () => {
  for (let i = 0; i < 25; i += 1) daemon.jobs('add', `bulk-${String(i).padStart(2, '0')}`, '--every', '1h', '--', 'true');
  const { page, close } = await newPage();
  await enter(daemon, page, 'jobs?q=bulk-');
  await page.locator('.grid-body .row').nth(5).waitFor();
  await page.getByRole('checkbox', { name: /Choose all/ }).first().click();
  await page.getByRole('button', { name: 'Stop', exact: true }).last().click();
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await dialog.getByRole('textbox').fill('25');
  await dialog.getByRole('button', { name: /Stop/ }).click();
  await page.waitForFunction(() => document.querySelector('[role=dialog], dialog[open]') === null);
  const stopped = () => daemon.json('list', '--state', '2').length;
  await until(() => stopped() === 25);
  await close();
});

test('a crontab is reported first and then imported', async () => {
  const { page, close } = await newPage();
  await enter(daemon, page, 'import');
  await page.getByRole('textbox', { name: 'Crontab', exact: true }).fill('30 2 * * * /usr/bin/true nightly\n61 * * * * never\n');
  await page.getByRole('button', { name: 'What would it do?' }).click();
  await page.getByText('It would import 1').waitFor();
  assert.ok(!daemon.json('list').some((/** @type {any} */ job) => job.command.includes('nightly')));
  await page.getByRole('button', { name: /Import 1, change 0, refuse 1/ }).click();
  await page.getByText('1 imported, 0 changed').first().waitFor();
  assert.ok(daemon.json('list').some((/** @type {any} */ job) => job.command.includes('nightly')));
  await close();
});

test('accounts, tokens, addresses, log, settings and health are managed', async () => {
  const { page, close } = await newPage({}, REFUSED);
  await enter(daemon, page, 'system/accounts');
  await page.getByRole('button', { name: 'New account' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill('olga');
  await dialog.getByLabel('New password').fill('short');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.locator('.field-error').waitFor();
  await dialog.getByLabel('New password').fill('long enough for all');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('cell', { name: 'olga' }).waitFor();
  await page.goto(`${daemon.url}#/system/tokens`);
  await page.getByRole('button', { name: 'New token' }).click();
  await dialog.getByLabel('Name', { exact: true }).fill('ci');
  await dialog.getByRole('button', { name: 'New token' }).click();
  await dialog.getByText('It is shown this once').waitFor();
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await page.getByRole('cell', { name: 'ci', exact: true }).waitFor();
  await page.goto(`${daemon.url}#/system/addresses`);
  const list = page.locator('.card', { hasText: 'May not use the server' });
  await list.getByLabel('Address or network').fill('10.9.0.0/16');
  await list.getByRole('button', { name: 'Add' }).click();
  await list.getByText('10.9.0.0/16').waitFor();
  for (const [part, text] of [['log', 'INFO'], ['audit', 'token_add'], ['settings', 'jobs.max_concurrent'], ['health', 'works'], ['sessions', '(this one)']]) {
    await page.goto(`${daemon.url}#/system/${part}`);
    await page.getByText(text).first().waitFor();
  }
  await close();
});

test('the week shows what comes', async () => {
  const { page, close } = await newPage();
  await enter(daemon, page, 'week');
  await page.getByText('The fullest quarter of an hour').waitFor();
  await page.locator('.week-cell.level-4').first().click();
  await page.getByText('Starts from').waitFor();
  await close();
});

for (const [look, options] of /** @type {[string, any][]} */ ([
  ['light', {}], ['dark', { colorScheme: 'dark' }], ['phone', { viewport: { width: 390, height: 844 } }], ['chinese', { locale: 'zh-CN' }],
])) {
  test(`all views are complete and readable: ${look}`, async () => {
    const { page, close } = await newPage(options);
    await page.goto(daemon.link());
    await page.locator('.bar nav').waitFor();
    const execution = daemon.json('history', 'backup')[0].exec_id;
    for (const place of [...VIEWS, ...viewsOf('backup'), `runs/${execution}`]) await checkView(page, daemon.url, place, look);
    if (look === 'chinese') assert.match(await page.textContent('.bar nav') ?? '', /任务/);
    await close();
  });
}

test('the keyboard is enough', async () => {
  const { page, close } = await newPage();
  await enter(daemon, page);
  await page.locator('.bar nav').waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('j');
  await page.waitForURL(/#\/jobs/);
  await page.locator('.grid-body .row').first().waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('backup');
  await page.waitForURL(/q=backup/);
  await page.keyboard.press('Enter');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL(/#\/jobs\/backup/);
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.type('system');
  await page.keyboard.press('Enter');
  await page.waitForURL(/#\/system/);
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await close();
});
