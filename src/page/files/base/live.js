// Events of the daemon: one `digest` call waits for the whole page, and lists read again what changed.
// `useQuery('show', {job}, {when: changed(job.id)})` is all that most views need.
import { ApiError, call, giveUp } from './api.js';
import { Store, useCallback, useEffect, useRef, useState } from './dom.js';
import { login } from './session.js';
import { now } from './time.js';

/**
 * `lost`: events are missing (the daemon restarted, or too much happened): read everything again. `more`: more jobs than those in `changed`.
 * @typedef {import('./operations.js').EventDigest} Digest
 */

/**
 * `down` has the time of the last word from the daemon.
 * @typedef {{state: 'up'|'down', at: number, running: number, queued: number, paused: boolean, restarted: number}} Live
 */

/** The connection and the counts of the moment. `restarted` counts the times that the daemon has started again. */
export const live = new Store(/** @type {Live} */ ({ state: 'up', at: now(), running: 0, queued: 0, paused: false, restarted: 0 }));

/** @type {Set<(digest: Digest) => void>} */
const listeners = new Set();
let position = '';
let isLooping = false;
/** @type {AbortController|undefined} */
let waiting;

/** Seconds that a call waits for something to happen. */
const WAIT = 25;
/** How much later its answer must be there, in ms: a connection may stand still without an end. */
const GRACE = 10_000;
/** The session has ended meanwhile: what views have read is old, and some of it was refused. */
let isOld = false;

/** Starts the loop; it ends when the session ends, and while the page is hidden it does not wait. */
export async function startLive() {
  if (isLooping) return;
  isLooping = true;
  let failures = 0;
  while (login.value.state === 'in' && !document.hidden) {
    waiting = new AbortController();
    const wait = position && !isOld && live.value.state === 'up' ? WAIT : 0;
    try {
      const digest = await next(wait, waiting.signal);
      const lost = digest.lost || live.value.state === 'down' || isOld;
      const isFirst = position === '';
      const isRestarted = !isFirst && streamOf(position) !== streamOf(digest.position);
      position = digest.position;
      isOld = false;
      failures = 0;
      live.set({
        state: 'up', at: now(), running: digest.running, queued: digest.queued, paused: digest.paused,
        restarted: live.value.restarted + (isRestarted ? 1 : 0),
      });
      if (!isFirst || lost) for (const listener of [...listeners]) listener({ ...digest, lost });
    } catch (error) {
      if (waiting.signal.aborted) continue;
      const refusal = /** @type {ApiError} */ (error);
      if (refusal.status === 401) { isOld = true; break; }
      // A proxy may let through only some operations: then the page is not kept up to date, and is of use all the same.
      if (refusal.status === 403 || refusal.status === 404) return;
      if (refusal.status === 400 || refusal.status === 409) { position = ''; isOld = true; }
      failures += 1;
      if (refusal.isOffline || refusal.status >= 500 || failures > 1) live.set({ ...live.value, state: 'down' });
      await pause(Math.min(500 * 2 ** failures, 5000));
    }
  }
  isLooping = false;
}

/**
 * The next digest. Without one in time the connection stands still: all that waits for an answer is given up.
 * @param {number} wait
 * @param {AbortSignal} signal
 * @returns {Promise<Digest>}
 */
async function next(wait, signal) {
  const timer = setTimeout(giveUp, wait * 1000 + GRACE);
  try {
    return await call('digest', { after: position || undefined, wait }, { signal });
  } finally {
    clearTimeout(timer);
  }
}

/** The stream of events that a position is in: each start of the daemon has another one. @param {string} text */
const streamOf = (text) => text.split('-')[0];

/** @param {number} ms */
const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

globalThis.document?.addEventListener('visibilitychange', () => {
  if (document.hidden) waiting?.abort();
  else void startLive();
});
login.listen(() => {
  if (login.value.state === 'in') return void startLive();
  isOld = position !== '';
  waiting?.abort();
  return undefined;
});

/**
 * Hears each digest.
 * @param {(digest: Digest) => void} listener
 */
export function useDigest(listener) {
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    const hear = (/** @type {Digest} */ digest) => latest.current(digest);
    listeners.add(hear);
    return () => { listeners.delete(hear); };
  }, []);
}

/** For `when`: something happened to one of these jobs. @param {...number} ids @returns {(digest: Digest) => boolean} */
export const changed = (...ids) => (digest) => digest.more || ids.some((id) => digest.changed.includes(id));

/** For `when`: anything happened. @returns {boolean} */
export const anything = () => true;

/** For `when`: never; the answer stays as it was read. @returns {boolean} */
export const never = () => false;

/**
 * The answer of an operation, kept up to date. The last answer stays while it is read again; `isOld` says that its parameters changed since.
 * @template {import('./api.js').Method} M
 * @param {M} method
 * @param {import('./api.js').Request<M>|null|undefined} params nothing: do not call yet
 * @param {{when?: (digest: Digest) => boolean, every?: number}} [options] `when` chooses the digests after which it is read again (all,
 *   unless given); `every` is the least time between two readings, in ms (1000)
 * @returns {{data: import('./api.js').Answer<M>|undefined, error: ApiError|undefined, isOld: boolean, reload: () => void}}
 */
export function useQuery(method, params, { when = anything, every = 1000 } = {}) {
  const key = params ? method + JSON.stringify(params) : '';
  const [answer, setAnswer] = useState(/** @type {{key: string, data?: import('./api.js').Answer<M>, error?: ApiError}} */ ({ key: '' }));
  const state = useRef({ key, at: 0, timer: 0, isBusy: false, isStale: false, read: () => {} });
  const at = state.current;
  at.key = key;

  at.read = useCallback(async () => {
    window.clearTimeout(at.timer);
    at.timer = 0;
    if (!at.key) return;
    if (at.isBusy) { at.isStale = true; return; }
    const mine = at.key;
    at.isBusy = true;
    at.isStale = false;
    try {
      const data = await call(method, JSON.parse(mine.slice(method.length)));
      if (mine === at.key) setAnswer({ key: mine, data });
    } catch (error) {
      if (mine === at.key) {
        setAnswer((before) => ({ key: mine, data: before.key === mine ? before.data : undefined, error: /** @type {ApiError} */ (error) }));
      }
    }
    at.isBusy = false;
    at.at = Date.now();
    if (mine !== at.key) at.read();
    else if (at.isStale) later();
  }, [method]);

  const later = () => {
    if (!at.timer) at.timer = window.setTimeout(() => at.read(), Math.max(0, at.at + every - Date.now()));
  };
  useEffect(() => { at.read(); }, [key]);
  useEffect(() => () => { at.key = ''; window.clearTimeout(at.timer); }, []);
  useDigest((digest) => { if (digest.lost || when(digest)) later(); });
  return { data: answer.data, error: answer.key === key ? answer.error : undefined, isOld: answer.key !== key, reload: at.read };
}
