// A real daemon in a folder of its own, and a real Chromium. Any violation of the content policy and any error on the console fails the test.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const BINARY = resolve(process.env.JOBS ?? fileURLToPath(new URL('../../../target/debug/jobs', import.meta.url)));
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** How long a test waits for a condition, in ms. */
export const SOON = 20_000;

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync',
];

/** Waits for a condition outside of the page. @param {() => boolean} condition */
export async function until(condition) {
  for (const end = Date.now() + SOON; !condition();) {
    assert.ok(Date.now() < end, `in time: ${condition}`);
    await new Promise((done) => { setTimeout(done, 50); });
  }
}

/** @returns {Promise<number>} a port that is free now */
const freePort = () => new Promise((found) => {
  const server = createServer();
  server.listen(0, '127.0.0.1', () => {
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    server.close(() => found(port));
  });
});

export class Daemon {
  /**
   * @param {string} [config]
   * @param {(home: string) => Record<string, string>} [variables] of the daemon, for its folder
   */
  static async start(config = '', variables = () => ({})) {
    const daemon = new Daemon();
    daemon.home = mkdtempSync(join(tmpdir(), 'jobs-page-'));
    daemon.variables = variables(daemon.home);
    chmodSync(daemon.home, 0o700);
    daemon.port = await freePort();
    if (config) writeFileSync(join(daemon.home, 'config.yaml'), config);
    daemon.up();
    return daemon;
  }

  up() { this.call('', ['start', '-d', '--http', String(this.port)], this.variables); }

  /** Runs the client; fails with its words. @param {...string} args */
  jobs(...args) { return this.jobsReading('', ...args); }

  /** The same with a text on its standard input. @param {string} text @param {...string} args */
  jobsReading(text, ...args) { return this.call(text, args); }

  /** @param {string} text @param {string[]} args @param {Record<string, string>} [variables] */
  call(text, args, variables) {
    const done = spawnSync(BINARY, args, { env: { ...process.env, JOBS_HOME: this.home, TZ: 'UTC', ...variables }, input: text, encoding: 'utf8', maxBuffer: 1 << 28 });
    assert.equal(done.status, 0, `jobs ${args.join(' ')}: ${done.stdout}${done.stderr}`);
    return done.stdout;
  }

  /** @param {...string} args @returns {any} */
  json(...args) { return JSON.parse(this.jobs(...args, '--json')); }

  /** An account with the password below. @param {string} name @param {string} role */
  account(name, role) { this.jobsReading(`${PASSWORD}\n`, 'admin', 'add', name, '--role', role, '--password-stdin'); }

  get url() { return `http://127.0.0.1:${this.port}/`; }

  /** A link that enters. @param {...string} args */
  link(...args) {
    const found = /http:\S+#enter=\S+/.exec(this.jobs('page', '--print', ...args));
    assert.ok(found, 'a link');
    return found[0];
  }

  stop() {
    spawnSync(BINARY, ['shutdown'], { env: { ...process.env, JOBS_HOME: this.home } });
    rmSync(/** @type {string} */ (this.home), { recursive: true, force: true });
  }
}

export const PASSWORD = 'correct horse battery staple';

let shared;

/** The browser of all tests of a file. */
export async function browser() {
  shared ??= await chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });
  return shared;
}

export async function closeBrowser() { await shared?.close(); shared = undefined; }

/**
 * A page of its own context. `faults` collects what must not happen.
 * @param {import('playwright-core').BrowserContextOptions} [options]
 * @param {RegExp[]} [expected] errors that the test causes, such as those of a lost connection
 */
export async function newPage(options = {}, expected = []) {
  const context = await (await browser()).newContext({ locale: 'en-GB', timezoneId: 'UTC', viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  /** @type {string[]} */
  const faults = [];
  const add = (/** @type {string} */ text) => { if (!expected.some((one) => one.test(text))) faults.push(text); };
  page.on('console', (message) => { if (message.type() === 'error' || /Content Security Policy|Trusted ?Type/i.test(message.text())) add(`${message.text()} (${message.location().url})`); });
  page.on('pageerror', (error) => add(`uncaught: ${error.message}`));
  page.setDefaultTimeout(SOON);
  return { page, context, faults, close: async () => { await context.close(); assert.deepEqual(faults, []); } };
}

/** Errors on the console when the server refuses or is away. */
export const REFUSED = [/status of 4\d\d/, /status of 50[34]/];
export const AWAY = [/Failed to load resource|net::ERR|status of 50/];

/**
 * Opens the page by a link and waits until it is there.
 * @param {Daemon} daemon
 * @param {import('playwright-core').Page} page
 * @param {string} [place] such as `jobs`
 * @param {...string} args of `jobs page`
 */
export async function enter(daemon, page, place = '', ...args) {
  await page.goto(daemon.link(...args));
  // The bar is there before it is known who uses the page.
  await page.locator('.user > button').waitFor();
  if (place) await page.goto(`${daemon.url}#/${place}`);
}

/** Colours of texts whose contrast with what is behind them is below 4.5. @param {import('playwright-core').Page} page */
export const lowContrast = (page) => page.evaluate(() => {
  const rgba = (/** @type {string} */ text) => (text.match(/[\d.]+/g) ?? []).map(Number);
  const light = (/** @type {number[]} */ [r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (/** @type {Element|null} */ at) => {
    for (; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const at = texts.currentNode.parentElement;
    if (!at || !texts.currentNode.textContent?.trim() || !at.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (at.closest(':disabled, .unseen, option') || getComputedStyle(at).color.startsWith('color(')) continue;
    const [one, two] = [light(rgba(getComputedStyle(at).color)), light(behind(at))];
    const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    if (ratio < 4.5) found.push(`${texts.currentNode.textContent.trim().slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return found;
});

/** What sticks out of the window at the right. @param {import('playwright-core').Page} page */
export const tooWide = (page) => page.evaluate(() => (document.documentElement.scrollWidth > window.innerWidth + 1 ? document.documentElement.scrollWidth : 0));

