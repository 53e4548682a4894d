// The keyboard alone: no pointer is used in this file. Each control that the keyboard comes to shows that it is there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeBrowser, Daemon, newPage, PASSWORD, REFUSED, until } from './daemon.mjs';

/** @type {Daemon} */
let daemon;
before(async () => {
  daemon = await Daemon.start();
  daemon.account('alice', 'admin');
  daemon.jobs('add', 'daily', '--cron', '0 30 2 * * *', '--', 'true');
});
after(async () => { await closeBrowser(); daemon.stop(); });

/** The name of the control that has the keyboard, and whether one sees it. @param {import('playwright-core').Page} page */
const focused = (page) => page.evaluate(() => {
  const at = /** @type {HTMLInputElement} */ (document.activeElement);
  const style = getComputedStyle(at);
  const name = at.getAttribute('aria-label') || at.labels?.[0]?.textContent || at.textContent || at.title || '';
  const isSeen = at.matches('body, dialog, main') || style.outlineStyle !== 'none' || style.boxShadow !== 'none';
  return { name: name.trim(), isSeen, tag: at.tagName };
});

/** Presses Tab until a control with this name has the keyboard. @param {import('playwright-core').Page} page @param {string|RegExp} name */
async function tabTo(page, name) {
  /** @type {string[]} */
  const passed = [];
  for (let n = 0; n < 80; n += 1) {
    await page.keyboard.press('Tab');
    const at = await focused(page);
    assert.ok(at.isSeen, `the keyboard is at ${at.tag} ${at.name}, and nothing shows it`);
    if (typeof name === 'string' ? at.name === name : name.test(at.name)) return;
    passed.push(at.name);
  }
  assert.fail(`no control ${name} after ${passed.join(' | ')}`);
}

