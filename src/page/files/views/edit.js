// New and Edit: left the form, right what it means: the schedule in words, the next runs, doubts, and what would change.
import { h, useEffect, useMemo, useRef, useState } from '../base/dom.js';
import { ApiError, call } from '../base/api.js';
import { never, useQuery } from '../base/live.js';
import { useTitle } from '../base/look.js';
import { go, href } from '../base/route.js';
import { login } from '../base/session.js';
import { language, t, word } from '../base/words.js';
import { use } from '../base/store.js';
import { CommandLine } from '../parts/command.js';
import { CheckField, FormError, SelectField, TextField, useSubmit } from '../parts/form.js';
import { Refusal, toast } from '../parts/toast.js';
import { commandOf, emptyValues, FIELDS, parametersOf, valuesOf } from './edit-fields.js';
import { Meaning } from './edit-meaning.js';
import { ScheduleBuilder } from './edit-schedule.js';

/** @typedef {import('./edit-fields.js').Values} Values */

/**
 * What the daemon says of the form; `field` is the parameter that `error` is about.
 * @typedef {{error?: import('../parts/form.js').FieldError, field?: string, explained?: import('../base/operations.js').ScheduleInWords, tried?: import('../base/operations.js').Added}} Trial
 */

/** After so many ms without a key the daemon is asked what the form means. */
const PAUSE = 350;

/**
 * What was typed into forms that were left without saving, by the job; nothing of it is stored.
 * @type {Map<string, Values>}
 */
const drafts = new Map();
login.listen(() => { if (login.value.state === 'out') drafts.clear(); });

/** @param {import('../base/views.js').ViewProps} props */
export default function Edit({ params, query }) {
  const name = params.job;
  useTitle(name ? `${t('edit.edit')}: ${name}` : t('jobs.new'));
  const from = name ?? query.get('from') ?? undefined;
  const job = useQuery('show', from ? { job: from, work: true } : null, { when: never });
  if (from && job.error) return h('div', { class: 'view' }, h(Refusal, { error: job.error, retry: job.reload }));
  if (from && !job.data) return h('div', { class: 'view' }, h('p', { class: 'faint' }, t('loading')));
  const values = job.data ? valuesOf(job.data) : emptyValues();
  if (!name) values.name = query.get('name') ?? (job.data ? `${job.data.name}-2` : '');
  if (!name && query.get('cron')) values.cron_expr = query.get('cron') ?? '';
  const key = name ? `edit ${name}` : `new ${from ?? ''}`;
  return h(Form, { key, draft: key, job: name ? job.data : undefined, initial: values });
}

