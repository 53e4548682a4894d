// Measures the page against a daemon: `npm run bench`, with JOBS set to an optimised binary, on a machine that does nothing else.
// The bench prints figures and fails nothing: first paint, jumps in 100,000 rows, and a log of 100,000 lines.
import { loadavg } from 'node:os';
import { closeBrowser, Daemon, enter, newPage } from './browser/daemon.mjs';
import { daemonWithMany } from './browser/many.mjs';

/** @param {string} name @param {number} wanted @param {number[]} times in ms */
function print(name, wanted, times) {
  const sorted = [...times].sort((a, b) => a - b).map(Math.round);
  console.log(`${name}: median ${sorted[Math.floor(sorted.length / 2)]} ms, least ${sorted[0]}, most ${sorted.at(-1)} (${sorted.length} times, wanted below ${wanted}); load ${loadavg()[0].toFixed(1)}`);
}

/** Each time in a browser without a cache. @param {Daemon} daemon @param {string} place @param {string} shown a selector */
async function paints(daemon, place, shown) {
  /** @type {number[]} */
  const first = [];
  /** @type {number[]} */
  const whole = [];
  for (let n = 0; n < 9; n += 1) {
    const { page, context, close } = await newPage();
    await enter(daemon, page);
    const cookies = await context.cookies();
    const key = await page.evaluate(() => localStorage.getItem('jobs.key'));
    await close();
    const cold = await newPage();
    await cold.context.addCookies(cookies);
    await cold.context.addInitScript((text) => { if (text) localStorage.setItem('jobs.key', text); }, key);
    await cold.page.goto(`${daemon.url}#/${place}`);
    await cold.page.locator(shown).first().waitFor();
    whole.push(await cold.page.evaluate(() => performance.now()));
    first.push(await cold.page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime));
    await cold.close();
  }
  print(`first contentful paint of #/${place}`, 600, first);
  print(`rows of #/${place} on the screen`, 1500, whole);
}

/** @param {Daemon} daemon */
async function jumps(daemon) {
  const { page, close } = await newPage();
  await enter(daemon, page, 'jobs?sort=name');
  await page.locator('.grid-body .row .name').nth(5).waitFor();
  const times = [];
  for (let n = 1; n <= 40; n += 1) {
    times.push(await page.evaluate((share) => new Promise((done) => {
      const grid = /** @type {HTMLElement} */ (document.querySelector('.grid'));
      const start = performance.now();
      grid.scrollTop = share * (grid.scrollHeight - grid.clientHeight);
      const look = () => {
        const row = document.elementFromPoint(400, 500)?.closest('.row');
        const isThere = Math.abs(Number(row?.getAttribute('aria-rowindex')) / 100_000 - share) < 0.01 && row?.querySelector('.name');
        if (isThere) done(performance.now() - start);
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    }), (n * 0.618) % 1));
  }
  await close();
  print('jump in 100,000 rows', 200, times);
}

/** @param {Daemon} daemon */
async function logs(daemon) {
  daemon.jobs('add', 'many', '--every', '1d', '--', `awk 'BEGIN { for (i = 1; i <= 100000; i++) printf "\\033[%dmline %d\\033[0m of many, with \\033[1;3%dmwords\\033[0m in colours and some more text\\n", 30 + i % 8, i, i % 7 + 1 }'`);
  daemon.jobs('run', 'many', '--wait');
  const run = daemon.json('history', 'many')[0];
  const times = [];
  for (let n = 0; n < 7; n += 1) {
    const { page, close } = await newPage();
    await enter(daemon, page, 'system');
    await page.getByRole('link', { name: 'Health' }).waitFor();
    times.push(await page.evaluate((id) => new Promise((done) => {
      const start = performance.now();
      location.hash = `#/runs/${id}`;
      const look = () => {
        if (document.querySelector('.log-foot')?.textContent?.includes('100,000 lines')) done(performance.now() - start);
        else requestAnimationFrame(look);
      };
      look();
    }), run.exec_id));
    await close();
  }
  print(`log of 100,000 lines, ${Math.round(run.stdout_bytes / 1000)} kB`, 2000, times);
}

const daemon = await daemonWithMany();
await paints(daemon, '', '.coming-line');
await paints(daemon, 'jobs', '.grid-body .row .name');
await jumps(daemon);
await logs(daemon);
await closeBrowser();
daemon.stop();
