// Each view with no job, with ten, and with 100,000 that one crontab brings.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { closeBrowser, Daemon, enter, newPage, until } from './daemon.mjs';
import { daemonWithMany, MANY } from './many.mjs';
import { checkView, settled, VIEWS, viewsOf } from './views.mjs';

after(async () => { await closeBrowser(); });

const PHONE = { viewport: { width: 390, height: 844 } };

test('each view without a job', async () => {
  const daemon = await Daemon.start();
  for (const [look, options] of /** @type {[string, any][]} */ ([['none-light', {}], ['none-phone', PHONE], ['none-chinese', { locale: 'zh-CN' }]])) {
    const { page, close } = await newPage(options);
    await page.goto(daemon.link());
    await page.locator('.bar nav').waitFor();
    for (const place of VIEWS) await checkView(page, daemon.url, place, look);
    await close();
  }
  daemon.stop();
});

test('each view with ten jobs of all kinds', async () => {
  const daemon = await Daemon.start();
  daemon.jobs('add', 'good', '--every', '1h', '--tag', 'night', '--', 'echo "\x1b[32mall is well\x1b[0m"');
  daemon.jobs('add', 'bad', '--every', '1h', '--', 'echo "cannot reach the server" >&2; exit 2');
  daemon.jobs('add', 'slow', '--every', '1h', '--timeout', '1s', '--', 'exec sleep 600');
  daemon.jobs('add', 'absent', '--every', '1h', '--', '/no/such/command');
  daemon.jobs('add', 'runs', '--cron', '@weekly', '--', 'echo begun; exec sleep 600');
  daemon.jobs('add', 'stopped', '--cron', '0 30 2 * * *', '--', 'true');
  daemon.jobs('add', 'paused-for-now', '--cron', '0 30 2 * * *', '--', 'true');
  daemon.jobs('add', 'never-ran', '--cron', '0 0 0 29 2 *', '--tz', 'America/New_York', '--', 'true');
  daemon.jobs('add', 'over', '--at', 'now+365d', '--', 'true');
  daemon.jobs('add', 'a-name-as-long-as-a-name-may-be-'.repeat(3), '--every', '10m', '--desc', 'a description of many words '.repeat(8), '--', `echo ${'x'.repeat(600)}`);
  daemon.jobs('stop', 'stopped');
  daemon.jobs('stop', 'paused-for-now', '--until', 'in 3h');
  daemon.jobs('skip', 'never-ran');
  for (const name of ['good', 'good', 'bad', 'bad', 'slow', 'absent', 'runs']) {
    daemon.jobs('run', name);
    await until(() => name === 'runs' || daemon.json('list').every((/** @type {any} */ job) => !job.running && !job.queued));
  }
  const run = (/** @type {string} */ job) => daemon.json('history', job)[0].exec_id;
  const places = [...VIEWS, 'jobs?failing', ...viewsOf('bad'), `jobs/${'a-name-as-long-as-a-name-may-be-'.repeat(3)}`, 'runs?status=failed,timeout', ...['good', 'bad', 'slow', 'runs'].map((job) => `runs/${run(job)}`)];
  for (const [look, options] of /** @type {[string, any][]} */ ([
    ['ten-light', {}], ['ten-dark', { colorScheme: 'dark' }], ['ten-phone', PHONE], ['ten-phone-dark', { ...PHONE, colorScheme: 'dark' }], ['ten-chinese', { locale: 'zh-CN' }], ['ten-phone-chinese', { ...PHONE, locale: 'zh-CN' }],
  ])) {
    const { page, close } = await newPage(options);
    await page.goto(daemon.link());
    await page.locator('.bar nav').waitFor();
    for (const place of places) await checkView(page, daemon.url, place, look);
    await close();
  }
  daemon.stop();
});

test('each view with 100,000 jobs', async () => {
  const daemon = await daemonWithMany();
  const { page, close } = await newPage();
  await enter(daemon, page, 'jobs?sort=name');
  const total = () => page.locator('[role=grid]').getAttribute('aria-rowcount');
  await page.locator('.grid-body .row').nth(10).waitFor();
  assert.equal(await total(), String(MANY + 1));
  const first = await page.locator('.grid-body .row .name').first().textContent();

  // Anywhere in the list, by the scroll bar and by the keys.
  for (const share of [0.5, 1, 0.123, 0.987]) {
    await page.locator('.grid').evaluate((grid, part) => { grid.scrollTop = part * (grid.scrollHeight - grid.clientHeight); }, share);
    await page.waitForFunction((part) => {
      const row = [...document.querySelectorAll('.grid-body .row')].find((each) => each.getBoundingClientRect().top > 300);
      const index = Number(row?.getAttribute('aria-rowindex'));
      return row?.querySelector('.name') && Math.abs(index / 100_000 - part) < 0.01;
    }, share);
    assert.ok(await page.evaluate(() => document.querySelectorAll('*').length) < 2500);
  }
  await page.keyboard.press('End');
  await page.locator(`.grid-body .row.current[aria-rowindex="${MANY + 1}"] .name`).waitFor();
  await page.keyboard.press('Home');
  await page.locator('.grid-body .row.current .name', { hasText: String(first) }).waitFor();

  // Search, the other orders, and a choice of all that match.
  await page.keyboard.press('/');
  await page.keyboard.type('task-099');
  await page.waitForFunction(() => document.querySelector('[role=grid]')?.getAttribute('aria-rowcount') === '101');
  await page.getByRole('checkbox', { name: 'Choose all' }).click();
  await page.getByRole('region', { name: 'The chosen jobs' }).getByText('All 100 that match').waitFor();
  await page.getByRole('region', { name: 'The chosen jobs' }).getByRole('button', { name: 'Stop', exact: true }).click();
  await page.getByRole('dialog').getByRole('textbox').fill('100');
  await page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click();
  await page.getByText('100 of 100 done').waitFor();
  await page.goto(`${daemon.url}#/jobs?stopped`);
  await page.waitForFunction(() => document.querySelector('[role=grid]')?.getAttribute('aria-rowcount') === '101');
  for (const sort of ['next&desc', 'ended', 'took', 'last', 'newest']) {
    await page.goto(`${daemon.url}#/jobs?sort=${sort}`);
    await settled(page);
    await page.locator('.grid-body .row .name').nth(5).waitFor();
  }
  const name = daemon.json('list', '--text', 'task-543')[0].name;
  for (const place of [...VIEWS, ...viewsOf(encodeURIComponent(name))]) await checkView(page, daemon.url, place, 'many-light');
  await page.goto(`${daemon.url}#/week`);
  await page.getByText('The fullest quarter of an hour').waitFor();
  await close();
  daemon.stop();
});
