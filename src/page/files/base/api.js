// Calls of the daemon's operations: `await call('list', {page: 1, size: 100})`. A refusal is an `ApiError` with the server's words.
import { readSetting, writeSetting } from './store.js';
import { Store } from './dom.js';

/** A refusal of the server, or no answer at all (`status` 0). */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} message in the words of the server
   * @param {{field?: string|null, hint?: string|null}} [at]
   */
  constructor(status, message, at = {}) {
    // The message ends with the hint, which has a place of its own.
    super(at.hint ? message.replace(`\nhint: ${at.hint}`, '') : message);
    this.status = status;
    /** The parameter that the message is about. */
    this.field = at.field ?? undefined;
    /** A way out. */
    this.hint = at.hint ?? undefined;
  }

  /** The message without the parameter before it, for a place beside that parameter. */
  get atField() { return this.field && this.message.startsWith(`${this.field}: `) ? this.message.slice(this.field.length + 2) : this.message; }

  /** Whether the server could not be reached. */
  get isOffline() { return this.status === 0; }
}

/** Counts the answers that say that nobody is logged in; the session listens to it. */
export const refusals = new Store(0);

/** The second half of a session: a request by cookie without it is nobody. It is kept per address with port. */
let key = readSetting('key', '');

/** @param {string} text empty: forget it */
export function setKey(text) {
  key = text;
  writeSetting('key', text || undefined);
}

/** Another tab logs in or out: the key is the same for all tabs of one address. */
globalThis.addEventListener?.('storage', (event) => { if (event.key === 'jobs.key') key = readSetting('key', ''); });

/** Whether this browser has a page key. */
export const hasKey = () => key !== '';

/** Ends the requests that have no answer yet. @type {Set<AbortController>} */
const underWay = new Set();

/** Ends all requests that have no answer yet, as if the server could not be reached: the connection stands still. */
export function giveUp() {
  for (const each of underWay) each.abort();
}

/**
 * One request with the page key, and its answer as `read` gives it. Throws an `ApiError` when there is no answer or the answer is a refusal.
 * @template [T=any]
 * @param {string} path
 * @param {RequestInit & {headers?: Record<string, string>}} [init]
 * @param {(response: Response) => Promise<T>} [read]
 * @returns {Promise<T>}
 */
export async function request(path, init = {}, read = (response) => response.json()) {
  const headers = { ...init.headers, 'X-Jobs-Page': key };
  const ending = new AbortController();
  const end = () => ending.abort();
  if (init.signal?.aborted) end();
  init.signal?.addEventListener('abort', end);
  underWay.add(ending);
  let response;
  try {
    response = await fetch(path, { cache: 'no-store', credentials: 'same-origin', ...init, headers, signal: ending.signal });
    if (response.ok) return await read(response);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(0, String(/** @type {Error} */ (error).message ?? error));
  } finally {
    underWay.delete(ending);
    init.signal?.removeEventListener('abort', end);
  }
  const refusal = await response.json().catch(() => ({}));
  if (response.status === 401 && path !== '/page/login' && path !== '/page/enter') refusals.set(refusals.value + 1);
  throw new ApiError(response.status, refusal.msg ?? response.statusText, refusal.data ?? refusal.error ?? {});
}

/**
 * Posts JSON and gives `data` of the answer.
 * @param {string} path
 * @param {object} body
 * @param {{signal?: AbortSignal}} [options]
 * @returns {Promise<any>}
 */
export async function post(path, body, { signal } = {}) {
  const answer = await request(path, {
    method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' }, signal,
  });
  return 'total' in answer && Array.isArray(answer.data) ? { ...answer, items: answer.data } : answer.data;
}

/** @typedef {import('./operations.js').Operations} Operations */
/** @typedef {keyof Operations} Method */
/** @template {Method} M @typedef {Operations[M]['request']} Request */
/** @template {Method} M @typedef {Operations[M]['answer']} Answer */

/**
 * Calls an operation. Parameters that are `undefined` are not sent.
 * @template {Method} M
 * @param {M} method
 * @param {Request<M>} [params]
 * @param {{signal?: AbortSignal}} [options]
 * @returns {Promise<Answer<M>>}
 */
export const call = (method, params = {}, options = {}) => post(`/api/${method}`, params, options);

/**
 * Saves a file of the server: read by `fetch`, because a link could not send the page key.
 * @param {string} path
 * @param {string} name of the file
 */
export async function download(path, name) {
  save(await request(path, {}, (response) => response.blob()), name);
}

/**
 * Offers data as a file.
 * @param {Blob} blob
 * @param {string} name
 */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
