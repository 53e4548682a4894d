// A viewer and an operator: nothing is offered that the role may not do, and nothing is tried that the daemon refuses.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeBrowser, Daemon, enter, newPage, until } from './daemon.mjs';
import { settled, VIEWS, viewsOf } from './views.mjs';

/** @type {Daemon} */
let daemon;
/** @type {string[]} */
let places;
before(async () => {
  daemon = await Daemon.start();
  daemon.jobs('add', 'backup', '--every', '1h', '--', 'echo hello; exit 3');
  daemon.jobs('edit', 'backup', '--desc', 'every hour');
  daemon.jobs('run', 'backup');
  await until(() => daemon.json('history', 'backup')[0]?.status === 'failed');
  daemon.jobs('add', 'idle', '--every', '1h', '--', 'true');
  daemon.jobs('stop', 'idle');
  daemon.jobs('add', 'long', '--every', '1d', '--', 'exec sleep 600');
  daemon.jobs('run', 'long');
  const run = (/** @type {string} */ job) => daemon.json('history', job)[0].exec_id;
  places = [...VIEWS, ...viewsOf('backup'), ...viewsOf('idle'), `runs/${run('backup')}`, `runs/${run('long')}`];
});
after(async () => { await closeBrowser(); daemon.stop(); });

/** Names of buttons that change something, for an operator or only for an admin. */
const OF_OPERATORS = /^(Run now|Run again|Stop$|Stop…|Stop until…|Stop:|Stop it|Start again|Skip|Edit|Copy…|Remove|New job|Import|Put back|Add the job|Save$|What would it do|Pause|Resume|Check|Choose|Acknowledge|Snooze)/;
const OF_ADMINS = /^(New account|New token|Rotate|Make account|Reload the configuration|Read the configuration|Disable|Enable|Password|Add a rule|Add a channel|Test$|Change$|Quiet hours)/;

/**
 * The names of all that can be pressed, also in menus and in the row under the pointer.
 * @param {import('playwright-core').Page} page
 */
async function offered(page) {
  const names = [];
  const row = page.locator('.grid-body .row').first();
  const hover = async () => { if (await row.count()) await row.hover(); };
  for (const menu of await page.locator('main .menu > button').all()) {
    await hover();
    if (!await menu.isVisible()) continue;
    await menu.click();
    names.push(...await page.locator('[role=menu] [role^=menuitem]').allTextContents());
    await page.keyboard.press('Escape');
  }
  await hover();
  names.push(...await page.locator('main').locator('button:visible, a:visible, input[type=checkbox]:visible').evaluateAll((all) => all
    .map((at) => at.getAttribute('aria-label') ?? at.textContent ?? '')));
  return names.map((name) => name.trim());
}

for (const [role, refused, parts] of /** @type {[string, RegExp[], string[]][]} */ ([
  ['viewer', [OF_OPERATORS, OF_ADMINS], ['Health', 'Alerts', 'Settings', 'Log', 'Sessions']],
  ['operator', [OF_ADMINS], ['Health', 'Alerts', 'Settings', 'Log', 'Sessions']],
])) {
  test(`a ${role} is offered what the role may do, and no more`, async () => {
    // A refusal is an error on the console, and fails the test.
    const { page, close } = await newPage();
    /** @type {string[]} */
    const refusals = [];
    page.on('response', (response) => { if (response.status() === 403) refusals.push(response.url()); });
    await enter(daemon, page, '', '--role', role);
    const seen = new Set();
    for (const place of places) {
      await page.goto(`${daemon.url}#/${place}`);
      await settled(page);
      for (const name of await offered(page)) {
        seen.add(name);
        assert.ok(!refused.some((names) => names.test(name)), `${place} offers ${name}`);
      }
      // Keys of other roles do nothing.
      if (role === 'viewer') {
        for (const key of ['j', 'r', 's', 'e', 'x', 'X']) await page.keyboard.press(key);
        assert.equal(await page.getByRole('dialog').count(), 0, place);
        assert.equal(await page.evaluate(() => location.hash), `#/${place}`);
      }
    }
    if (role === 'operator') for (const name of ['Run now', 'Run again', 'Stop it', 'Put back', 'New job', 'Skip next']) assert.ok(seen.has(name), name);
    await page.goto(`${daemon.url}#/system`);
    assert.deepEqual(await page.getByRole('navigation', { name: /parts/i }).getByRole('link').allTextContents(), parts);
    // Places of other roles say which role they take.
    for (const place of role === 'viewer' ? ['new', 'import', 'jobs/backup/edit'] : []) {
      await page.goto(`${daemon.url}#/${place}`);
      await page.getByText('This takes the role operator').waitFor();
    }
    await page.goto(`${daemon.url}#/jobs`);
    await page.keyboard.press('Control+k');
    const entries = (await page.getByRole('option').allTextContents()).join('\n');
    assert.equal(/New job|Import/.test(entries), role === 'operator', entries);
    await page.keyboard.press('Escape');
    await page.locator('.user > button').click();
    await page.locator('.menu-note').getByText(role === 'viewer' ? 'Other actions take the role operator' : 'Other actions take the role admin').waitFor();
    assert.equal(await page.getByRole('menuitem', { name: /account/ }).count(), 0);
    assert.deepEqual(refusals, []);
    assert.equal(daemon.json('history', 'backup').length, 1);
    await close();
  });
}

test('an operator runs, stops and edits, and an admin is offered accounts', async () => {
  const one = await newPage();
  await enter(daemon, one.page, 'jobs/backup', '--role', 'operator');
  await one.page.getByRole('button', { name: 'Run now' }).click();
  await one.page.getByText('backup runs').waitFor();
  await one.close();
  const two = await newPage();
  await enter(daemon, two.page, 'system/accounts');
  await two.page.getByRole('button', { name: 'New account' }).waitFor();
  await two.close();
});
