// All files of the page together: at most 60 KB as they are sent, each packed with gzip.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const LIMIT = 60 * 1024;
const folder = fileURLToPath(new URL('../../src/page/files', import.meta.url));

test('all files are at most 60 KB gzip', (context) => {
  let raw = 0;
  let packed = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith('.d.ts')) continue;
    const bytes = readFileSync(`${entry.parentPath ?? entry.path}/${entry.name}`);
    raw += bytes.length;
    packed += gzipSync(bytes, { level: 9 }).length;
  }
  context.diagnostic(`${raw} bytes, ${packed} bytes gzip`);
  assert.ok(packed <= LIMIT, `${packed} bytes gzip are more than ${LIMIT}`);
});
