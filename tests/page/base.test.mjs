// Addresses, times and durations.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadWords } from '../../src/page/files/base/words.js';
import { href, match, parse } from '../../src/page/files/base/route.js';
import { day, duration, fromNow, full, momentAfter, setClock, clock, timeOfDay } from '../../src/page/files/base/time.js';
import { pieces } from '../../src/page/files/parts/prose.js';
import { command, quote } from '../../src/page/files/parts/command.js';

await loadWords('jobs', 'job');

test('an address comes back as it was', () => {
  for (const name of ['backup', 'a b', 'a/b', 'ü?&=#', '<img src=x onerror=alert(1)>', '100%', '%41']) {
    const { path, query } = parse(href(['jobs', name], { q: name, failing: true, none: '', not: false, nil: null }));
    assert.deepEqual(path, ['jobs', name]);
    assert.deepEqual([...query], [['q', name], ['failing', '']]);
  }
});

test('a query of an address is written again as it was', () => {
  const text = '#/jobs?failing&sort=took&desc&q=a%26b';
  assert.equal(href(['jobs'], parse(text).query), text);
});

test('a broken escape in an address is left as it is', () => {
  assert.deepEqual(parse('#/jobs/100%').path, ['jobs', '100%']);
});

test('patterns name the parts of an address', () => {
  assert.deepEqual(match('jobs/:job/edit', ['jobs', 'a', 'edit']), { job: 'a' });
  assert.equal(match('jobs/:job', ['jobs']), undefined);
  assert.deepEqual(match('', []), {});
  assert.equal(match('jobs', ['runs']), undefined);
});

test('durations have at most two units', () => {
  for (const [ms, text] of /** @type {[number, string][]} */ ([
    [0, '0 ms'], [340, '340 ms'], [999.6, '1000 ms'], [1000, '1 s'], [4200, '4.2 s'], [9949, '9.9 s'], [9950, '10 s'], [59_400, '59 s'], [59_600, '1 m'],
    [60_000, '1 m'], [412_000, '6 m 52 s'], [3_600_000, '1 h'], [3_660_000, '1 h 1 m'], [39_600_000, '11 h'], [40_000_000, '11 h'],
    [273_600_000, '3 d 4 h'], [1_000_000_000_000, '11574 d'], [-5, '0 ms'],
  ])) assert.equal(duration(ms), text, String(ms));
});

test('times away from now', () => {
  assert.equal(fromNow(5000, 0), 'in 5 s');
  assert.equal(fromNow(0, 300_000), '5 m ago');
  assert.equal(fromNow(400, 0), 'now');
  assert.equal(fromNow(919_000, 0), 'in 15 m');
  assert.equal(fromNow(0, 119_000), '1 m 59 s ago');
});

test('times are in the zone of the daemon', () => {
  setClock({ timezone: 'Asia/Shanghai', now: '2026-12-01T00:00:00Z' });
  assert.equal(day('2026-11-30T20:00:00Z'), '2026-12-01');
  assert.equal(timeOfDay('2026-11-30T20:00:05Z', true), '04:00:05');
  assert.match(full('2026-11-30T20:00:05Z'), /^2026-12-01 04:00:05 Asia\/Shanghai/);
  assert.equal(momentAfter('2026-12-01T01:00:00Z', '2026-12-01T00:00:00Z'), '09:00');
});

test('an unknown zone of the daemon is shown as UTC', () => {
  setClock({ timezone: 'Mars/Olympus' });
  assert.equal(clock.value.zone, 'UTC');
});

test('words of a command line are quoted for a shell', () => {
  assert.equal(quote('a-b_c.d/e:f@g,h+i=j%'), 'a-b_c.d/e:f@g,h+i=j%');
  assert.equal(quote(''), "''");
  assert.equal(quote("it's"), `'it'\\''s'`);
  assert.equal(quote('$(rm -rf /)'), "'$(rm -rf /)'");
  assert.equal(quote('~'), "'~'");
  assert.equal(command('jobs', 'list', false, ['--text', ''], ['--tag', 'db'], null, '--desc'), 'jobs list --tag db --desc');
});

test('code in messages stands between backticks', () => {
  assert.deepEqual(pieces('`61` is out of range'), ['', '61', ' is out of range']);
});
