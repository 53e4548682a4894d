// Login by link and by password, what is refused, roles, the end of a session.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AWAY, closeBrowser, Daemon, enter, newPage, PASSWORD, REFUSED } from './daemon.mjs';

/** @type {Daemon} */
let daemon;
before(async () => {
  daemon = await Daemon.start();
  daemon.account('alice', 'admin');
  daemon.account('victor', 'viewer');
});
after(async () => { await closeBrowser(); daemon.stop(); });

test('a link enters once, and leaves no secret in the address', async () => {
  const link = daemon.link();
  const one = await newPage();
  await one.page.goto(link);
  await one.page.getByRole('heading', { name: 'No jobs yet' }).waitFor();
  assert.ok(!one.page.url().includes('enter='), one.page.url());
  // Reload and a second tab stay logged in.
  await one.page.reload();
  await one.page.getByRole('heading', { name: 'No jobs yet' }).waitFor();
  const tab = await one.context.newPage();
  await tab.goto(daemon.url);
  await tab.getByRole('heading', { name: 'No jobs yet' }).waitFor();
  const two = await newPage({}, REFUSED);
  await two.page.goto(link);
  await two.page.getByRole('alert').getByText('The link was not taken').waitFor();
  await one.close();
  await two.close();
});

test('a password enters, a wrong one is refused in words', async () => {
  const { page, close } = await newPage({}, REFUSED);
  await page.goto(daemon.url);
  await page.getByLabel('Name', { exact: true }).fill('alice');
  await page.getByLabel('Password', { exact: true }).fill('wrong password');
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await page.getByRole('alert').getByText('wrong name or password').waitFor();
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await close();
});

test('a viewer is offered no change', async () => {
  daemon.jobs('add', 'seen', '--every', '1h', '--', 'true');
  const { page, close } = await newPage();
  await page.goto(daemon.url);
  await page.getByLabel('Name', { exact: true }).fill('victor');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.goto(`${daemon.url}#/jobs`);
  await page.getByRole('link', { name: 'seen' }).first().waitFor();
  for (const name of ['New job', 'Import', 'Run now', 'Stop']) assert.equal(await page.getByRole('button', { name }).count() + await page.getByRole('link', { name, exact: true }).count(), 0, name);
  await page.goto(`${daemon.url}#/new`);
  await page.getByText('This takes the role operator').waitFor();
  await page.goto(`${daemon.url}#/system`);
  await page.getByRole('link', { name: 'Sessions' }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Audit' }).count(), 0);
  await close();
  daemon.jobs('rm', 'seen');
});

test('an ended session asks for the password and comes back to the same place', async () => {
  const { page, close } = await newPage({}, REFUSED);
  await page.goto(daemon.url);
  await page.getByLabel('Name', { exact: true }).fill('alice');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.goto(`${daemon.url}#/system/sessions`);
  await page.getByText('(this one)').waitFor();
  // The password is changed elsewhere: all sessions of the account end.
  daemon.jobsReading(`${PASSWORD}\n`, 'admin', 'passwd', 'alice', '--password-stdin');
  // The call that waits for changes ends within 25 s, and is refused then.
  await page.getByText('Your session has ended').waitFor({ timeout: 45_000 });
  await page.getByLabel('Name', { exact: true }).fill('alice');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await page.getByText('(this one)').waitFor();
  assert.ok(page.url().endsWith('#/system/sessions'), page.url());
  await close();
});

test('a restart of the daemon is noticed, and the page goes on', async () => {
  const { page, close } = await newPage({}, AWAY);
  await enter(daemon, page);
  await page.getByRole('heading', { name: 'No jobs yet' }).waitFor();
  daemon.jobs('shutdown');
  await page.getByText('No word from the daemon since').waitFor();
  daemon.up();
  await page.getByText('No word from the daemon since').waitFor({ state: 'detached' });
  daemon.jobs('add', 'later', '--every', '1h', '--', 'true');
  await page.getByRole('link', { name: 'later' }).first().waitFor();
  await close();
  daemon.jobs('rm', 'later');
});
