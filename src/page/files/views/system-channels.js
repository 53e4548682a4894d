// Channels: where people are told of alerts. Secrets are references, so no form ever holds one.
import { h, useEffect, useState } from '../base/dom.js';
import { call } from '../base/api.js';
import { never, useQuery } from '../base/live.js';
import { may } from '../base/session.js';
import { t } from '../base/words.js';
import { ask, Dialog } from '../parts/dialog.js';
import { FormError, SelectField, TextField, useSubmit } from '../parts/form.js';
import { attempt, Refusal, toast } from '../parts/toast.js';

/** @typedef {import('../base/operations.js').ChannelItem} Channel */
/** @typedef {import('../base/operations.js').PresetInfo} Preset */
/** @typedef {{data?: Channel[], error?: any, reload: () => void}} List */

/** @param {{list: List}} props */
export function Channels({ list }) {
  const [open, setOpen] = useState(/** @type {{kind: 'add'|'edit'|'hours', channel?: string}|null} */ (null));
  const [tested, setTested] = useState(/** @type {import('../base/operations.js').ChannelTested|null} */ (null));
  const close = () => { setOpen(null); list.reload(); };
  const test = async (/** @type {string} */ channel) => {
    const answer = await attempt(() => call('channel_test', { channel }));
    if (answer) setTested(answer);
  };
  const remove = async (/** @type {string} */ channel) => {
    const yes = await ask({ title: t('channels.remove', { name: channel }), text: t('channels.remove.text'), action: t('remove'), danger: true });
    if (yes) { await attempt(() => call('channel_rm', { channel })); list.reload(); }
  };
  return h('section', { class: 'card', 'aria-label': t('channels.title') },
    h('header', null, h('h2', null, t('channels.title')),
      may('admin') && h('div', { class: 'end' }, h('button', { type: 'button', class: 'button small', onClick: () => setOpen({ kind: 'add' }) }, t('channels.add')))),
    list.error && h(Refusal, { error: list.error, retry: list.reload }),
    list.data?.length === 0 && h('p', { class: 'faint' }, t('channels.none')),
    list.data && list.data.length > 0 && h('table', { class: 'plain' },
      h('thead', null, h('tr', null, [t('alerts.name'), t('channels.preset'), ''].map((name) => h('th', { key: name }, name)))),
      h('tbody', null, list.data.map(({ id, name, preset, about }) => h('tr', { key: id },
        h('td', null, name), h('td', null, preset, ' ', h('span', { class: 'faint' }, about)),
        h('td', { class: 'end system-actions' }, may('admin') && [
          h('button', { key: 'test', type: 'button', class: 'button small', onClick: () => test(name) }, t('channels.test')),
          h('button', { key: 'edit', type: 'button', class: 'button small', onClick: () => setOpen({ kind: 'edit', channel: name }) }, t('channels.edit')),
          h('button', { key: 'hours', type: 'button', class: 'button small', onClick: () => setOpen({ kind: 'hours', channel: name }) }, t('channels.hours')),
          h('button', { key: 'rm', type: 'button', class: 'button small danger', onClick: () => remove(name) }, t('remove')),
        ]))))),
    open?.kind === 'hours' && open.channel && h(HoursDialog, { channel: open.channel, onClose: close }),
    open && open.kind !== 'hours' && h(ChannelDialog, { name: open.channel, onClose: close }),
    tested && h(TestedDialog, { tested, onClose: () => setTested(null) }));
}