test('log in, add a job, run it, read its log, edit, stop, choose, log out', async () => {
  const { page, close } = await newPage({}, REFUSED);
  const { keyboard } = page;
  await page.goto(`${daemon.url}#/jobs`);
  await page.getByLabel('Name', { exact: true }).waitFor();
  await page.waitForFunction(() => document.activeElement?.tagName === 'INPUT');
  await keyboard.type('alice');
  await tabTo(page, 'Password');
  await keyboard.type(PASSWORD);
  await keyboard.press('Enter');
  await page.getByRole('navigation', { name: 'Main' }).waitFor();

  // A new job: the name is the first field, and Escape leaves the form.
  await keyboard.press('Control+k');
  await page.getByRole('dialog').waitFor();
  await keyboard.type('new job');
  await page.getByRole('option', { name: 'New job' }).waitFor().catch(() => {});
  await keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await tabTo(page, 'New job');
  await keyboard.press('Enter');
  await page.waitForURL(/#\/new/);
  await page.waitForFunction(() => /** @type {HTMLInputElement} */ (document.activeElement).labels?.[0]?.textContent === 'Name');
  await keyboard.type('nightly');
  await tabTo(page, 'every …');
  await keyboard.press('Enter');
  await tabTo(page, /^Every/);
  await keyboard.press('Control+a');
  await keyboard.type('30m');
  await tabTo(page, 'Command');
  await keyboard.type('echo first; echo second line; echo third');
  await page.getByText('The daemon would take it so.').waitFor();
  await tabTo(page, 'Add the job');
  await keyboard.press('Enter');
  await page.waitForURL(/#\/jobs\/nightly$/);
  assert.equal(daemon.json('show', 'nightly').cron_expr, '@every 30m');

  // Run it and read the log.
  await page.getByRole('button', { name: 'Run now' }).waitFor();
  await keyboard.press('r');
  await until(() => daemon.json('history', 'nightly')[0]?.status === 'success');
  await page.locator('.grid-body .row .sign-success').first().waitFor();
  await keyboard.press('j');
  await page.locator('.grid-body .row.current').waitFor();
  await keyboard.press('Enter');
  await page.waitForURL(/#\/runs\/\d+/);
  await page.locator('.log-text', { hasText: 'third' }).waitFor();
  await keyboard.press('/');
  await keyboard.type('second');
  await page.locator('.log-hits').getByText('1 hit').waitFor();
  await keyboard.press('Enter');
  await page.locator('.log-hit').waitFor();
  await keyboard.press('Escape');
  await keyboard.press('w');
  await page.locator('.log-box.wrapped').waitFor();
  await keyboard.press('w');
  await keyboard.press('u');
  await page.waitForURL(/#\/jobs\/nightly$/);

  // Edit it.
  await page.getByRole('button', { name: 'Run now' }).waitFor();
  await keyboard.press('e');
  await page.waitForURL(/#\/jobs\/nightly\/edit$/);
  await page.getByLabel('Description', { exact: true }).waitFor();
  await tabTo(page, 'Description');
  await keyboard.type('by keys');
  await keyboard.press('Enter');
  await page.waitForURL(/#\/jobs\/nightly$/);
  assert.equal(daemon.json('show', 'nightly').desc, 'by keys');

  // A menu by arrows, and a dialog that gives the keyboard back.
  await page.getByRole('button', { name: 'Run now' }).waitFor();
  await tabTo(page, 'More');
  await keyboard.press('Enter');
  await page.locator('[role=menuitem]:focus').waitFor();
  await keyboard.press('End');
  await keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal((await focused(page)).name, 'More');
  await keyboard.press('Enter');
  await page.locator('[role=menuitem]:focus').waitFor();
  await keyboard.press('Enter');
  await page.locator('.sentence').getByText('skips 1').waitFor();

  // The list: move, choose a range, act on the chosen, let go.
  for (let i = 0; i < 4; i += 1) daemon.jobs('add', `more-${i}`, '--every', '1h', '--', 'true');
  await keyboard.press('g');
  await keyboard.press('j');
  await page.waitForURL(/#\/jobs$/);
  await page.locator('.grid-body .row').nth(4).waitFor();
  await keyboard.press('/');
  await keyboard.type('more-');
  await page.waitForFunction(() => document.querySelectorAll('.grid-body .row').length === 4);
  await keyboard.press('Enter');
  await keyboard.press('j');
  await keyboard.press('x');
  await page.getByText('1 chosen').waitFor();
  for (const key of ['j', 'j', 'X']) await keyboard.press(key);
  await page.getByText('3 chosen').waitFor();
  await tabTo(page, 'Stop');
  await keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await keyboard.press('Enter');
  await page.getByText('3 of 3 done').waitFor();
  assert.equal(daemon.json('list', '--state', '2').length, 3);
  // The one that is not stopped stands first by then; the keyboard is at a row, and at none when another stands there.
  await page.waitForFunction(() => document.querySelectorAll('.grid-body .row').length === 4 && document.querySelector('.grid-body .row .name')?.textContent === 'more-3');
  // A list that is read again at that moment takes the keyboard from its row, so the key is pressed until the daemon has done it.
  for (let i = 0; i < 10 && daemon.json('list', '--state', '2').length < 4; i += 1) {
    await page.locator('.grid').focus();
    await keyboard.press('Home');
    await page.locator('.grid-body .row.current', { hasText: 'more-3' }).waitFor();
    await keyboard.press('s');
    await page.getByText('more-3 is stopped').waitFor({ timeout: 2000 }).catch(() => {});
  }
  assert.equal(daemon.json('list', '--state', '2').length, 4);

  // Other pages by keys, and out.
  for (const [key, place] of [['w', 'week'], ['r', 'runs'], ['s', 'system'], ['t', '']]) {
    await keyboard.press('g');
    await keyboard.press(key);
    await page.waitForURL(new RegExp(`#/${place}$`));
  }
  await keyboard.press('g');
  await keyboard.press('w');
  await page.getByText('The fullest quarter of an hour').waitFor();
  await tabTo(page, /\d starts?/);
  await keyboard.press('Enter');
  await page.getByText('Starts from').waitFor();
  await keyboard.press('Control+k');
  await page.getByRole('dialog').waitFor();
  await keyboard.type('log out');
  await keyboard.press('Enter');
  await page.getByRole('button', { name: 'Log in', exact: true }).waitFor();
  await close();
});

test('a dialog keeps the keyboard until it is closed', async () => {
  const { page, close } = await newPage();
  await page.goto(daemon.link());
  await page.locator('.user > button').waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  for (let n = 0; n < 6; n += 1) {
    await page.keyboard.press('Tab');
    assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement?.closest('dialog') !== null));
  }
  // Keys of the page do nothing behind it.
  await page.keyboard.press('g');
  await page.keyboard.press('j');
  assert.ok(!page.url().endsWith('#/jobs'));
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  // The way over the bar to the content is the first stop.
  await page.evaluate(() => { /** @type {HTMLElement} */ (document.activeElement).blur(); });
  await page.reload();
  await page.locator('.user > button').waitFor();
  await page.keyboard.press('Tab');
  assert.equal((await focused(page)).name, 'To the content');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');
  await close();
});
