// Alerts on the page: a channel and a rule are added and tried, a failure is told, acknowledged and over, in both languages.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { closeBrowser, Daemon, enter, newPage, REFUSED, until } from './daemon.mjs';
import { checkView } from './views.mjs';

/** @type {Daemon} */
let daemon;
/** The bodies that the channel has received. @type {string[]} */
const received = [];
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (part) => { body += part; });
  request.on('end', () => { received.push(body); response.end('taken'); });
});
before(async () => {
  await new Promise((done) => { server.listen(0, '127.0.0.1', () => done(undefined)); });
  daemon = await Daemon.start('alerts:\n  group: 1s\n');
  daemon.jobs('add', 'etl-1', '--every', '1h', '--', 'echo no route >&2; exit 3');
});
after(async () => { await closeBrowser(); daemon.stop(); server.close(); });

/** The address at which the channel is told. */
const url = () => `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/hook`;

test('a channel and a rule are added, and a failure is told, acknowledged and closed', async () => {
  const { page, close } = await newPage({}, REFUSED);
  await enter(daemon, page, 'system/alerts');
  const channels = page.getByRole('region', { name: 'Channels' });
  const rules = page.getByRole('region', { name: 'Rules' });
  assert.ok(await rules.getByRole('button', { name: 'Add a rule' }).isDisabled());
  await channels.getByRole('button', { name: 'Add a channel' }).click();
  let dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('ops');
  await dialog.getByLabel('Kind').selectOption('webhook');
  await dialog.getByLabel('url', { exact: true }).fill('nowhere');
  await dialog.getByRole('button', { name: 'Save' }).click();
  // The daemon's refusal stands in the dialog, and nothing that was typed is lost.
  await dialog.getByRole('alert').getByText('does not make an address').waitFor();
  await dialog.getByLabel('url', { exact: true }).fill(url());
  await dialog.getByRole('button', { name: 'Save' }).click();
  await channels.getByRole('cell', { name: 'ops', exact: true }).waitFor();
  await channels.getByRole('button', { name: 'Test' }).click();
  await page.getByRole('dialog', { name: 'took the trial' }).getByText('taken').waitFor();
  await page.keyboard.press('Escape');
  await channels.getByRole('button', { name: 'Quiet hours' }).click();
  dialog = page.getByRole('dialog');
  await dialog.getByLabel('Quiet hours', { exact: true }).fill('25:00-07:00');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('25:00').last().waitFor();
  await dialog.getByLabel('Quiet hours', { exact: true }).fill('');
  await dialog.getByLabel('Most messages in an hour').fill('50');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.equal(daemon.json('alerts', 'hours', 'ops').max_per_hour, 50);

  await rules.getByRole('button', { name: 'Add a rule' }).click();
  dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('etl');
  await dialog.getByLabel('Jobs', { exact: true }).fill('etl-*');
  await dialog.getByLabel('Severity').selectOption('critical');
  await dialog.getByRole('button', { name: 'Add a rule' }).click();
  await rules.getByRole('cell', { name: 'etl-*' }).waitFor();
  const [rule] = daemon.json('rule', 'list');
  assert.deepEqual([rule.match, rule.to, rule.severity], [['etl-*'], ['ops'], 'critical']);

  daemon.jobs('run', 'etl-1');
  const open = page.getByRole('region', { name: 'Open alerts' });
  await open.getByRole('link', { name: 'etl-1' }).waitFor();
  await open.getByText('failed (critical)').waitFor();
  await open.getByText('told to ops').waitFor();
  await until(() => received.some((body) => body.includes('etl-1')));
  await page.getByRole('region', { name: 'What was told' }).getByText('sent', { exact: true }).first().waitFor();
  for (const look of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: /** @type {'light'|'dark'} */ (look) });
    await checkView(page, daemon.url, 'system/alerts', `alerts-${look}`);
  }
  await page.setViewportSize({ width: 390, height: 800 });
  await checkView(page, daemon.url, 'system/alerts', 'alerts-phone');
  await page.setViewportSize({ width: 1280, height: 800 });
  // Today says so, with a way here.
  await page.goto(`${daemon.url}#/`);
  await page.getByRole('link', { name: '1 open alert' }).click();
  await page.waitForURL(/#\/system\/alerts$/);
  await open.getByRole('button', { name: 'Acknowledge' }).click();
  await open.getByText('acknowledged by').waitFor();
  assert.equal(await open.getByRole('button', { name: 'Acknowledge' }).count(), 0);
  daemon.jobs('edit', 'etl-1', '--', 'true');
  daemon.jobs('run', 'etl-1');
  await open.getByText('Nothing is wrong').waitFor();
  await open.getByLabel('Closed ones too').check();
  await open.getByText('closed').first().waitFor();
  await page.getByRole('region', { name: 'What was told' }).getByText('well again').waitFor();

  // A channel that a rule names stays.
  await channels.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.locator('.toast.error').waitFor();
  assert.equal(daemon.json('channel', 'list').length, 1);
  await rules.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await rules.getByText('No rules').waitFor();
  await close();
});

test('a job is told of by its own fields, and the view is Chinese', async () => {
  const { page, close } = await newPage({ locale: 'zh-CN' });
  await enter(daemon, page, 'jobs/etl-1/edit');
  await page.getByText('告警', { exact: true }).click();
  await page.getByLabel('通知的渠道').fill('ops');
  await page.getByLabel('连续失败几次后停止任务').fill('3');
  await page.getByLabel('运行超过多久时通知').fill('10m');
  await page.getByText('--notify ops', { exact: false }).first().waitFor();
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByRole('heading', { name: 'etl-1', exact: true }).waitFor();
  const job = daemon.json('show', 'etl-1');
  assert.deepEqual([job.notify, job.stop_after_failures, job.warn_after], [['ops'], 3, 600]);
  // Emptied fields are as if they had never been set.
  await page.goto(`${daemon.url}#/jobs/etl-1/edit`);
  for (const label of ['通知的渠道', '连续失败几次后停止任务', '运行超过多久时通知']) await page.getByLabel(label).fill('');
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByRole('heading', { name: 'etl-1', exact: true }).waitFor();
  const after_ = daemon.json('show', 'etl-1');
  assert.deepEqual([after_.notify ?? [], after_.stop_after_failures ?? null, after_.warn_after ?? null], [[], null, null]);
  await checkView(page, daemon.url, 'system/alerts', 'alerts-chinese');
  await page.getByRole('heading', { name: '通知记录' }).waitFor();
  await close();
});
