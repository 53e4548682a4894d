// Words of the page in the chosen language. `t('jobs.chosen', {n: 3})` reads what `loadWords('jobs')` has read from the files `words/`.
import { Store } from './dom.js';
import { readSetting, writeSetting } from './store.js';

/** The files of words of each language. `base` is always there; the table of views in `base/views.js` names the others. */
const FILES = {
  en: {
    base: () => import('../words/en.js'),
    jobs: () => import('../words/en-jobs.js'),
    job: () => import('../words/en-job.js'),
    edit: () => import('../words/en-edit.js'),
    system: () => import('../words/en-system.js'),
    alerts: () => import('../words/en-alerts.js'),
  },
  zh: {
    base: () => import('../words/zh.js'),
    jobs: () => import('../words/zh-jobs.js'),
    job: () => import('../words/zh-job.js'),
    edit: () => import('../words/zh-edit.js'),
    system: () => import('../words/zh-system.js'),
    alerts: () => import('../words/zh-alerts.js'),
  },
};

/** @typedef {keyof typeof FILES} Language */
/** @typedef {keyof typeof FILES.en} Group */
/** @typedef {{[G in Group]: keyof Awaited<ReturnType<typeof FILES.en[G]>>['default']}[Group]} Key */

/** What has been read. @type {Record<Language, Record<string, string>>} */
const dictionaries = { en: {}, zh: {} };
/** The groups that have been asked for; another language reads all of them. */
const groups = new Set(/** @type {Group[]} */ (['base']));

/** @returns {Language} */
function preferred() {
  const set = /** @type {string} */ (readSetting('language', ''));
  if (set === 'en' || set === 'zh') return set;
  const wanted = globalThis.navigator?.languages ?? [];
  const first = wanted.find((name) => /^(en|zh)\b/i.test(name)) ?? 'en';
  return first.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/** The language of the page. */
export const language = new Store(preferred());

/** Reads the words of `base` and of the named groups. @param {...Group} names */
export async function loadWords(...names) {
  for (const name of names) groups.add(name);
  let present;
  do {
    present = language.value;
    await read(present);
  } while (present !== language.value);
}

/** @param {Language} name */
async function read(name) {
  let count;
  do {
    count = groups.size;
    const files = await Promise.all([...groups].map((group) => FILES[name][group]()));
    for (const file of files) Object.assign(dictionaries[name], file.default);
  } while (count !== groups.size);
}

/** Changes the language once its words are there. @param {Language} name */
export async function setLanguage(name) {
  writeSetting('language', name);
  await read(name);
  document.documentElement.lang = name === 'zh' ? 'zh-CN' : 'en';
  language.set(name);
}

/**
 * The words of a key. `{name}` is replaced by `values.name`; numbers are grouped. With `n` of 1, a text `one|many` gives `one`.
 * @param {Key} key
 * @param {Record<string, string|number>} [values]
 * @returns {string}
 */
export function t(key, values) {
  const text = dictionaries[language.value][key] ?? key;
  return values ? fill(text, values) : text;
}

/**
 * The same for a key that is put together at run time, such as `status.${status}`; without such a key it is the key's last part.
 * @param {string} key
 * @param {Record<string, string|number>} [values]
 */
export function word(key, values) {
  return key in dictionaries[language.value] ? t(/** @type {Key} */ (key), values) : key.slice(key.lastIndexOf('.') + 1);
}

/**
 * @param {string} text
 * @param {Record<string, string|number>} values
 */
export function fill(text, values) {
  const forms = text.split('|');
  const form = forms.length > 1 && values.n !== 1 ? forms[1] : forms[0];
  return form.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    return value === undefined ? whole : typeof value === 'number' ? number(value) : value;
  });
}

/** @type {Map<string, Intl.NumberFormat>} */
const numbers = new Map();

/**
 * A number in the form of the language: 48,211.
 * @param {number} value
 * @param {number} [digits] after the point
 */
export function number(value, digits = 0) {
  const key = `${language.value}${digits}`;
  let format = numbers.get(key);
  if (!format) numbers.set(key, format = new Intl.NumberFormat(language.value, { maximumFractionDigits: digits }));
  return format.format(value);
}

/**
 * Bytes with a unit: 3.1 MiB.
 * @param {number} bytes
 */
export function size(bytes) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  for (; bytes >= 1024 && unit < units.length - 1; unit += 1) bytes /= 1024;
  return `${number(bytes, unit && bytes < 100 ? 1 : 0)} ${units[unit]}`;
}
