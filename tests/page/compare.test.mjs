// The comparison of two outputs, the lanes of the timeline, and the fields of the form.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare, fold } from '../../src/page/files/parts/diff.js';
import { lanesOf, marksOf } from '../../src/page/files/parts/timeline.js';
import { commandOf, emptyValues, parametersOf, valuesOf } from '../../src/page/files/views/edit-fields.js';

const SIGNS = { same: ' ', gone: '-', new: '+' };
const shown = (/** @type {string} */ a, /** @type {string} */ b) => compare([...a], [...b]).map(({ kind, text }) => SIGNS[kind] + text).join('');

test('a comparison has the least differences', () => {
  for (const [a, b, expected] of [
    ['', '', ''], ['ab', 'ab', ' a b'], ['', 'ab', '+a+b'], ['ab', '', '-a-b'], ['axb', 'ayb', ' a-x+y b'], ['abcabba', 'cbabac', '-a-b c+b a b-b a+c'],
  ]) assert.equal(shown(a, b), expected);
});

test('a comparison gives both texts back', () => {
  let seed = 7;
  const random = (/** @type {number} */ n) => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed % n; };
  for (let n = 0; n < 2000; n += 1) {
    const [a, b] = [0, 1].map(() => Array.from({ length: random(14) }, () => 'abc'[random(3)]));
    const lines = compare(a, b);
    assert.deepEqual(lines.filter(({ kind }) => kind !== 'new').map(({ text }) => text), a);
    assert.deepEqual(lines.filter(({ kind }) => kind !== 'gone').map(({ text }) => text), b);
  }
});

test('a comparison of long texts that differ everywhere ends soon', () => {
  const a = Array.from({ length: 20_000 }, (_, i) => `a${i}`);
  const b = Array.from({ length: 20_000 }, (_, i) => `b${i}`);
  const begun = Date.now();
  assert.equal(compare(a, b).length, 40_000);
  assert.ok(Date.now() - begun < 5000);
});

test('equal lines away from a difference are folded', () => {
  const text = fold(compare([...`${'a'.repeat(10)}X${'b'.repeat(12)}`], [...`${'a'.repeat(10)}Y${'b'.repeat(12)}`]))
    .map((part) => (part.kind === 'fold' ? `[${part.count}]` : part.text)).join('');
  assert.equal(text, '[7]aaaXYbbb[9]');
  assert.deepEqual(fold(compare(['a'], ['a'])), [{ kind: 'same', text: 'a' }]);
  assert.deepEqual(fold(compare([...'abc'], [...'abc'])), [{ kind: 'fold', count: 3 }]);
});

const run = (/** @type {object} */ more) => /** @type {import('../../src/page/files/base/operations.js').Execution} */ (/** @type {unknown} */ ({
  exec_id: 1, job_id: 1, job_name: 'a', status: 'success', scheduled_at: '2026-12-01T00:00:00Z', ...more,
}));

test('lanes have the bars of their time, the worst first', () => {
  const [from, until] = [Date.parse('2026-12-01T00:00:00Z'), Date.parse('2026-12-01T10:00:00Z')];
  const lanes = lanesOf([
    run({ exec_id: 5, started_at: '2026-12-01T05:00:00Z', ended_at: '2026-12-01T06:00:00Z' }),
    run({ exec_id: 4, started_at: '2026-11-30T23:00:00Z', ended_at: '2026-12-01T01:00:00Z' }),
    run({ exec_id: 3, started_at: '2026-11-30T20:00:00Z', ended_at: '2026-11-30T21:00:00Z' }),
    run({ exec_id: 6, job_id: 2, job_name: 'b', status: 'running', started_at: '2026-12-01T08:00:00Z', ended_at: null }),
    run({ exec_id: 7, job_id: 3, job_name: 'c', status: 'missed', scheduled_at: '2026-12-01T02:00:00Z' }),
  ], from, until, Date.parse('2026-12-01T09:00:00Z'));
  assert.deepEqual(lanes.map(({ name, bars }) => [name, ...bars.map(({ run: { exec_id }, x, width }) => [exec_id, +x.toFixed(2), +width.toFixed(2)])]), [
    ['c', [7, 0.2, 0]], ['b', [6, 0.8, 0.1]], ['a', [4, 0, 0.1], [5, 0.5, 0.1]],
  ]);
});

test('marks of the timeline are few and round', () => {
  assert.deepEqual(marksOf(0, 3_600_000), [0, 900_000, 1_800_000, 2_700_000]);
  for (const hours of [1, 3, 6, 24, 100, 168, 2000]) assert.ok(marksOf(1, 1 + hours * 3_600_000).length <= 9, String(hours));
});

test('the form shows the values of the work and sends only what was changed', () => {
  const job = /** @type {import('../../src/page/files/base/operations.js').JobView} */ (/** @type {unknown} */ ({
    id: 1, name: 'a', desc: '', cron_expr: '@daily', mode: 'http', command: '【url】x', allow_mode: 1, tags: ['db', 'x'], jitter: 0,
    work: { url: 'http://h/', method: 'POST', headers: ['A:b', 'C:***'], data: 'one\n【two】', timeout: 90 },
  }));
  const before = valuesOf(job);
  assert.equal(before.url, 'http://h/');
  assert.equal(before.headers, 'A:b\nC:***');
  assert.equal(before.data, 'one\n【two】');
  assert.equal(before.timeout, '90');
  assert.equal(before.allow_mode, 'skip');
  assert.equal(before.tags, 'db x');
  assert.deepEqual(parametersOf(before, before), {});
  const sent = parametersOf({ ...before, headers: 'A:b\nC:***\nD:e', timeout: '' }, before);
  assert.deepEqual(sent, { headers: ['', 'A:b', 'C:***', 'D:e'], timeout: 0 });
  assert.equal(commandOf(job, before, sent), "jobs edit a --header '' --header A:b --header 'C:***' --header D:e --timeout 0");
  const values = { ...emptyValues(), name: 'n', mode: 'func', func: 'Echo', args: 'a\n\nb c', cron_expr: '@hourly' };
  const added = parametersOf(values, emptyValues());
  assert.deepEqual(added, { name: 'n', func: 'Echo', args: ['a', '', 'b c'], cron_expr: '@hourly', mode: 'func' });
  assert.equal(commandOf(undefined, values, added), "jobs add n --func Echo --arg a --arg '' --arg 'b c' --cron @hourly");
});