/** A channel that is added, or changed when it has a name. @param {{name?: string, onClose: () => void}} props */
function ChannelDialog({ name, onClose }) {
  const presets = useQuery('channel_presets', {}, { when: never });
  const before = useQuery('channel_show', name ? { channel: name } : null, { when: never });
  const [newName, setNewName] = useState(name ?? '');
  const [chosen, setChosen] = useState('');
  const [values, setValues] = useState(/** @type {Record<string, string>} */ ({}));
  const form = useSubmit();
  const kinds = presets.data?.presets ?? [];
  const preset = kinds.find((kind) => kind.name === (name ? before.data?.preset : chosen || kinds[0]?.name));
  useEffect(() => { if (before.data) setValues(before.data.settings); }, [before.data]);
  const send = () => {
    const old = before.data?.settings ?? {};
    const settings = preset?.settings ?? [];
    const set = settings.filter((setting) => values[setting.name] && values[setting.name] !== old[setting.name]).map((setting) => `${setting.name}=${values[setting.name]}`);
    if (!name) return call('channel_add', { name: newName, preset: preset?.name ?? '', set });
    const unset = Object.keys(old).filter((key) => !values[key]);
    return call('channel_edit', { channel: name, rename: newName === name ? undefined : newName, set, unset });
  };
  return h(Dialog, {
    title: name ? t('channels.edit.title', { name }) : t('channels.add'), onClose, wide: true,
    actions: [
      h('button', { key: 'no', type: 'button', class: 'button', onClick: onClose }, t('cancel')),
      h('button', { key: 'yes', type: 'submit', form: 'channel', class: 'button primary', disabled: form.isBusy || !preset }, t('save')),
    ],
  },
  (presets.error ?? before.error) && h(Refusal, { error: presets.error ?? before.error }),
  presets.data?.problems.map((problem) => h('p', { key: problem, class: 'note warn' }, problem)),
  h('form', {
    id: 'channel',
    onSubmit: async (/** @type {Event} */ event) => {
      event.preventDefault();
      if (await form.submit(send, ['name', 'preset'])) { toast(t('saved')); onClose(); }
    },
  },
  h(TextField, { label: t('alerts.name'), value: newName, onInput: setNewName, error: form.errors.name, required: true, first: true }),
  !name && h(SelectField, { label: t('channels.preset'), value: preset?.name ?? '', error: form.errors.preset, options: kinds.map((kind) => ({ value: kind.name, label: `${kind.name}: ${kind.about}` })), onInput: (value) => { setChosen(value); setValues({}); } }),
  preset?.settings.map((setting) => h(TextField, {
    key: `${preset.name}.${setting.name}`, label: setting.name, value: values[setting.name] ?? '', mono: true, required: !setting.optional && !setting.default,
    placeholder: setting.default ?? (setting.secret ? 'file:/etc/jobs/secret' : ''), hint: setting.secret ? `${setting.about}. ${t('channels.secret')}` : setting.about,
    onInput: (value) => setValues({ ...values, [setting.name]: value }),
  })),
  h(FormError, { error: form.error })));
}

/** When a channel is left alone. @param {{channel: string, onClose: () => void}} props */
function HoursDialog({ channel, onClose }) {
  const before = useQuery('channel_hours', { channel }, { when: never });
  const [quiet, setQuiet] = useState(/** @type {string|null} */ (null));
  const [most, setMost] = useState(/** @type {string|null} */ (null));
  const form = useSubmit();
  const quietNow = quiet ?? before.data?.quiet ?? '';
  const mostNow = most ?? (before.data?.max_per_hour ? String(before.data.max_per_hour) : '');
  const send = () => call('channel_hours', { channel, quiet: quietNow.trim(), max_per_hour: Number(mostNow) || 0 });
  return h(Dialog, {
    title: t('channels.hours.title', { name: channel }), onClose,
    actions: [
      h('button', { key: 'no', type: 'button', class: 'button', onClick: onClose }, t('cancel')),
      h('button', { key: 'yes', type: 'submit', form: 'hours', class: 'button primary', disabled: form.isBusy || !before.data }, t('save')),
    ],
  },
  before.error && h(Refusal, { error: before.error, retry: before.reload }),
  h('form', {
    id: 'hours',
    onSubmit: async (/** @type {Event} */ event) => {
      event.preventDefault();
      if (await form.submit(send, ['quiet', 'max_per_hour'])) { toast(t('saved')); onClose(); }
    },
  },
  h(TextField, { label: t('channels.quiet'), value: quietNow, onInput: setQuiet, error: form.errors.quiet, mono: true, first: true, placeholder: 'mon-fri 22:00-07:00', hint: t('channels.quiet.hint') }),
  h(TextField, { label: t('channels.most'), value: mostNow, onInput: setMost, error: form.errors.max_per_hour, type: 'number', hint: t('channels.most.hint') }),
  h(FormError, { error: form.error })));
}

/** The request of a trial and its answer, without secrets. @param {{tested: import('../base/operations.js').ChannelTested, onClose: () => void}} props */
const TestedDialog = ({ tested, onClose }) => h(Dialog, {
  title: t(tested.sent ? 'channels.sent' : 'channels.refused', { name: tested.channel }), onClose, wide: true,
  actions: h('button', { type: 'button', class: 'button primary', onClick: onClose, 'data-first': '' }, t('close')),
},
tested.reason && h('p', { class: 'note error' }, tested.reason),
h('h3', null, t('channels.request')), h('pre', { class: 'trial' }, tested.request),
h('h3', null, t('channels.answer')), h('pre', { class: 'trial' }, tested.answer || '–'));
