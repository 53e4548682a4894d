// The account that uses the page: login by link or password, the role, logout, and the end of a session.
import { call, hasKey, post, refusals, request, setKey, ApiError } from './api.js';
import { Store } from './dom.js';
import { go } from './route.js';
import { setClock } from './time.js';

/** @typedef {'viewer'|'operator'|'admin'} Role */
/** @typedef {{name: string, kind: 'account'|'uid'}} User */
/** @typedef {{name?: string, version: string, host: string, timezone: string, now: string}} Daemon */
/** @typedef {{user: User, role: Role, until: string, daemon: Daemon}} Session */

/**
 * `unknown` until the server has answered; `out` without a session; `expired` when it ended while the page was open: the page then
 * keeps its address and comes back to it.
 * @typedef {{state: 'unknown'|'out'|'expired'|'in', session?: Session, error?: ApiError}} Login
 */

/** @type {Store<Login>} */
export const login = new Store(/** @type {Login} */ ({ state: 'unknown' }));

const RANKS = /** @type {const} */ (['viewer', 'operator', 'admin']);

/**
 * Whether the person may do what takes `role`. Nothing is offered that may not be done.
 * @param {Role} role
 */
export function may(role) {
  const own = login.value.session?.role;
  return own !== undefined && RANKS.indexOf(own) >= RANKS.indexOf(role);
}

/** What the daemon says of itself. */
export const daemon = () => login.value.session?.daemon;

/** The secret of a link in the fragment, taken out of the address at once so that no history and no copied address has it. */
export function takeLink() {
  const found = /^#\/?enter=([^&]+)/.exec(location.hash);
  if (!found) return undefined;
  go([], undefined, { replace: true });
  return decodeURIComponent(found[1]);
}

/** Asks the server who this browser is. */
export async function load() {
  if (!hasKey()) return login.set({ state: 'out' });
  try {
    const { data: session } = await request('/page/session');
    setClock(session.daemon ?? {});
    login.set({ state: 'in', session });
  } catch (error) {
    const refusal = /** @type {ApiError} */ (error);
    if (refusal.status === 401) login.set({ state: 'out' });
    else login.set({ ...login.value, error: refusal });
  }
}

/** @param {string} link the secret of a link of `jobs page` */
export const enter = (link) => begin('/page/enter', { link });

/** @param {string} username @param {string} password */
export const enterByPassword = (username, password) => begin('/page/login', { username, password });

/** @param {string} path @param {object} body */
async function begin(path, body) {
  const answer = await post(path, body);
  setKey(answer.key);
  await load();
}

/** Ends the session here and in the daemon. */
export async function leave() {
  try {
    await post('/page/leave', {});
  } finally {
    setKey('');
    login.set({ state: 'out' });
  }
}

refusals.listen(() => {
  if (login.value.state === 'in') login.set({ ...login.value, state: 'expired' });
});

export { call };
