// Addresses of the page: `#/jobs/backup?tab=schedule`. Each thing has an address, with its filters.
import { Store } from './dom.js';
import { use } from './store.js';

/** @typedef {{path: string[], query: URLSearchParams, text: string}} Route */
/** @typedef {Record<string, string|number|boolean|null|undefined>} Query */

/**
 * @param {string} hash
 * @returns {Route}
 */
export function parse(hash) {
  const text = hash.replace(/^#\/?/, '');
  const [path, query = ''] = split(text, '?');
  return { path: path.split('/').filter(Boolean).map(decode), query: new URLSearchParams(query), text };
}

/** @param {string} text @param {string} at */
function split(text, at) {
  const index = text.indexOf(at);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}

/** @param {string} part */
function decode(part) {
  try { return decodeURIComponent(part); } catch { return part; }
}

/**
 * The address of a place: `href(['jobs', 'a b'], {failing: true})` is `#/jobs/a%20b?failing`. Values that are empty or false are left out.
 * @param {(string|number)[]} path
 * @param {Query|URLSearchParams} [query]
 */
export function href(path, query) {
  /** @type {[string, Query[string]][]} */
  const entries = query instanceof URLSearchParams ? [...query].map(([name, value]) => [name, value === '' ? true : value]) : Object.entries(query ?? {});
  const parts = entries
    .filter(([, value]) => value !== undefined && value !== null && value !== false && value !== '')
    .map(([name, value]) => (value === true ? encodeURIComponent(name) : `${encodeURIComponent(name)}=${encode(String(value))}`));
  return `#/${path.map((part) => encodeURIComponent(part)).join('/')}${parts.length ? `?${parts.join('&')}` : ''}`;
}

/** Encodes a value of a query and leaves `,`, `:` and `/` readable. @param {string} value */
const encode = (value) => encodeURIComponent(value).replace(/%2C/g, ',').replace(/%3A/g, ':').replace(/%2F/g, '/');

/** The present address. */
export const route = new Store(parse(globalThis.location?.hash ?? ''));
globalThis.addEventListener?.('hashchange', () => route.set(parse(location.hash)));

/** Reads the present address in a component. */
export const useRoute = () => use(route);

/**
 * Goes to a place. `replace` leaves no step in the history of the browser: for filters while one types.
 * @param {(string|number)[]} path
 * @param {Query|URLSearchParams} [query]
 * @param {{replace?: boolean}} [options]
 */
export function go(path, query, { replace = false } = {}) {
  const to = href(path, query);
  if (replace) {
    history.replaceState(null, '', to);
    route.set(parse(to));
  } else {
    location.hash = to;
  }
}

/**
 * Changes some of the query of the present address; `null` removes a name.
 * @param {Query} changes
 * @param {{replace?: boolean}} [options]
 */
export function setQuery(changes, options = { replace: true }) {
  /** @type {Query} */
  const query = {};
  for (const [name, value] of route.value.query) query[name] = value === '' ? true : value;
  go(route.value.path, { ...query, ...changes }, options);
}

/**
 * The parameters of a pattern such as `jobs/:job` in a path, or nothing if it does not fit.
 * @param {string} pattern
 * @param {string[]} path
 * @returns {Record<string, string>|undefined}
 */
export function match(pattern, path) {
  const parts = pattern.split('/').filter(Boolean);
  if (parts.length !== path.length) return undefined;
  /** @type {Record<string, string>} */
  const found = {};
  for (const [i, part] of parts.entries()) {
    if (part.startsWith(':')) found[part.slice(1)] = path[i];
    else if (part !== path[i]) return undefined;
  }
  return found;
}
