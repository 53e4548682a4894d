// The views of the page, and the checks that hold for each of them: no refusal, nothing wider than the window, contrast, names.
import assert from 'node:assert/strict';
import { lowContrast, tooWide } from './daemon.mjs';

/** The views that need no job. */
export const VIEWS = ['', 'jobs', 'runs', 'week', 'week?past', 'new', 'import', 'system', 'system/alerts', 'system/settings', 'system/log', 'system/audit', 'system/accounts', 'system/tokens', 'system/sessions', 'system/addresses'];

/** The views of one job. @param {string} name @returns {string[]} */
export const viewsOf = (name) => [
  `jobs/${name}`, ...['schedule', 'definition', 'changes'].map((tab) => `jobs/${name}?tab=${tab}`), `jobs/${name}/edit`,
];

/** Controls without a name for a screen reader. @param {import('playwright-core').Page} page */
const nameless = (page) => page.evaluate(() => [...document.querySelectorAll('button, a[href], input, select, textarea')]
  .filter((at) => at instanceof HTMLElement && at.checkVisibility() && !(at.textContent?.trim() || at.getAttribute('aria-label') || at.title || /** @type {any} */ (at).labels?.length || at.getAttribute('aria-labelledby')))
  .map((at) => at.outerHTML.slice(0, 120)));

/** A `0` between elements: the length of an empty list that was drawn. @param {import('playwright-core').Page} page */
const strayZeros = (page) => page.evaluate(() => [...document.querySelectorAll('main > *, .view, .card, dl')]
  .flatMap((at) => [...at.childNodes]).filter((node) => node.nodeType === Node.TEXT_NODE && node.textContent === '0').map((node) => node.parentElement?.className));

/** Waits until a view has read what it shows. @param {import('playwright-core').Page} page */
export const settled = (page) => page.waitForFunction(() => !/Reading…|读取中/.test(document.querySelector('main')?.textContent ?? 'Reading…')
  && !document.querySelector('.grid.loading'));

/**
 * Opens a view and checks it. With `SHOTS` a picture of it is left in that folder.
 * @param {import('playwright-core').Page} page
 * @param {string} url of the daemon
 * @param {string} place
 * @param {string} look a name for messages and pictures
 */
export async function checkView(page, url, place, look) {
  await page.goto(`${url}#/${place}`);
  await settled(page);
  assert.deepEqual(await page.locator('.note.error').allTextContents(), [], `${look}: ${place}`);
  assert.equal(await tooWide(page), 0, `${look}: ${place} is wider than the window`);
  assert.deepEqual(await lowContrast(page), [], `${look}: ${place}`);
  assert.deepEqual(await nameless(page), [], `${look}: ${place}`);
  assert.deepEqual(await strayZeros(page), [], `${look}: ${place}`);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${look}-${place.replaceAll(/[/?=]/g, '-') || 'today'}.png` });
}
