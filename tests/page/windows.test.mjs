// A long list in windows of 100: what is read, what changes in place, what waits.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { List, WINDOW } from '../../src/page/files/base/windows.js';

/** @typedef {{id: number, text: string}} Row */

/** @type {Row[]} */
let rows = [];
/** @type {number[]} */
let read = [];

/** A server that answers after a turn of the loop. */
globalThis.fetch = /** @type {any} */ (async (/** @type {string} */ _path, /** @type {any} */ init) => {
  const { page, size } = JSON.parse(init.body);
  read.push(page);
  const items = rows.slice((page - 1) * size, page * size);
  const answer = { code: 200, msg: 'ok', data: { items, total: rows.length, pages_total: Math.ceil(rows.length / size), page, page_size: size } };
  return { ok: true, status: 200, json: async () => answer };
});
/** @type {any} */ (globalThis).window = globalThis;

const settle = () => new Promise((done) => { setTimeout(done, 5); });

function list() {
  /** @type {List<Row>} */
  const made = new List(() => {});
  made.method = 'list';
  made.id = (row) => row.id;
  made.one = async (row) => ({ ...row, text: 'again' });
  made.aim('{}');
  return made;
}

beforeEach(() => {
  rows = Array.from({ length: 100_000 }, (_, i) => ({ id: i, text: 'old' }));
  read = [];
});

test('only the windows on the screen are read', async () => {
  const made = list();
  made.readShown(true);
  await settle();
  made.show(54_321, 54_350);
  await settle();
  assert.deepEqual(read, [1, 544]);
  assert.equal(made.view.row(54_321)?.id, 54_321);
  assert.equal(made.view.row(54_321 + WINDOW), undefined);
  made.show(54_290, 54_310);
  await settle();
  assert.deepEqual(read, [1, 544, 543]);
});

test('a row changes in place while the list is held, and the new order waits', async () => {
  const made = list();
  made.readShown(true);
  await settle();
  made.view.hold(true);
  rows = [{ id: -1, text: 'new' }, ...rows.map((row) => (row.id === 3 ? { ...row, text: 'changed' } : row))];
  made.readShown(false);
  await settle();
  assert.equal(made.view.row(0)?.id, 0);
  assert.equal(made.view.row(3)?.text, 'changed');
  assert.equal(made.view.row(99)?.text, 'again');
  assert.equal(made.view.news, 1);
  assert.equal(made.view.isMoved, true);
  assert.equal(made.view.total, 100_000);
  made.view.reload();
  await settle();
  assert.equal(made.view.row(0)?.id, -1);
  assert.equal(made.view.total, 100_001);
  assert.equal(made.view.news, 0);
  assert.equal(made.view.isMoved, false);
});

test('letting go of the list takes the new order', async () => {
  const made = list();
  made.readShown(true);
  await settle();
  made.view.hold(true);
  rows = [...rows].reverse();
  made.readShown(false);
  await settle();
  assert.equal(made.view.row(0)?.id, 0);
  made.view.hold(false);
  await settle();
  assert.equal(made.view.row(0)?.id, 99_999);
});

test('an answer to parameters of before is left out', async () => {
  const made = list();
  made.readShown(true);
  made.aim('{"only":"failing"}');
  rows = rows.slice(0, 7);
  made.readShown(true);
  await settle();
  assert.equal(made.view.total, 7);
  assert.equal(made.view.row(6)?.id, 6);
});

test('windows far from the screen are forgotten', async () => {
  const made = list();
  for (let i = 0; i < 60; i += 1) {
    made.show(i * WINDOW, i * WINDOW + 20);
    await settle();
  }
  assert.ok(made.windows.size <= 31, String(made.windows.size));
  assert.ok(made.view.row(59 * WINDOW));
});

test('a shrunk list keeps no rows beyond its end', async () => {
  const made = list();
  made.show(99_950, 99_999);
  await settle();
  rows = rows.slice(0, 10);
  made.view.reload();
  await settle();
  await settle();
  assert.equal(made.view.total, 10);
  assert.equal(made.view.row(9)?.id, 9);
});

test('a reload while the same rows are being read reads them once more', async () => {
  const made = list();
  made.readShown(true);
  await settle();
  made.view.hold(true);
  // The server has taken the rows of before.
  made.readShown(false);
  rows = [{ id: -1, text: 'new' }, ...rows];
  made.view.reload();
  await settle();
  assert.equal(made.view.row(0)?.id, -1);
  assert.equal(made.view.total, 100_001);
  assert.equal(made.view.isMoved, false);
});
