// Strips, bars and the places of rows in long tables.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadWords } from '../../src/page/files/base/words.js';
import { barPaths } from '../../src/page/files/parts/bars.js';
import { stripPaths, stripWords } from '../../src/page/files/parts/strip.js';
import { layout, reveal } from '../../src/page/files/parts/table.js';
import { STATUSES, tone } from '../../src/page/files/parts/status.js';

await loadWords('jobs', 'job');

const run = (/** @type {any} */ status, /** @type {number} */ duration_ms, exec_id = 1) => ({ exec_id, status, duration_ms });

test('a strip has one path per colour, and stands at the right', () => {
  const paths = stripPaths([run('success', 100), run('failed', 100), run('success', 50)], 30, 20, undefined);
  assert.deepEqual(Object.keys(paths).sort(), ['failed', 'success']);
  assert.ok(paths.success.startsWith('M108 0h3v20h-3z'));
  assert.ok(paths.success.includes('M116 10h3v10h-3z'));
});

test('a strip keeps the newest runs, and the usual duration is half of its height', () => {
  const runs = Array.from({ length: 40 }, (_, i) => run('success', 100, i));
  const { success } = stripPaths(runs, 30, 20, 100);
  assert.equal(success.match(/M/g)?.length, 30);
  assert.ok(success.startsWith('M0 10h3v10h-3z'));
});

test('a very long run does not leave the strip', () => {
  assert.equal(stripPaths([run('success', 1e12)], 1, 20, 100).success, 'M0 0h3v20h-3z');
});

test('a strip without runs has words', () => {
  assert.equal(stripWords([run('failed', 1), run('missed', 0), run('success', 1)]), 'the last 3 runs: 1 failed, 1 missed');
  assert.equal(stripWords([run('success', 1)]), 'the last run: none failed');
});

test('one failure among thousands of runs is seen', () => {
  const quarters = [{ at: '', success: 9999, failed: 1, missed: 0, other: 0 }, { at: '', success: 0, failed: 0, missed: 0, other: 0 }];
  const paths = barPaths(quarters, 200, 72);
  const height = Number(/v([\d.]+)/.exec(paths.failed)?.[1]);
  assert.ok(height >= 3, String(height));
  assert.equal(paths.missed, undefined);
});

test('bars never leave their box', () => {
  for (const quarter of [[1, 1, 1, 1], [0, 1, 1, 0], [1e6, 1, 1, 1], [0, 0, 1e6, 1]]) {
    const [success, failed, missed, other] = quarter;
    const paths = barPaths([{ at: '', success, failed, missed, other }], 10, 72);
    for (const path of Object.values(paths)) {
      for (const [, y, tall] of path.matchAll(/M[\d.]+ ([-\d.]+)h[\d.]+v([\d.]+)/g)) {
        assert.ok(Number(y) >= 0 && Number(y) + Number(tall) <= 72.2, `${quarter}: ${path}`);
      }
    }
  }
});

test('rows on the screen of a table', () => {
  assert.deepEqual(layout(0, 360, 100, 36), { height: 3600, first: 0, last: 10, offset: 0 });
  assert.deepEqual(layout(18, 360, 100, 36), { height: 3600, first: 0, last: 11, offset: 0 });
  assert.deepEqual(layout(3240, 360, 100, 36), { height: 3600, first: 90, last: 99, offset: 3240 });
  assert.equal(layout(0, 360, 0, 36).last, -1);
  assert.equal(layout(0, 360, 3, 36).last, 2);
});

test('a table that is taller than a browser allows reaches its first and its last row', () => {
  const total = 5_000_000;
  const { height, first } = layout(0, 720, total, 36);
  assert.equal(first, 0);
  assert.ok(height < 33_000_000);
  const end = layout(height - 720, 720, total, 36);
  assert.equal(end.last, total - 1);
  for (const index of [0, 1, 1234, 2_500_000, total - 1]) {
    for (const top of [0, 1e6, height - 720]) {
      const at = layout(reveal(index, top, 720, total, 36), 720, total, 36);
      assert.ok(at.first <= index && index <= at.last, `${index} from ${top}: ${at.first}..${at.last}`);
    }
  }
});

test('revealing a row on the screen moves nothing', () => {
  assert.equal(reveal(5, 100, 360, 1000, 36), 100);
  assert.equal(reveal(0, 100, 360, 1000, 36), 0);
  assert.equal(reveal(20, 0, 360, 1000, 36), 21 * 36 - 360);
});

test('each status has a colour', () => {
  for (const status of STATUSES) assert.match(tone(status), /^(success|failed|late|missed|busy|quiet)$/);
});
