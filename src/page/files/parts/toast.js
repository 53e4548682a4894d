// Short messages of what was done or refused, at the edge of the page. A refusal stays until it is closed, a warning for a while.
import { h, Icon, Store } from '../base/dom.js';
import { use } from '../base/store.js';
import { t } from '../base/words.js';
import { ApiError } from '../base/api.js';
import { login } from '../base/session.js';
import { Message, Prose } from './prose.js';

/** @typedef {{id: number, text: string, hint?: string, isError: boolean, isWarning: boolean, action?: {label: string, run: () => void}}} Toast */

const toasts = new Store(/** @type {Toast[]} */ ([]));
let last = 0;

/** @param {number} id */
const close = (id) => toasts.set(toasts.value.filter((toast) => toast.id !== id));

/**
 * @param {string} text
 * @param {{hint?: string, isError?: boolean, isWarning?: boolean, action?: {label: string, run: () => void}}} [more]
 */
export function toast(text, { hint, isError = false, isWarning = false, action } = {}) {
  const id = last += 1;
  toasts.set([...toasts.value.slice(-3), { id, text, hint, isError, isWarning, action }]);
  if (!isError) setTimeout(() => close(id), isWarning ? 15_000 : 6000);
}

/** Shows a refusal in the server's words. @param {unknown} error */
export function toastError(error) {
  if (error instanceof ApiError && error.isOffline) toast(t('error.offline'), { isError: true });
  else if (error instanceof ApiError && error.status === 401 && login.value.state === 'expired') return;
  else toast(messageOf(error), { isError: true, hint: error instanceof ApiError ? error.hint : undefined });
}

/** @param {unknown} error */
export const messageOf = (error) => (error instanceof Error ? error.message : String(error));

/**
 * Does something and says a refusal. `done` is said when it went well.
 * @template T
 * @param {() => Promise<T>} work
 * @param {string|((answer: T) => string)} [done]
 * @returns {Promise<T|undefined>}
 */
export async function attempt(work, done) {
  try {
    const answer = await work();
    if (done) toast(typeof done === 'function' ? done(answer) : done);
    return answer;
  } catch (error) {
    toastError(error);
    return undefined;
  }
}

/** Shows the messages; once, in the shell of the page. */
export function Toasts() {
  const all = use(toasts);
  return h('div', { class: 'toasts' },
    [false, true].map((isError) => h('div', { key: String(isError), role: isError ? 'alert' : 'status' },
      all.filter((toast_) => toast_.isError === isError).map((toast_) => h('div', { key: toast_.id, class: isError ? 'toast error' : toast_.isWarning ? 'toast warn' : 'toast' },
        h('div', null, h(Message, { text: toast_.text }), toast_.hint && h('p', { class: 'hint' }, h(Prose, { text: toast_.hint }))),
        toast_.action && h('button', { type: 'button', class: 'button small', onClick: () => { close(toast_.id); toast_.action?.run(); } }, toast_.action.label),
        h('button', { type: 'button', class: 'button bare', 'aria-label': t('close'), onClick: () => close(toast_.id) }, h(Icon, { name: 'close' })))))));
}

/**
 * A refusal in its place in a page, with a button that tries again.
 * @param {{error: unknown, retry?: () => void}} props
 */
export function Refusal({ error, retry }) {
  const isOffline = error instanceof ApiError && error.isOffline;
  return h('div', { class: 'note error', role: 'alert' },
    h('div', null, h(Message, { text: isOffline ? t('error.offline') : messageOf(error) })),
    error instanceof ApiError && error.hint && h('p', { class: 'hint' }, h(Prose, { text: error.hint })),
    retry && h('button', { type: 'button', class: 'button small', onClick: retry }, t('again')));
}
