// The nine statuses of an execution, each a drawn sign, a colour and a word.
import { h, cx } from '../base/dom.js';
import { word } from '../base/words.js';

/** @typedef {'queued'|'running'|'success'|'failed'|'timeout'|'cancelled'|'interrupted'|'skipped'|'missed'} Status */

/** One path each, 12 by 12, drawn by a stroke. `never` is the dash of a job that has not ended a run. */
const SIGNS = {
  queued: 'M3 1.5h6M3 10.5h6M3.8 1.5v1.8L6 6l2.2-2.7V1.5M3.8 10.5V8.7L6 6l2.2 2.7v1.8',
  running: 'M3.8 2.2L9.6 6 3.8 9.8z',
  success: 'M2 6.4L4.8 9.2 10 3.2',
  failed: 'M2.8 2.8l6.4 6.4M9.2 2.8L2.8 9.2',
  timeout: 'M6 1.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM6 3.5V6l1.8 1.3',
  interrupted: 'M6.8 1.2L3 6.7h2.6L5.2 10.8 9 5.3H6.4z',
  cancelled: 'M6 1.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM2.9 9.1L9.1 2.9',
  skipped: 'M2.2 2.7L5.4 6 2.2 9.3M6.6 2.7L9.8 6 6.6 9.3',
  missed: 'M6 1.8v5.4M6 9.9v.3',
  never: 'M3 6h6',
};

/** All statuses, the worst first. @type {Status[]} */
export const STATUSES = ['failed', 'timeout', 'interrupted', 'missed', 'running', 'queued', 'cancelled', 'skipped', 'success'];

/** The statuses that are failures. @type {Status[]} */
export const FAILURES = ['failed', 'timeout', 'interrupted'];

/** @param {Status|'never'} status */
export const statusWord = (status) => word(`status.${status}`);

/** The name of the status' colour in the style sheet: `--success`, `--failed`, `--late`, `--missed`, `--busy`, `--quiet`. @param {string} status */
export function tone(status) {
  switch (status) {
    case 'success': case 'failed': case 'missed': return status;
    case 'timeout': case 'interrupted': return 'late';
    case 'running': case 'queued': return 'busy';
    default: return 'quiet';
  }
}

/** The sign alone; its word must stand beside it. @param {{status: Status|'never'}} props */
export const Sign = ({ status }) => h('svg', { viewBox: '0 0 12 12', width: 12, height: 12, class: cx('sign', `sign-${status}`), 'aria-hidden': 'true' },
  h('path', { d: SIGNS[status] }));

/**
 * The sign of a status, with its word beside it unless `bare`: then the word is for screen readers and the title.
 * @param {{status: Status|'never', bare?: boolean, text?: string}} props `text` stands instead of the word
 */
export function StatusMark({ status, bare = false, text }) {
  const label = text ?? statusWord(status);
  return h('span', { class: cx('status', `tone-${tone(status)}`), title: bare ? label : undefined },
    h(Sign, { status }),
    bare ? h('span', { class: 'unseen' }, label) : label);
}
