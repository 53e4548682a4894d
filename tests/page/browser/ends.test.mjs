// Ends and returns: a link that is too old, a session that is not used, a connection that is lost or stands still.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { AWAY, closeBrowser, Daemon, enter, newPage, PASSWORD, REFUSED } from './daemon.mjs';

after(async () => { await closeBrowser(); });

/** The library that sets the clock of a program. */
const LIBRARY = readdirSync('/usr/lib').map((name) => `/usr/lib/${name}/faketime/libfaketimeMT.so.1`).find(existsSync);

/** A daemon whose clock the test sets. With `isMachine` also the clock that counts since the boot. */
async function daemonWithClock(isMachine = false) {
  assert.ok(LIBRARY, 'libfaketime is installed');
  const daemon = await Daemon.start('', (home) => {
    writeFileSync(join(home, 'clock'), '+0\n');
    return { LD_PRELOAD: LIBRARY, FAKETIME_TIMESTAMP_FILE: join(home, 'clock'), FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: isMachine ? '0' : '1' };
  });
  /** In one step: the daemon must never read half a file. @param {number} seconds */
  const later = (seconds) => {
    const file = join(/** @type {string} */ (daemon.home), 'clock');
    writeFileSync(`${file}.new`, `+${seconds}\n`);
    renameSync(`${file}.new`, file);
  };
  return { daemon, later };
}

test('a link is refused after its two minutes', async () => {
  const { daemon, later } = await daemonWithClock(true);
  const [early, late] = [daemon.link(), daemon.link()];
  later(115);
  const one = await newPage();
  await one.page.goto(early);
  await one.page.getByRole('heading', { name: 'No jobs yet' }).waitFor();
  await one.close();
  later(125);
  const two = await newPage({}, REFUSED);
  await two.page.goto(late);
  await two.page.getByRole('alert').getByText('The link was not taken').waitFor();
  await two.page.getByText('makes a new one').waitFor();
  await two.close();
  daemon.stop();
});

test('a session that was not used for its time asks for the password and goes on at the same place', async () => {
  const { daemon, later } = await daemonWithClock();
  daemon.account('alice', 'admin');
  daemon.jobs('add', 'kept', '--every', '1d', '--', 'true');
  const { page, close } = await newPage({}, REFUSED);
  const logIn = async () => {
    await page.getByLabel('Name', { exact: true }).fill('alice');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
  };
  await page.goto(`${daemon.url}#/jobs/kept?tab=definition`);
  await logIn();
  await page.getByText('As a command line').waitFor();
  later(7 * 3600);
  // Used within its eight hours, it goes on.
  await page.getByRole('link', { name: 'Schedule' }).click();
  await page.getByText('Next runs').waitFor();
  later(16 * 3600);
  await page.getByRole('link', { name: 'Definition' }).click();
  await page.evaluate(() => { location.hash = '#/runs'; });
  await page.getByText('Your session has ended').waitFor();
  // The page behind it can be neither read by keys nor changed.
  await logIn();
  await page.getByText('Your session has ended').waitFor({ state: 'detached' });
  assert.ok(page.url().endsWith('#/runs'), page.url());
  await page.getByText('No execution matches').waitFor();
  await close();
  daemon.stop();
});

