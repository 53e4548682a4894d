// The log of 100,000 lines with colours: while it is written, and after.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { closeBrowser, Daemon, enter, lowContrast, newPage } from './daemon.mjs';

/** @type {Daemon} */
let daemon;
let gate = '';
before(async () => {
  daemon = await Daemon.start();
  gate = join(/** @type {string} */ (daemon.home), 'gate');
  const lines = (/** @type {number} */ from, /** @type {number} */ to) => `awk 'BEGIN { for (i = ${from}; i <= ${to}; i++) printf "\\033[%dmline %d\\033[0m of many, with \\033[1;3%dmwords\\033[0m in colours and some more text to fill it\\n", 30 + i % 8, i, i % 7 + 1 }'`;
  daemon.jobs('add', 'many', '--every', '1d', '--', `${lines(1, 50_000)}; echo one error >&2; until [ -e ${gate} ]; do sleep 0.05; done; ${lines(50_001, 100_000)}; echo the last line`);
});
after(async () => { await closeBrowser(); daemon.stop(); });

/** The number of lines that the foot of the log names. @param {import('playwright-core').Page} page @param {string} count */
const counted = (page, count) => page.locator('.log-foot').getByText(`${count} lines`).waitFor({ timeout: 60_000 });

/** The text of the first row that is wholly on the screen. @param {import('playwright-core').Page} page */
const firstShown = (page) => page.evaluate(() => {
  const box = /** @type {HTMLElement} */ (document.querySelector('.log-box')).getBoundingClientRect();
  return [...document.querySelectorAll('.log-row')].find((row) => row.getBoundingClientRect().top >= box.top - 1)?.querySelector('.log-text')?.textContent ?? '';
});

const elements = (/** @type {import('playwright-core').Page} */ page) => page.evaluate(() => document.querySelectorAll('*').length);

test('100,000 lines are followed while they are written, and read after', async () => {
  const { page, close } = await newPage();
  await enter(daemon, page, 'jobs/many');
  await page.getByRole('button', { name: 'Run now' }).click();
  await page.getByRole('button', { name: 'Log', exact: true }).click();
  await page.waitForURL(/#\/runs\/\d+/);
  await counted(page, '50,001');
  // The log follows: the end is on the screen.
  await page.waitForFunction(() => [...document.querySelectorAll('.log-text')].some((row) => row.textContent?.startsWith('line 50000 ')));
  assert.ok(await elements(page) < 1500, String(await elements(page)));
  assert.deepEqual(await lowContrast(page), []);

  // Going up lets go of the end; what comes does not move what is read.
  await page.locator('.log-box').evaluate((box) => { box.scrollTop = 20 * 20_000; });
  await page.getByRole('button', { name: 'Go to the end and follow' }).waitFor();
  await page.locator('.log-text', { hasText: 'line 20010 ' }).waitFor();
  const before = await firstShown(page);
  writeFileSync(gate, '');
  await counted(page, '100,002');
  await page.locator('.view-head').getByText('success').waitFor();
  assert.equal(await firstShown(page), before);

  // Search finds all, steps through the hits, and shows only them.
  await page.keyboard.press('/');
  await page.keyboard.type('line 9999');
  await page.locator('.log-hits').getByText('11 hits').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.log-hit .log-text', { hasText: 'line 9999 ' }).waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.log-hit .log-text', { hasText: 'line 99990 ' }).waitFor();
  await page.getByRole('button', { name: 'Only hits' }).click();
  await page.waitForFunction(() => document.querySelectorAll('.log-row').length === 11);
  // Without the search, its last hit stays on the screen.
  await page.getByRole('searchbox').press('Escape');
  await page.locator('.log-text', { hasText: 'line 99995 ' }).waitFor();
  await page.locator('.log-text', { hasText: 'line 99990 ' }).waitFor();

  // Wrapped, at any place.
  await page.locator('.log-box').focus();
  await page.keyboard.press('w');
  await page.locator('.log-box.wrapped').waitFor();
  await page.locator('.log-box').evaluate((box) => { box.scrollTop = box.scrollHeight; });
  await page.locator('.log-text', { hasText: 'the last line' }).waitFor();
  await page.keyboard.press('w');
  assert.ok(await elements(page) < 1500, String(await elements(page)));

  // The address of a line opens it, and both streams are there.
  await page.goto(`${page.url().split('?')[0]}?line=77777`);
  await page.reload();
  await page.locator('.log-target .log-text', { hasText: 'line 77777 ' }).waitFor({ timeout: 60_000 });
  await counted(page, '100,002');
  await page.getByLabel('Which output').selectOption('stderr');
  await page.waitForFunction(() => document.querySelectorAll('.log-row').length === 1);
  await page.locator('.log-err .log-text', { hasText: 'one error' }).waitFor();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  await page.getByRole('menuitem', { name: 'stdout' }).click();
  assert.match((await download).suggestedFilename(), /^many-\d+-stdout\.log$/);
  await close();
});

test('colours of a log are told apart and readable in light and dark', async () => {
  daemon.jobs('add', 'palette', '--every', '1d', '--', `for i in 0 1 2 3 4 5 6 7; do printf '\\033[3%dmdark %d\\033[0m \\033[9%dmbright %d\\033[0m \\033[4%dmground %d\\033[0m\\n' $i $i $i $i $i $i; done; printf '\\033[1mbold\\033[0m \\033[3mitalic\\033[0m \\033[4munder\\033[0m \\033[7minverse\\033[0m \\033[2mdim\\033[0m\\n'`);
  daemon.jobs('run', 'palette', '--wait');
  const id = daemon.json('history', 'palette')[0].exec_id;
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    const { page, close } = await newPage({ colorScheme });
    await enter(daemon, page, `runs/${id}`);
    await page.locator('.log-text', { hasText: 'bold' }).waitFor();
    assert.deepEqual(await lowContrast(page), [], colorScheme);
    const colours = await page.locator('.log-text').evaluateAll((rows) => rows.slice(0, 8).map((row) => getComputedStyle(/** @type {Element} */ (row.querySelector('span'))).color));
    assert.ok(new Set(colours).size >= 7, `${colorScheme}: ${colours}`);
    await close();
  }
});
