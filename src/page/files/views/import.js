// Import: a crontab is pasted, dropped or chosen; first the report line by line, then the import.
import { h, useState } from '../base/dom.js';
import { call } from '../base/api.js';
import { useTitle } from '../base/look.js';
import { href } from '../base/route.js';
import { t, word } from '../base/words.js';
import { CommandLine, command } from '../parts/command.js';
import { CheckField, FormError, TextField, useSubmit } from '../parts/form.js';
import { Prose } from '../parts/prose.js';
import { toast } from '../parts/toast.js';

const TONES = /** @type {Record<string, string>} */ ({ imported: 'tone-success', changed: 'tone-busy', unchanged: 'tone-quiet', refused: 'tone-failed', stopped: 'tone-late' });

/** The largest file that is read, in bytes; the daemon takes no more. */
const LARGEST = 24 * 1024 * 1024;

/** @param {import('../base/views.js').ViewProps} _props */
export default function Import(_props) {
  useTitle(t('jobs.import'));
  const [text, setText] = useState('');
  const [origin, setOrigin] = useState('page');
  const [isSystem, setSystem] = useState(false);
  const [stops, setStops] = useState(false);
  const [user, setUser] = useState('');
  const [report, setReport] = useState(/** @type {import('../base/operations.js').ImportReport|null} */ (null));
  const form = useSubmit();
  const request = { text, origin: origin.trim() || 'page', system: isSystem, stop_missing: stops, user: !isSystem && user.trim() ? user.trim() : undefined };
  const change = (/** @type {(value: any) => void} */ set) => (/** @type {any} */ value) => { set(value); setReport(null); };
  const send = async (/** @type {boolean} */ isTrial) => {
    const answer = await form.submit(() => call('import', { ...request, dry_run: isTrial }), ['origin', 'user']);
    if (!answer) return;
    setReport(answer);
    if (!isTrial) toast(t('import.done', counts(answer)));
  };
  const read = async (/** @type {FileList|null|undefined} */ files) => {
    const file = files?.[0];
    if (!file) return;
    if (file.size > LARGEST) { toast(t('import.large', { name: file.name }), { isError: true }); return; }
    setText(await file.text());
    setOrigin(file.name);
    setReport(null);
  };
  const isDone = report && !report.dry_run;
  return h('div', { class: 'view' },
    h('div', { class: 'view-head' }, h('h1', null, t('jobs.import'))),
    h('form', {
      class: 'card', onSubmit: (/** @type {Event} */ event) => { event.preventDefault(); void send(true); },
      onDragOver: (/** @type {DragEvent} */ event) => event.preventDefault(),
      onDrop: (/** @type {DragEvent} */ event) => { event.preventDefault(); void read(event.dataTransfer?.files); },
    },
    h('p', { class: 'faint' }, t('import.text')),
    h('div', { class: 'form' },
      h(TextField, { label: t('import.crontab'), value: text, onInput: change(setText), rows: 12, mono: true, wide: true, first: true, placeholder: '30 2 * * * /usr/local/bin/backup' }),
      h('div', { class: 'field' }, h('label', { for: 'import-file' }, t('import.file')),
        h('input', { id: 'import-file', type: 'file', onChange: (/** @type {Event} */ event) => read(/** @type {HTMLInputElement} */ (event.target).files) })),
      h(TextField, { label: t('import.origin'), value: origin, onInput: change(setOrigin), error: form.errors.origin, hint: t('import.origin.hint') }),
      !isSystem && h(TextField, { label: t('field.user'), value: user, onInput: change(setUser), error: form.errors.user, hint: t('import.user.hint') }),
      h('div', null,
        h(CheckField, { label: t('import.system'), checked: isSystem, onInput: change(setSystem) }),
        h(CheckField, { label: t('import.stops'), checked: stops, onInput: change(setStops) }))),
    h(FormError, { error: form.error }),
    h('p', { class: 'system-actions' },
      h('button', { type: 'submit', class: 'button', disabled: form.isBusy || !text.trim() }, t('import.try')),
      report?.dry_run && h('button', { type: 'button', class: 'button primary', disabled: form.isBusy, onClick: () => send(false) }, t('import.do', counts(report))))),
    report && h('section', { class: 'card', 'aria-live': 'polite' },
      h('header', null, h('h2', null, t(isDone ? 'import.done' : 'import.would', counts(report))), isDone && h('a', { class: 'end', href: '#/jobs?sort=newest' }, t('nav.jobs'))),
      h('table', { class: 'plain' }, h('tbody', null, report.lines.slice(0, 1000).map((line, index) => h('tr', { key: index },
        h('td', { class: 'faint end line-number' }, line.line || '–'),
        h('td', { class: `${TONES[line.result]} line-result` }, word(`import.${line.result}`)),
        h('td', null, line.job && (isDone && line.result !== 'stopped' ? h('a', { href: href(['jobs', line.job]) }, line.job) : line.job)),
        h('td', null, h('code', null, line.text), line.reason && h('p', { class: line.result === 'refused' ? 'tone-failed' : 'faint' }, h(Prose, { text: line.reason })),
          line.warnings.map((/** @type {string} */ warning) => h('p', { key: warning, class: 'tone-late' }, h(Prose, { text: warning })))))))),
      report.lines.length > 1000 && h('p', { class: 'faint' }, t('and.more', { n: report.lines.length - 1000 }))),
    h(CommandLine, { text: command('jobs', 'import', 'crontab', isSystem && '--system', stops && '--stop-missing', ['--user', request.user], ['--origin', request.origin], report?.dry_run && '--dry-run', 'FILE') }));
}

/** @param {import('../base/operations.js').ImportReport} report */
function counts(report) {
  const of = (/** @type {string} */ result) => report.lines.filter((line) => line.result === result).length;
  return { imported: of('imported'), changed: of('changed'), unchanged: of('unchanged'), refused: of('refused') };
}
