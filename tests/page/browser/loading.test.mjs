// How views are loaded: the first screen is small, the view before stays until the next is there, and a file that is gone is said.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeBrowser, Daemon, enter, newPage, REFUSED } from './daemon.mjs';

const FIRST_SCREEN = 60 * 1024;

/** @type {Daemon} */
let daemon;
before(async () => {
  daemon = await Daemon.start();
  daemon.jobs('add', 'backup', '--cron', '30 2 * * *', '--', 'echo hello');
});
after(async () => { await closeBrowser(); daemon.stop(); });

test('Today loads what it needs and no more', async (context) => {
  const { page, close } = await newPage();
  /** @type {Map<string, number>} */
  const files = new Map();
  /** @type {Promise<unknown>[]} */
  const sizes = [];
  page.on('requestfinished', (request) => {
    const name = new URL(request.url()).pathname;
    if (name === '/' || /^\/page\/[0-9a-f]{12}\//.test(name)) sizes.push(request.sizes().then(({ responseBodySize }) => files.set(name.replace(/^\/page\/\w+\//, ''), responseBodySize)));
  });
  await enter(daemon, page);
  await page.getByText('backup').first().waitFor();
  await page.waitForLoadState('networkidle').catch(() => {});
  await Promise.all(sizes);
  const sum = [...files.values()].reduce((all, size) => all + size, 0);
  context.diagnostic(`${sum} bytes in ${files.size} files`);
  assert.ok(files.has('views/today.js') && files.has('words/en.js'));
  assert.ok(sum > 30_000 && sum <= FIRST_SCREEN, `${sum} bytes`);
  for (const name of ['views/jobs.js', 'views/edit.js', 'words/zh.js', 'words/en-job.js', 'style-job.css']) assert.ok(!files.has(name), name);
  const preloaded = await page.locator('link[rel=modulepreload]').evaluateAll((links) => links.map((link) => (link.getAttribute('href') ?? '').replace(/^\/page\/\w+\//, '')));
  for (const name of files.keys()) if (name.endsWith('.js') && !name.startsWith('words/')) assert.ok(preloaded.includes(name), `${name} is not named in the page`);
  await close();
});

test('the view before stays until the next one is there', async () => {
  const { page, close } = await newPage();
  await enter(daemon, page);
  await page.getByText('Failing now').waitFor();
  /** @type {() => void} */
  let go = () => {};
  const held = new Promise((/** @type {(value: void) => void} */ done) => { go = done; });
  await page.route('**/views/week.js', async (route) => { await held; await route.continue(); });
  await page.getByRole('link', { name: 'Week' }).click();
  await page.getByText('Reading…').waitFor();
  assert.ok(await page.getByText('Failing now').isVisible());
  go();
  await page.getByRole('heading', { name: 'Week' }).waitFor();
  assert.equal(await page.getByText('Failing now').count(), 0);
  await close();
});

test('a language is read when it is chosen, for the view that is open', async () => {
  const { page, close } = await newPage();
  await enter(daemon, page, 'jobs/backup');
  await page.getByText('Run now').first().waitFor();
  await page.getByRole('button', { name: 'Look and language' }).click();
  await page.getByRole('menuitemradio', { name: '中文' }).or(page.getByText('中文')).first().click();
  await page.getByText('立即运行').first().waitFor();
  await page.goto(`${daemon.url}#/week`);
  await page.getByRole('heading', { name: '一周' }).or(page.getByRole('heading').first()).first().waitFor();
  const text = await page.locator('main').innerText();
  assert.ok(!/\bweek\.\w|\bjobs\.\w/.test(text), text);
  await close();
});

test('a view whose files are gone says so, and the page is read anew', async () => {
  const { page, close } = await newPage({}, REFUSED);
  await enter(daemon, page);
  await page.getByText('Failing now').waitFor();
  await page.route('**/views/runs.js', (route) => route.fulfill({ status: 404, body: 'gone' }));
  await page.getByRole('link', { name: 'Runs', exact: true }).first().click();
  await page.getByRole('alert').getByText('This part of the page could not be read').waitFor();
  await page.unroute('**/views/runs.js');
  await page.getByRole('button', { name: 'Read the page anew' }).click();
  await page.getByRole('heading', { name: 'Runs' }).waitFor();
  await close();
});

test('a style that is gone says so too', async () => {
  const { page, close } = await newPage({}, REFUSED);
  await enter(daemon, page);
  await page.getByText('Failing now').waitFor();
  await page.route('**/style-system.css', (route) => route.abort());
  page.removeAllListeners('console');
  await page.getByRole('link', { name: 'System', exact: true }).click();
  await page.getByRole('alert').getByText('This part of the page could not be read').waitFor();
  await close();
});

test('a page whose scripts are gone does not stay silent', async () => {
  const { page, close } = await newPage({}, REFUSED);
  await page.route('**/app.js', (route) => route.fulfill({ status: 404, body: 'gone' }));
  await page.goto(daemon.url);
  await page.getByText('The page could not be read whole').waitFor();
  await close();
});
