// All files of the page as they are sent: without the lines that are comments, each packed with gzip.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { transform } from 'esbuild';

const LIMIT = 140 * 1024;
const folder = fileURLToPath(new URL('../../src/page/files', import.meta.url));

/** The rule of src/page/comments.rs. @param {string} text */
function withoutComments(text) {
  const sent = [];
  let isInside = false;
  for (const line of text.split('\n')) {
    const code = line.trim();
    if (isInside) isInside = !code.endsWith('*/');
    else if (code.startsWith('/*') && (code.endsWith('*/') || !code.includes('*/'))) isInside = !code.endsWith('*/');
    else if (!code.startsWith('//')) sent.push(line);
  }
  return sent.join('\n');
}

const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !entry.name.endsWith('.d.ts'))
  .map((entry) => {
    const path = `${entry.parentPath ?? entry.path}/${entry.name}`;
    const name = path.slice(folder.length + 1);
    const text = readFileSync(path, 'utf8');
    const hasComments = /\.(js|css)$/.test(name) && !name.startsWith('vendor/');
    return { name, text, sent: hasComments ? withoutComments(text) : text };
  });

test('files as they are sent have the code of the files', async () => {
  for (const { name, text, sent } of files) {
    const loader = name.endsWith('.js') ? 'js' : name.endsWith('.css') ? 'css' : undefined;
    if (!loader) continue;
    const [before, after] = await Promise.all([text, sent].map((each) => transform(each, { loader, minifyWhitespace: true, legalComments: 'none' })));
    assert.equal(after.code, before.code, name);
  }
});

test('all files are small enough', (context) => {
  const raw = files.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  const packed = files.reduce((sum, { sent }) => sum + gzipSync(sent, { level: 9 }).length, 0);
  context.diagnostic(`${raw} bytes, ${packed} bytes as they are sent`);
  assert.ok(packed <= LIMIT, `${packed} bytes gzip are more than ${LIMIT}`);
});