/** @param {{draft: string, job: import('../base/operations.js').JobView|undefined, initial: Values}} props `draft`: its name among the drafts */
function Form({ draft: key, job, initial }) {
  const before = useMemo(() => (job ? initial : emptyValues()), []);
  const [values, setValues] = useState({ ...initial, ...drafts.get(key) });
  const [isRestored, setRestored] = useState(drafts.has(key));
  const [isNow, setNow] = useState(false);
  const [isStopped, setStopped] = useState(false);
  const functions = useQuery('functions', values.mode === 'func' ? {} : null, { when: never });
  const form = useSubmit();
  const set = (/** @type {string} */ key) => (/** @type {string} */ value) => setValues((old) => ({ ...old, [key]: value }));
  const parameters = parametersOf(values, before);
  const trial = useTrial(job, parameters, values);
  const isChanged = Object.keys(parameters).some((key) => key !== 'mode' || job);
  const typed = Object.fromEntries(Object.entries(values).filter(([field, value]) => value !== initial[field]));
  const isTyped = Object.keys(typed).length > 0;
  useEffect(() => { if (isTyped) drafts.set(key, typed); else drafts.delete(key); }, [JSON.stringify(typed)]);
  useEffect(() => {
    if (!isTyped) return undefined;
    const ask = (/** @type {Event} */ event) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [isTyped]);
  const discard = () => { drafts.delete(key); setValues(initial); setRestored(false); };
  // A refusal of the trial stands at a field that a person has filled in.
  const errorOf = (/** @type {string} */ key) => form.errors[key] ?? (trial.error && trial.field === key && values[key] ? trial.error : undefined);
  const send = async () => {
    const answer = await form.submit(() => (job
      ? call('edit', { job: job.id, ...parameters })
      : call('add', { ...parameters, name: values.name.trim(), now: isNow || undefined, stopped: isStopped || undefined })), [...FIELDS.map(({ key }) => key), 'cron_expr']);
    if (!answer) return;
    toast(t(job ? 'edit.saved' : 'edit.added', { name: answer.job.name }));
    // The form has shown the warnings of its last trial.
    for (const warning of answer.warnings) if (!trial.tried?.warnings.includes(warning)) toast(warning, { isWarning: true });
    drafts.delete(key);
    go(['jobs', answer.job.name]);
  };
  const field = (/** @type {import('./edit-fields.js').FieldOfJob} */ { key, kind, options, mono, mode }) => {
    if (mode && mode !== values.mode) return null;
    const common = { key, label: word(`field.${key}`), value: values[key], onInput: set(key), error: errorOf(key), hint: hintOf(key, functions.data, values) };
    if (key === 'func') return h(SelectField, { ...common, options: [{ value: '', label: t('edit.choose') }, ...(functions.data ?? []).map((one) => ({ value: one.name, label: one.name }))] });
    if (kind === 'select') return h(SelectField, { ...common, options: (options ?? []).map((value) => ({ value, label: value ? word(`edit.${key}.${value}`) : t('edit.default') })) });
    if (kind === 'text') return h(TextField, { ...common, mono, first: key === 'name' && !job });
    return h(TextField, { ...common, mono, wide: true, rows: Math.min(12, Math.max(kind === 'list' ? 2 : 3, values[key].split('\n').length + 1)) });
  };
  const group = (/** @type {string} */ name) => FIELDS.filter((one) => one.group === name).map(field);
  const folded = (/** @type {string} */ name) => {
    const fields = FIELDS.filter((one) => one.group === name && (!one.mode || one.mode === values.mode));
    return h('details', { class: 'card', open: fields.some(({ key }) => values[key] !== '' || errorOf(key)) },
      h('summary', null, word(`edit.${name}`)), h('div', { class: 'form' }, fields.map(field)));
  };
  return h('div', { class: 'view' },
    h('div', { class: 'view-head' }, h('h1', null, job ? `${t('edit.edit')}: ${job.name}` : t('jobs.new'))),
    isRestored && isTyped && h('p', { class: 'note', role: 'status' }, t('edit.draft'), ' ', h('button', { type: 'button', class: 'button small', onClick: discard }, t('edit.discard'))),
    h('div', { class: 'edit' },
      h('form', { class: 'edit-form', onSubmit: (/** @type {Event} */ event) => { event.preventDefault(); void send(); } },
        h('section', { class: 'card' }, h('div', { class: 'form' }, group('main'))),
        h('section', { class: 'card' }, h('header', null, h('h2', null, t('edit.when'))),
          h(ScheduleBuilder, { value: values.cron_expr, onInput: set('cron_expr'), error: errorOf('cron_expr') ?? (trial.field === 'expr' ? trial.error : undefined) }),
          h('div', { class: 'form' }, group('when'))),
        h('section', { class: 'card' }, h('header', null, h('h2', null, t('edit.work'))), h('div', { class: 'form' }, group('work'))),
        h('section', { class: 'card' }, h('header', null, h('h2', null, t('edit.rules'))), h('div', { class: 'form' }, group('rules'))),
        folded('alerts'), folded('more'), folded('rare'),
        !job && h('section', { class: 'card' },
          h(CheckField, { label: t('edit.now'), checked: isNow, onInput: setNow, disabled: isStopped }),
          h(CheckField, { label: t('edit.stopped'), checked: isStopped, onInput: setStopped, disabled: isNow })),
        h(FormError, { error: form.error }),
        h('p', { class: 'system-actions' },
          h('button', { type: 'submit', class: 'button primary', disabled: form.isBusy || !isChanged }, t(job ? 'save' : 'edit.add')),
          h('a', { class: 'button', href: job ? href(['jobs', job.name]) : '#/jobs', onClick: discard }, t('cancel')))),
      h(Meaning, { trial, values, isNew: !job })),
    h(CommandLine, { text: commandOf(job, values, parameters, { now: isNow, stopped: isStopped }) }));
}

/** The hint of a field: for arguments of a function what it takes. @param {string} key @param {import('../base/operations.js').FunctionInfo[]|undefined} functions @param {Values} values */
function hintOf(key, functions, values) {
  const one = functions?.find(({ name }) => name === values.func);
  if (key === 'func' && one) return one.description;
  if (key === 'args' && one) return h('code', null, one.parameters);
  const hint = word(`hint.${key}`);
  return hint === key ? undefined : hint;
}

/**
 * What the daemon says of the form: its schedule in words, and the job as it would be. Asked after a pause in typing.
 * @param {import('../base/operations.js').JobView|undefined} job
 * @param {import('./edit-fields.js').Parameters} parameters
 * @param {Values} values
 */
function useTrial(job, parameters, values) {
  const lang = use(language);
  const [trial, setTrial] = useState(/** @type {Trial} */ ({}));
  const asked = useRef(0);
  const text = JSON.stringify([parameters, values.cron_expr, values.timezone, lang]);
  useEffect(() => {
    const mine = asked.current += 1;
    const timer = window.setTimeout(async () => {
      /** @type {Trial} */
      const next = {};
      const set = (/** @type {unknown} */ error) => {
        if (!(error instanceof ApiError) || error.isOffline) return;
        next.error = { message: error.atField, hint: error.hint };
        next.field = error.field;
      };
      const expr = values.cron_expr.trim();
      if (expr && !expr.includes(';')) {
        await call('explain', { expr, timezone: values.timezone.trim() || undefined, name: values.name.trim() || undefined, lang, runs: 5 })
          .then((answer) => { next.explained = answer; }, set);
      }
      const isReady = values.name.trim() && (job || (expr && (values.command || values.url || values.func)));
      if (!next.error && isReady && Object.keys(parameters).length > 0) {
        await (job ? call('edit', { job: job.id, ...parameters, dry_run: true }) : call('add', { ...parameters, name: values.name.trim(), dry_run: true }))
          .then((answer) => { next.tried = answer; }, set);
      }
      if (mine === asked.current) setTrial(next);
    }, PAUSE);
    return () => window.clearTimeout(timer);
  }, [text]);
  return trial;
}
