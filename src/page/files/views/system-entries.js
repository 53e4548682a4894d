// Tokens of programs, and the sessions of this page.
import { h, useState } from '../base/dom.js';
import { call } from '../base/api.js';
import { never, useQuery } from '../base/live.js';
import { may } from '../base/session.js';
import { t, word } from '../base/words.js';
import { CommandLine, command, CopyButton } from '../parts/command.js';
import { ask, Dialog } from '../parts/dialog.js';
import { CheckField, FormError, SelectField, TextField, useSubmit } from '../parts/form.js';
import { attempt, Refusal } from '../parts/toast.js';
import { Ago, At } from '../parts/when.js';
import { roles } from './system-access.js';

export function Tokens() {
  const list = useQuery('token_list', {}, { when: never });
  const [isOpen, setOpen] = useState(false);
  const remove = async (/** @type {import('../base/operations.js').TokenInfo} */ token) => {
    const yes = await ask({ title: t('tokens.remove', { name: token.name }), text: t('tokens.remove.text'), action: t('remove'), danger: true });
    if (yes) { await attempt(() => call('token_rm', { token: token.id })); list.reload(); }
  };
  return [
    h('div', { key: 'head', class: 'view-head' }, h('div', { class: 'actions' },
      h('button', { type: 'button', class: 'button primary', onClick: () => setOpen(true) }, t('tokens.add')))),
    list.error && h(Refusal, { key: 'error', error: list.error, retry: list.reload }),
    h('section', { key: 'rows', class: 'card', 'aria-label': t('system.tokens') },
      list.data?.length === 0 && h('p', { class: 'faint' }, t('tokens.none')),
      h('table', { class: 'plain' },
        h('thead', null, h('tr', null, [t('login.name'), t('accounts.role'), t('tokens.made'), t('tokens.expires'), ''].map((name) => h('th', { key: name }, name)))),
        h('tbody', null, (list.data ?? []).map((token) => h('tr', { key: token.id },
          h('td', null, token.name), h('td', null, word(`role.${token.role}`)),
          h('td', null, h(At, { at: token.created_at }), ` ${token.created_by}`),
          h('td', null, token.expires_at ? h(At, { at: token.expires_at }) : t('tokens.never')),
          h('td', { class: 'end' }, h('button', { type: 'button', class: 'button small danger', onClick: () => remove(token) }, t('remove')))))))),
    isOpen && h(TokenDialog, { key: 'dialog', onClose: () => { setOpen(false); list.reload(); } }),
    h(CommandLine, { key: 'line', text: command('jobs', 'token', 'add', 'NAME', '--role', 'viewer') }),
  ];
}

/** @param {{onClose: () => void}} props */
function TokenDialog({ onClose }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState(/** @type {import('../base/session.js').Role} */ ('viewer'));
  const [expires, setExpires] = useState('');
  const [secret, setSecret] = useState('');
  const form = useSubmit();
  if (secret) {
    return h(Dialog, { title: t('tokens.made.title', { name }), onClose, actions: h('button', { type: 'button', class: 'button primary', onClick: onClose, 'data-first': '' }, t('close')) },
      h('p', null, t('tokens.secret')), h('p', { class: 'secret' }, h('code', null, secret), h(CopyButton, { text: secret })));
  }
  return h(Dialog, {
    title: t('tokens.add'), onClose,
    actions: [
      h('button', { key: 'no', type: 'button', class: 'button', onClick: onClose }, t('cancel')),
      h('button', { key: 'yes', type: 'submit', form: 'token', class: 'button primary', disabled: form.isBusy }, t('tokens.add')),
    ],
  },
  h('form', {
    id: 'token',
    onSubmit: async (/** @type {Event} */ event) => {
      event.preventDefault();
      const made = await form.submit(() => call('token_add', { name, role, expires: expires || undefined }), ['name', 'role', 'expires']);
      if (made) setSecret(made.secret);
    },
  },
  h(TextField, { label: t('login.name'), value: name, onInput: setName, error: form.errors.name, required: true, first: true }),
  h(SelectField, { label: t('accounts.role'), value: role, options: roles(), onInput: (value) => setRole(/** @type {import('../base/session.js').Role} */ (value)), error: form.errors.role, hint: t('accounts.role.hint') }),
  h(TextField, { label: t('tokens.expires'), value: expires, onInput: setExpires, error: form.errors.expires, placeholder: 'in 90d', hint: t('tokens.expires.hint') }),
  h(FormError, { error: form.error })));
}

export function Sessions() {
  const [isAll, setAll] = useState(false);
  const list = useQuery('session_list', isAll ? { all: true } : {}, { when: never });
  const end = async (/** @type {import('../base/operations.js').SessionInfo} */ session) => {
    const yes = await ask({ title: t('sessions.end'), text: session.current ? t('sessions.end.own') : session.agent, action: t('sessions.end'), danger: true });
    if (yes) { await attempt(() => call('session_rm', { session: session.id }), t('sessions.ended')); list.reload(); }
  };
  const others = (list.data ?? []).filter((session) => !session.current);
  return [
    h('div', { key: 'head', class: 'view-head' },
      may('admin') && h(CheckField, { label: t('sessions.all'), checked: isAll, onInput: setAll })),
    list.error && h(Refusal, { key: 'error', error: list.error, retry: list.reload }),
    h('section', { key: 'rows', class: 'card', 'aria-label': t('system.sessions') },
      list.data && others.length === 0 && h('p', { class: 'faint' }, t('sessions.none')),
      h('table', { class: 'plain' },
        h('thead', null, h('tr', null, [t('login.name'), t('accounts.role'), t('sessions.agent'), t('sessions.seen'), t('sessions.until'), ''].map((name) => h('th', { key: name }, name)))),
        h('tbody', null, (list.data ?? []).map((session) => h('tr', { key: session.id },
          h('td', null, session.user?.name ?? session.user, session.current && h('strong', null, ` (${t('sessions.this')})`)),
          h('td', null, word(`role.${session.role}`)),
          h('td', null, session.agent, ' ', h('span', { class: 'faint' }, session.address)),
          h('td', null, h(Ago, { at: session.seen_at })), h('td', null, h(At, { at: session.until })),
          h('td', { class: 'end' }, h('button', { type: 'button', class: 'button small danger', onClick: () => end(session) }, t('sessions.end')))))))),
    h(CommandLine, { key: 'line', text: command('jobs', 'session', 'list') }),
  ];
}
