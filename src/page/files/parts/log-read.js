// Reads the output of an execution while it is written, by the operation `logs`.
import { ApiError, call } from '../base/api.js';
import { useEffect, useReducer, useRef } from '../base/dom.js';
import { login } from '../base/session.js';
import { use } from '../base/store.js';
import { Output } from './output.js';

/** Seconds that a call waits for output. */
const WAIT = 25;
/** The least time between two calls while output comes, in ms: a busy job must not use up the limit of requests. */
const PACE = 250;
/** A part of this size says that more is there already. */
const FULL = 48 * 1024;

/** @typedef {{output: Output, execution: import('../base/operations.js').Execution|undefined, isDone: boolean, error: ApiError|undefined}} Log */

/** @param {number} ms */
const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

/** @param {string|{base64: string}} part */
const length = (part) => (typeof part === 'string' ? part.length : part.base64.length * 0.75);

/** Waits while the page is hidden. @param {AbortSignal} signal */
const untilVisible = (signal) => new Promise((done) => {
  if (!document.hidden) return done(undefined);
  const look = () => {
    if (document.hidden && !signal.aborted) return;
    document.removeEventListener('visibilitychange', look);
    done(undefined);
  };
  document.addEventListener('visibilitychange', look);
  signal.addEventListener('abort', look);
});

/**
 * The output of an execution. It is drawn again at most once a frame.
 * @param {number} exec_id
 * @returns {Log}
 */
export function useLog(exec_id) {
  const [, redraw] = useReducer((/** @type {number} */ n) => n + 1, 0);
  const isIn = use(login).state === 'in';
  const ref = useRef(/** @type {Log & {id: number, at: {out: number, err: number}}|null} */ (null));
  if (ref.current?.id !== exec_id) {
    ref.current = { id: exec_id, output: new Output(), execution: undefined, isDone: false, error: undefined, at: { out: 0, err: 0 } };
  }
  const log = ref.current;
  useEffect(() => {
    if (!isIn || log.isDone) return undefined;
    const ending = new AbortController();
    let frame = 0;
    const draw = () => { frame ||= requestAnimationFrame(() => { frame = 0; redraw(undefined); }); };
    void read(log, ending.signal, draw);
    return () => { ending.abort(); cancelAnimationFrame(frame); };
  }, [exec_id, isIn]);
  return log;
}

/** @param {Log & {id: number, at: {out: number, err: number}}} log @param {AbortSignal} signal @param {() => void} draw */
async function read(log, signal, draw) {
  let failures = 0;
  // Of an execution that has ended, all of stdout comes first; of one that runs, lines come in the order of their arrival.
  /** @type {(() => void)[]|undefined} */
  let held;
  while (!signal.aborted) {
    try {
      const chunk = await call('logs', {
        exec_id: log.id, stdout_offset: log.at.out, stderr_offset: log.at.err, wait: log.execution ? WAIT : 0,
      }, { signal });
      if (signal.aborted) return;
      failures = 0;
      log.error = undefined;
      const isOver = chunk.execution && !['running', 'queued'].includes(chunk.execution.status);
      if (!log.execution && isOver) held = [];
      log.execution = chunk.execution ?? log.execution;
      take(log, 'out', chunk.stdout, chunk.stdout_cut, chunk.stdout_lost ?? 0);
      const takeErrors = () => take(log, 'err', chunk.stderr, chunk.stderr_cut, chunk.stderr_lost ?? 0);
      if (held) held.push(takeErrors);
      else takeErrors();
      log.at = { out: chunk.stdout_next, err: chunk.stderr_next };
      if (chunk.done) {
        for (const work of held ?? []) work();
        log.output.end();
        log.isDone = true;
        draw();
        return;
      }
      draw();
      // All of an ended execution is there: only the end of a running one is waited for.
      if (!isOver && length(chunk.stdout) < FULL && length(chunk.stderr) < FULL) {
        await pause(PACE);
        await untilVisible(signal);
      }
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      log.error = error instanceof ApiError ? error : new ApiError(0, String(error));
      draw();
      if (log.error.status >= 400 && log.error.status < 500 && log.error.status !== 429) return;
      await pause(Math.min(500 * 2 ** failures, 5000));
    }
  }
}

/**
 * @param {Log} log @param {import('./output.js').Stream} stream @param {string|{base64: string}} part
 * @param {number} cut bytes before the part that were not kept @param {number} lost bytes before it that are gone
 */
function take(log, stream, part, cut, lost) {
  if (cut > 0) log.output.leaveOut(stream, 'cut', cut);
  if (lost > 0) log.output.leaveOut(stream, 'lost', lost);
  log.output.append(stream, part);
}
