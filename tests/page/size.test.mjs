// The files as they are sent to browsers: without comments, each file packed with gzip. The first screen is what a browser loads for Today.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { transform } from 'esbuild';
import { files, modulesOf } from './files.mjs';

const FIRST_SCREEN = 60 * 1024;
const ONE_LANGUAGE = 132 * 1024;
const ALL = 144 * 1024;

test('files as they are sent have the code of the files', async () => {
  for (const [name, { text, sent }] of files) {
    const loader = name.endsWith('.js') ? 'js' : name.endsWith('.css') ? 'css' : undefined;
    if (!loader) continue;
    const [before, after] = await Promise.all([text, sent].map((each) => transform(each, { loader, minifyWhitespace: true, legalComments: 'none' })));
    assert.equal(after.code, before.code, name);
  }
});

/** @param {Iterable<string>} names */
const packed = (names) => [...names].reduce((sum, name) => {
  const file = files.get(name);
  assert.ok(file, name);
  return sum + gzipSync(file.sent).length;
}, 0);

const first = [...modulesOf(['app.js', 'views/today.js']), 'index.html', 'icon.svg', 'style.css', 'style-jobs.css'];

test('the first screen is small in each language', (context) => {
  assert.ok(first.includes('views/shell.js') && !first.includes('views/jobs.js'), String(first));
  for (const words of ['words/en.js', 'words/zh.js']) {
    const sum = packed([...first, words]);
    context.diagnostic(`${words}: ${sum} bytes in ${first.length + 1} files`);
    assert.ok(sum <= FIRST_SCREEN, `${sum} bytes gzip are more than ${FIRST_SCREEN}`);
  }
});

test('all files are small enough', (context) => {
  const all = [...files.keys()];
  for (const [words, names, limit] of /** @type {[string, string[], number][]} */ ([
    ['en', all.filter((name) => !name.startsWith('words/zh')), ONE_LANGUAGE],
    ['zh', all.filter((name) => !name.startsWith('words/en')), ONE_LANGUAGE],
    ['en and zh', all, ALL],
  ])) {
    const sum = packed(names);
    context.diagnostic(`${words}: ${sum} bytes in ${names.length} files`);
    assert.ok(sum <= limit, `${words}: ${sum} bytes gzip are more than ${limit}`);
  }
});
