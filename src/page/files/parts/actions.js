// The actions of an operator on one job, with the question before it where something is lost. Views offer these by `may('operator')`.
import { h, useState } from '../base/dom.js';
import { call } from '../base/api.js';
import { go } from '../base/route.js';
import { t } from '../base/words.js';
import { moment } from '../base/time.js';
import { ask, Dialog } from './dialog.js';
import { CheckField, FormError, TextField, useSubmit } from './form.js';
import { attempt, toast } from './toast.js';

/** @typedef {{id: number, name: string, state: number, running: number, running_exec?: number|null}} JobLike */

/** Runs a job now and says what became of it, with a way to its log. @param {JobLike} job */
export const runJob = (job) => attempt(async () => {
  const ran = await call('run', { job: job.id });
  if (ran.skipped) toast(t('run.skipped', { name: job.name, reason: ran.reason ?? '' }));
  else {
    toast(t(ran.status === 'queued' ? 'run.queued' : 'run.started', { name: job.name }), {
      action: { label: t('run.log'), run: () => go(['runs', ran.exec_id]) },
    });
  }
  return ran;
});

/** Skips the next occurrence of a job. @param {JobLike} job @param {number} [count] */
export const skipJob = (job, count = 1) => attempt(() => call('skip', { job: job.id, count }), t(count ? 'skip.done' : 'skip.none', { name: job.name, n: count }));

/** Starts a stopped job again. @param {JobLike} job */
export const restartJob = (job) => attempt(() => call('restart', { jobs: [job.id] }), t('restart.done', { name: job.name }));

/** Stops a job: it is not due any more. What runs goes on. @param {JobLike} job */
export const stopJob = (job) => attempt(() => call('stop', { jobs: [job.id] }), t('stop.done', { name: job.name }));

/** Stops one execution. @param {number} exec_id */
export const cancelRun = (exec_id) => attempt(() => call('cancel', { exec_id }), t('cancel.done', { n: exec_id }));

/** Removes a job after a question. @param {JobLike} job @returns {Promise<boolean>} whether it was removed */
export async function removeJob(job) {
  const isMeant = await ask({ title: t('rm.title', { name: job.name }), text: t('rm.text'), action: t('rm.action'), danger: true });
  return isMeant && Boolean(await attempt(() => call('rm', { jobs: [job.id] }), t('rm.done', { name: job.name })));
}

/**
 * Stops jobs until a time that is typed. `send` does it; a refusal of the time stands at its field.
 * @param {{title: string, send: (params: {until?: string, running: boolean}) => Promise<any>, onClose: () => void, typed?: string}} props
 *   `typed` must be typed first
 */
export function StopUntil({ title, send, onClose, typed }) {
  const [until, setUntil] = useState('');
  const [running, setRunning] = useState(false);
  const [text, setText] = useState('');
  const { isBusy, errors, error, submit } = useSubmit();
  return h(Dialog, {
    title, onClose,
    actions: [
      h('button', { key: 'no', type: 'button', class: 'button', onClick: onClose }, t('cancel')),
      h('button', { key: 'yes', type: 'submit', form: 'stop-until', class: 'button primary', disabled: isBusy || (typed !== undefined && text.trim() !== typed) }, t('stop.action')),
    ],
  },
  h('form', {
    id: 'stop-until', onSubmit: async (/** @type {Event} */ event) => {
      event.preventDefault();
      const answer = await submit(() => send({ until: until.trim() || undefined, running }), ['until']);
      if (answer !== undefined) onClose();
    },
  },
  h(TextField, { label: t('stop.until'), value: until, onInput: setUntil, hint: t('stop.until.hint'), error: errors.until, first: true, autocomplete: 'off' }),
  h(CheckField, { label: t('stop.running'), checked: running, onInput: setRunning }),
  typed !== undefined && h(TextField, { label: t('ask.type', { text: typed }), value: text, onInput: setText, mono: true, autocomplete: 'off' }),
  h(FormError, { error })));
}

/** When a stopped job goes on, in words. @param {{stopped_until?: string|null}} job */
export const stoppedWords = (job) => (job.stopped_until ? t('stopped.until', { time: moment(job.stopped_until) }) : t('stopped'));
