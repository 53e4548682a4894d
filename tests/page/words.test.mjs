// The words of both languages: the same keys, the same values to fill in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import en from '../../src/page/files/words/en.js';
import zh from '../../src/page/files/words/zh.js';
import { fill, language, number, size, t, word } from '../../src/page/files/base/words.js';

const names = (/** @type {string} */ text) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]))].sort();

test('languages have the same keys', () => {
  assert.deepEqual(Object.keys(zh).sort(), Object.keys(en).sort());
});

test('a text has the same values in both languages', () => {
  for (const [key, text] of Object.entries(en)) {
    const there = names(zh[key]);
    // Chinese has one form, so it may name a number that the English singular leaves out; English forms may differ in it too.
    for (const name of names(text)) assert.ok(there.includes(name) || name === 'n', `${key}: {${name}} is missing in zh`);
    for (const name of there) assert.ok(names(text).includes(name), `${key}: {${name}} is missing in en`);
  }
});

test('forms: one and many', () => {
  assert.equal(fill('{n} run|{n} runs', { n: 1 }), '1 run');
  assert.equal(fill('{n} run|{n} runs', { n: 0 }), '0 runs');
  assert.equal(fill('{n} run|{n} runs', { n: 48211 }), '48,211 runs');
  assert.equal(fill('{n} 次', { n: 1 }), '1 次');
  assert.equal(fill('{a} {b}', { a: 'x|y' }), 'x|y {b}');
});

test('a value with a bar does not choose a form', () => {
  assert.equal(fill('{name} runs', { name: 'a|b' }), 'a|b runs');
});

test('unknown words show their last part', () => {
  assert.equal(word('status.new-status'), 'new-status');
  assert.equal(word('status.failed'), 'failed');
});

test('the language changes words and numbers', () => {
  language.set('zh');
  assert.equal(t('status.failed'), '失败');
  language.set('en');
  assert.equal(t('status.failed'), 'failed');
  assert.equal(number(1234567), '1,234,567');
  assert.equal(size(0), '0 B');
  assert.equal(size(3.1 * 1024 * 1024), '3.1 MiB');
  assert.equal(size(200 * 1024), '200 KiB');
});
