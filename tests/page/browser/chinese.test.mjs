// Chinese on every view: nothing of what the page itself says stays in English.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { closeBrowser, Daemon, newPage, until } from './daemon.mjs';
import { settled, VIEWS, viewsOf } from './views.mjs';

const WORDS = new URL('../../../src/page/files/words/', import.meta.url);

/** @type {Daemon} */
let daemon;
/** English texts of the page that are others in Chinese. @type {string[]} */
let english = [];
before(async () => {
  const all = async (/** @type {string} */ lang) => Object.assign({}, ...await Promise.all(readdirSync(WORDS).filter((file) => file.startsWith(lang)).map(async (file) => (await import(new URL(file, WORDS).href)).default)));
  const [en, zh] = [await all('en'), await all('zh')];
  english = [...new Set(Object.keys(en).filter((key) => en[key] !== zh[key]).flatMap((key) => en[key].split('|'))
    // Texts with values are known by their longest part; single short words may be data.
    .map((text) => text.split(/\{\w+\}/).map((/** @type {string} */ part) => part.trim()).sort((/** @type {string} */ a, /** @type {string} */ b) => b.length - a.length)[0])
    // The name of the program stays.
    .filter((text) => text.length > 3 && text !== 'jobs' && /[a-z]/.test(text)))];
  assert.ok(english.length > 300, String(english.length));
  daemon = await Daemon.start();
  daemon.jobs('add', '备份', '--every', '1h', '--desc', '每小时', '--', 'echo 你好; exit 3');
  daemon.jobs('add', 'ok', '--cron', '0 30 2 * * 1-5', '--', 'true');
  daemon.jobs('edit', '备份', '--desc', '每个小时');
  for (const name of ['备份', '备份', 'ok', 'ok', 'ok']) {
    daemon.jobs('run', name);
    await until(() => daemon.json('list').every((/** @type {any} */ job) => !job.running && !job.queued));
  }
  daemon.jobs('skip', 'ok');
});
after(async () => { await closeBrowser(); daemon.stop(); });

/** The texts of the page and of the names of its controls that are in English. @param {import('playwright-core').Page} page */
const leftOver = (page) => page.evaluate((known) => {
  // Fields of a change have the names of the API in every language.
  const isData = (/** @type {Element|null} */ at) => at?.closest('code, pre, .log-text, .mono, dl.diff dt');
  const found = new Set();
  const look = (/** @type {string|null|undefined} */ text) => {
    const clean = text?.trim() ?? '';
    for (const each of known) if (clean === each || (each.length > 9 && clean.includes(each))) found.add(clean.slice(0, 80));
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) if (!isData(texts.currentNode.parentElement)) look(texts.currentNode.textContent);
  for (const at of document.querySelectorAll('[aria-label], [title], [placeholder]')) {
    for (const name of ['aria-label', 'title', 'placeholder']) look(at.getAttribute(name));
  }
  return [...found];
}, english);

test('every view is in Chinese, with its menus and dialogs', async () => {
  const { page, close } = await newPage({ locale: 'zh-CN' });
  await page.goto(daemon.link());
  await page.locator('.bar nav').waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'zh-CN');
  const job = encodeURIComponent('备份');
  const run = daemon.json('history', '备份')[0].exec_id;
  for (const place of [...VIEWS, 'jobs?failing', ...viewsOf(job), ...viewsOf('ok'), `runs/${run}`]) {
    await page.goto(`${daemon.url}#/${place}`);
    await settled(page);
    assert.deepEqual(await leftOver(page), [], place);
    assert.match(await page.title(), /[\u4e00-\u9fff]|^\d|^ok/, place);
    for (const menu of await page.locator('.menu > button:visible').all()) {
      if (!await menu.isVisible()) continue;
      await menu.click();
      assert.deepEqual(await leftOver(page), [], `${place}: ${await menu.getAttribute('aria-label')}`);
      await page.keyboard.press('Escape');
    }
  }
  await page.goto(`${daemon.url}#/jobs`);
  await settled(page);
  for (const key of ['?', 'Control+k']) {
    await page.keyboard.press(key);
    await page.getByRole('dialog').waitFor();
    assert.deepEqual(await leftOver(page), [], key);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }
  // Schedules are said in Chinese by the daemon.
  await page.locator('.grid-body .row', { hasText: 'ok' }).getByText(/周一至周五|星期一|周一/).first().waitFor();
  await close();
});

test('the language is switched and kept', async () => {
  const { page, close } = await newPage();
  await page.goto(daemon.link());
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.getByRole('button', { name: 'Look and language' }).click();
  await page.getByRole('menuitemcheckbox', { name: '中文' }).click();
  await page.getByRole('navigation', { name: '主导航' }).waitFor();
  await page.reload();
  await page.getByRole('navigation', { name: '主导航' }).waitFor();
  await close();
});
