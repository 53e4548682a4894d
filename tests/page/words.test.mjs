// The words of both languages: the same keys, the same values to fill in, and those that a view needs are read with it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fill, language, loadWords, number, setLanguage, size, t, word } from '../../src/page/files/base/words.js';
import { VIEWS } from '../../src/page/files/base/views.js';
import { files, modulesOf } from './files.mjs';

const GROUPS = /** @type {const} */ (['base', 'jobs', 'job', 'edit', 'system', 'alerts']);

/** @param {string} lang @param {string} group @returns {Promise<Record<string, string>>} */
const words = async (lang, group) => (await import(`../../src/page/files/words/${lang}${group === 'base' ? '' : `-${group}`}.js`)).default;

const names = (/** @type {string} */ text) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]))].sort();

test('languages have the same keys', async () => {
  for (const group of GROUPS) assert.deepEqual(Object.keys(await words('zh', group)), Object.keys(await words('en', group)), group);
});

test('a text has the same values in both languages', async () => {
  for (const group of GROUPS) {
    const zh = await words('zh', group);
    for (const [key, text] of Object.entries(await words('en', group))) {
      const there = names(zh[key]);
      // Chinese has one form, so it may name a number that the English singular leaves out; English forms may differ in it too.
      for (const name of names(text)) assert.ok(there.includes(name) || name === 'n', `${key}: {${name}} is missing in zh`);
      for (const name of there) assert.ok(names(text).includes(name), `${key}: {${name}} is missing in en`);
    }
  }
});

test('a text with two forms has a number', async () => {
  for (const group of GROUPS) {
    for (const [key, text] of Object.entries(await words('en', group))) {
      if (!text.includes('|')) continue;
      const used = [...files.values()].flatMap(({ text: code }) => code.split('\n')).filter((line) => line.includes(`'${key}'`));
      for (const line of used) assert.ok(/\bn\b/.test(line.slice(line.indexOf(`'${key}'`))) || line.trim().startsWith(`'${key}':`), `${key} without n: ${line}`);
    }
  }
});

/** The keys that a module names; those that it puts together end with `…`. @param {string} module */
function keysOf(module) {
  const text = files.get(module)?.sent ?? '';
  const keys = [...text.matchAll(/(['`])((?:[a-z_0-9*,-]+)(?:\.[a-z_0-9*,-]+)*)\1/g)].map((found) => found[2]);
  const begins = [...text.matchAll(/\b(?:t|word)\(`([^`$]+)\$\{/g)].map((found) => `${found[1]}…`);
  return [...keys, ...begins];
}

test('the words that a view uses are read with it', async () => {
  /** @type {Map<string, string>} */
  const groupOf = new Map();
  for (const group of GROUPS) for (const key of Object.keys(await words('en', group))) groupOf.set(key, group);
  const all = [...groupOf.keys()];
  const check = (/** @type {string[]} */ roots, /** @type {string[]} */ groups) => {
    for (const module of modulesOf(roots)) {
      for (const key of keysOf(module)) {
        const found = key.endsWith('…') ? all.filter((each) => each.startsWith(key.slice(0, -1))) : groupOf.has(key) && key.includes('.') ? [key] : [];
        if (found.length === 0 || found.some((each) => ['base', ...groups].includes(groupOf.get(each) ?? ''))) continue;
        assert.fail(`${module} of ${roots[0]} uses '${key}' of ${groupOf.get(found[0])}`);
      }
    }
  };
  check(['app.js'], []);
  for (const { file, words: groups } of VIEWS) {
    const [, module] = /import\('\.\.\/([^']+)'\)/.exec(String(file)) ?? [];
    assert.ok(module && files.has(module), String(file));
    check([module], groups);
  }
});

test('styles that views name are files of the page', () => {
  for (const { styles } of VIEWS) for (const name of styles) assert.ok(files.has(name), name);
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

test('unknown words show their last part', async () => {
  await loadWords();
  assert.equal(word('status.new-status'), 'new-status');
  assert.equal(word('status.failed'), 'failed');
});

test('the language changes words and numbers', async () => {
  await loadWords('jobs');
  /** @type {any} */ (globalThis).document = { documentElement: {} };
  assert.equal(t('jobs.none'), 'No job matches.');
  await setLanguage('zh');
  assert.equal(t('status.failed'), '失败');
  assert.equal(t('jobs.none'), (await words('zh', 'jobs'))['jobs.none']);
  await setLanguage('en');
  assert.equal(t('status.failed'), 'failed');
  assert.equal(language.value, 'en');
  assert.equal(number(1234567), '1,234,567');
  assert.equal(size(0), '0 B');
  assert.equal(size(3.1 * 1024 * 1024), '3.1 MiB');
  assert.equal(size(200 * 1024), '200 KiB');
});

test('a group that is asked for while the language changes is read in both', async () => {
  const changing = setLanguage('zh');
  await Promise.all([changing, loadWords('job')]);
  assert.equal(t('log.none'), (await words('zh', 'job'))['log.none']);
  await setLanguage('en');
});