/** A connection to the daemon that can be cut, and can stand still without an end. */
class Cable {
  /** @param {Daemon} daemon */
  static async to(daemon) {
    const cable = new Cable();
    /** @type {Set<import('node:net').Socket>} */
    cable.sockets = new Set();
    cable.state = 'up';
    cable.server = createServer((near) => {
      if (cable.state === 'cut') return near.destroy();
      const far = createConnection(/** @type {number} */ (daemon.port), '127.0.0.1');
      for (const [from, to] of [[near, far], [far, near]]) {
        cable.sockets.add(from);
        from.on('data', (part) => { if (cable.state !== 'still') to.write(part); });
        from.on('error', () => to.destroy());
        from.on('close', () => { cable.sockets.delete(from); to.destroy(); });
      }
      return undefined;
    });
    await new Promise((done) => { cable.server.listen(0, '127.0.0.1', () => done(undefined)); });
    cable.url = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (cable.server.address()).port}/`;
    return cable;
  }

  cut() { this.state = 'cut'; for (const socket of this.sockets) socket.destroy(); }

  /** No byte comes through, and no end. */
  still() { this.state = 'still'; }

  mend() { this.cut(); this.state = 'up'; }

  close() { this.cut(); this.server.close(); }
}

test('a lost connection is said, and the page goes on by itself when it is back', async () => {
  const daemon = await Daemon.start();
  daemon.jobs('add', 'steady', '--every', '1d', '--', 'true');
  const cable = await Cable.to(daemon);
  const { page, close } = await newPage({}, AWAY);
  await page.goto(daemon.link().replace(daemon.url, cable.url));
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.goto(`${cable.url}#/jobs`);
  await page.getByRole('link', { name: 'steady' }).waitFor();
  cable.cut();
  await page.getByText('No word from the daemon since').waitFor();
  await page.locator('.page.is-down').waitFor();
  // A call that is tried meanwhile is refused in words, and not forgotten silently.
  const row = page.locator('.grid-body .row', { hasText: 'steady' });
  await row.hover();
  await row.getByRole('button', { name: 'Run now: steady' }).click({ timeout: 2000 }).then(
    () => page.locator('.toast').getByText('The daemon does not answer').waitFor(),
    () => undefined);
  daemon.jobs('add', 'meanwhile', '--every', '1d', '--', 'true');
  assert.equal(daemon.json('history', 'steady').length, 0);
  cable.mend();
  await page.getByText('No word from the daemon since').waitFor({ state: 'detached' });
  await page.mouse.move(0, 0);
  await page.getByRole('link', { name: 'meanwhile' }).waitFor();
  await close();
  cable.close();
  daemon.stop();
});

test('a log goes on after the connection was cut, without a line lost or twice', async () => {
  const daemon = await Daemon.start();
  const gate = join(/** @type {string} */ (daemon.home), 'gate');
  daemon.jobs('add', 'writer', '--every', '1d', '--', `for i in 1 2 3; do echo before $i; done; until [ -e ${gate} ]; do sleep 0.05; done; for i in 1 2 3; do echo after $i; done; until [ -e ${gate}2 ]; do sleep 0.05; done; echo end`);
  daemon.jobs('run', 'writer');
  const id = daemon.json('history', 'writer')[0].exec_id;
  const cable = await Cable.to(daemon);
  const { page, close } = await newPage({}, AWAY);
  await page.goto(daemon.link().replace(daemon.url, cable.url));
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.goto(`${cable.url}#/runs/${id}`);
  await page.locator('.log-text', { hasText: 'before 3' }).waitFor();
  cable.cut();
  await page.getByText('No word from the daemon since').waitFor();
  writeFileSync(gate, '');
  cable.mend();
  await page.locator('.log-text', { hasText: 'after 3' }).waitFor();
  // The connection stands still: nothing ends, and nothing comes.
  writeFileSync(`${gate}2`, '');
  await page.locator('.log-text', { hasText: 'end' }).waitFor();
  await page.locator('.view-head').getByText('success').waitFor();
  assert.deepEqual(await page.locator('.log-text').allTextContents(), [...['before', 'after'].flatMap((word) => [1, 2, 3].map((n) => `${word} ${n}`)), 'end']);
  await close();
  cable.close();
  daemon.stop();
});

test('a connection that stands still without an end is taken for lost', async () => {
  const daemon = await Daemon.start();
  daemon.jobs('add', 'steady', '--every', '1d', '--', 'true');
  const cable = await Cable.to(daemon);
  const { page, close } = await newPage({}, AWAY);
  await page.clock.install();
  await page.goto(daemon.link().replace(daemon.url, cable.url));
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.goto(`${cable.url}#/jobs`);
  await page.getByRole('link', { name: 'steady' }).waitFor();
  cable.still();
  // Longer than a call waits for something to happen.
  await page.clock.fastForward(45_000);
  await page.getByText('No word from the daemon since').waitFor();
  cable.mend();
  await page.clock.runFor(10_000);
  await page.getByText('No word from the daemon since').waitFor({ state: 'detached' });
  await close();
  cable.close();
  daemon.stop();
});
