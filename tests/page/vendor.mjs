// Makes src/page/files/vendor/preact.js from the pinned npm packages `preact` and its hooks: one readable ES module, not
// minified, with the licence before it. `node vendor.mjs` writes it; `node vendor.mjs --check` compares its bytes.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const target = fileURLToPath(new URL('../../src/page/files/vendor/preact.js', import.meta.url));

/** The exports that the page uses; what nothing uses is left out. */
const entry = `
export { h, Fragment, render, Component, createContext } from './node_modules/preact/src/index.js';
export {
  useCallback, useContext, useEffect, useErrorBoundary, useId, useLayoutEffect, useMemo, useReducer, useRef, useState,
} from './node_modules/preact/hooks/src/index.js';
`;

const version = JSON.parse(readFileSync(`${here}node_modules/preact/package.json`, 'utf8')).version;
const licence = readFileSync(`${here}node_modules/preact/LICENSE`, 'utf8').trim();
const made = await build({
  stdin: { contents: entry, resolveDir: here },
  absWorkingDir: here,
  alias: { preact: './node_modules/preact/src/index.js' },
  bundle: true,
  format: 'esm',
  charset: 'utf8',
  write: false,
});
const text = `/*! Preact ${version} and its hooks, https://preactjs.com\n\n${licence}\n*/\n\n${made.outputFiles[0].text}`;

if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('src/page/files/vendor/preact.js is not what preact in package.json gives: run `node vendor.mjs`');
    process.exit(1);
  }
  console.log(`preact.js is Preact ${version}`);
} else {
  writeFileSync(target, text);
}
