// The files of the page for checks: their texts, what browsers get of them, and which modules a module needs.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../src/page/files', import.meta.url));

/** The rule of src/page/comments.rs. @param {string} text */
function withoutComments(text) {
  const sent = [];
  let isInside = false;
  let isKept = false;
  for (const line of text.split('\n')) {
    const code = line.trim();
    const begins = code.startsWith('/*') && (code.endsWith('*/') || !code.includes('*/'));
    if (begins && !isInside) isKept = code.startsWith('/*!');
    if (isInside || begins) {
      isInside = !code.endsWith('*/');
      if (isKept) sent.push(line);
    } else if (!code.startsWith('//')) {
      sent.push(line.trimStart().replace(/\/\*\* @type .*?\*\/\s*/g, ''));
    }
  }
  return sent.join('\n');
}

/** All files that browsers load, by name: as they are, and as they are sent. @type {Map<string, {text: string, sent: string}>} */
export const files = new Map(readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !entry.name.endsWith('.d.ts'))
  .map((entry) => {
    const path = `${entry.parentPath ?? entry.path}/${entry.name}`;
    const name = path.slice(folder.length + 1);
    const text = readFileSync(path, 'utf8');
    return [name, { text, sent: /\.(js|css)$/.test(name) ? withoutComments(text) : text }];
  }));

/** The modules that these need before they run, themselves among them; not those of `import()`. @param {string[]} names */
export function modulesOf(names) {
  /** @type {Set<string>} */
  const found = new Set();
  const next = [...names];
  for (let name = next.pop(); name; name = next.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    const text = files.get(name)?.text ?? '';
    for (const [, import_] of text.matchAll(/^(?:import|export)\b[^;]*? from '([^']+)';$/gm)) next.push(normalize(join(dirname(name), import_)));
  }
  return found;
}
