// Accounts, addresses, tokens of programs and sessions of the page: who may use the daemon over HTTP, and from where.
import { h, useState } from '../base/dom.js';
import { call } from '../base/api.js';
import { never, useQuery } from '../base/live.js';
import { may } from '../base/session.js';
import { t, word } from '../base/words.js';
import { CommandLine, command, CopyButton } from '../parts/command.js';
import { ask, Dialog } from '../parts/dialog.js';
import { CheckField, FormError, SelectField, TextField, useSubmit } from '../parts/form.js';
import { attempt, Refusal, toast } from '../parts/toast.js';
import { Ago, At } from '../parts/when.js';

const ROLES = ['viewer', 'operator', 'admin'];

/** The roles as options of a field. */
const roles = () => ROLES.map((value) => ({ value, label: word(`role.${value}`) }));

export function Accounts() {
  const list = useQuery('admin_list', { page: 1, size: 500 }, { when: (digest) => digest.jobs_changed });
  const [open, setOpen] = useState(/** @type {{kind: 'add'|'edit'|'passwd', account?: import('../base/operations.js').Account}|null} */ (null));
  const close = () => { setOpen(null); list.reload(); };
  return [
    h('div', { key: 'head', class: 'view-head' }, h('div', { class: 'actions' },
      h('button', { type: 'button', class: 'button primary', onClick: () => setOpen({ kind: 'add' }) }, t('accounts.add')),
      h('button', { type: 'button', class: 'button', onClick: rotate }, t('accounts.rotate')))),
    list.error && h(Refusal, { key: 'error', error: list.error, retry: list.reload }),
    h('section', { key: 'rows', class: 'card', 'aria-label': t('system.accounts') },
      list.data?.items.length === 0 && h('p', { class: 'faint' }, t('accounts.none')),
      h('table', { class: 'plain' },
        h('thead', null, h('tr', null, [t('login.name'), t('accounts.role'), t('accounts.email'), t('accounts.last'), ''].map((name) => h('th', { key: name }, name)))),
        h('tbody', null, (list.data?.items ?? []).map((account) => h('tr', { key: account.id },
          h('td', { class: account.status === 1 ? '' : 'faint' }, account.username, account.status !== 1 && ` (${t('accounts.disabled')})`),
          h('td', null, word(`role.${account.role}`)), h('td', null, account.email),
          h('td', null, account.last_login ? h(At, { at: account.last_login }) : h('span', { class: 'faint' }, '–')),
          h('td', { class: 'end system-actions' },
            h('button', { type: 'button', class: 'button small', onClick: () => setOpen({ kind: 'edit', account }) }, t('accounts.edit')),
            h('button', { type: 'button', class: 'button small', onClick: () => setOpen({ kind: 'passwd', account }) }, t('accounts.password')),
            h('button', { type: 'button', class: 'button small', onClick: () => attempt(() => call('admin_status', { admin: account.id, status: account.status === 1 ? 0 : 1 })).then(list.reload) }, t(account.status === 1 ? 'accounts.disable' : 'accounts.enable')),
            h('button', { type: 'button', class: 'button small danger', onClick: () => removeAccount(account).then(list.reload) }, t('remove')))))))),
    open && h(AccountDialog, { key: 'dialog', ...open, onClose: close }),
    h(CommandLine, { key: 'line', text: [command('jobs', 'admin', 'list'), command('jobs', 'admin', 'add', 'NAME', '--role', 'operator')] }),
  ];
}

async function rotate() {
  const yes = await ask({ title: t('accounts.rotate'), text: t('accounts.rotate.text'), action: t('accounts.rotate'), danger: true });
  if (yes) await attempt(() => call('admin_rotate_key'), t('accounts.rotated'));
}

/** @param {import('../base/operations.js').Account} account */
async function removeAccount(account) {
  const yes = await ask({ title: t('accounts.remove', { name: account.username }), text: t('accounts.remove.text'), action: t('remove'), danger: true, typed: account.username });
  return yes ? attempt(() => call('admin_rm', { admin: account.id }), t('accounts.removed', { name: account.username })) : undefined;
}

/** @param {{kind: 'add'|'edit'|'passwd', account?: import('../base/operations.js').Account, onClose: () => void}} props */
function AccountDialog({ kind, account, onClose }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [current, setCurrent] = useState('');
  const [email, setEmail] = useState(account?.email ?? '');
  const [role, setRole] = useState(/** @type {import('../base/session.js').Role} */ (account?.role ?? 'viewer'));
  const form = useSubmit();
  const send = () => {
    if (!account) return call('admin_add', { username: name, password, email: email || undefined, role });
    if (kind === 'edit') return call('admin_edit', { admin: account.id, email, role });
    return call('admin_passwd', { admin: account.id, password, current_password: current || undefined });
  };
  const title = !account ? t('accounts.add') : `${account.username}: ${t(kind === 'edit' ? 'accounts.edit' : 'accounts.password')}`;
  return h(Dialog, {
    title, onClose,
    actions: [
      h('button', { key: 'no', type: 'button', class: 'button', onClick: onClose }, t('cancel')),
      h('button', { key: 'yes', type: 'submit', form: 'account', class: 'button primary', disabled: form.isBusy }, t('save')),
    ],
  },
  h('form', {
    id: 'account',
    onSubmit: async (/** @type {Event} */ event) => {
      event.preventDefault();
      if (await form.submit(send, ['username', 'password', 'current_password', 'email', 'role'])) { toast(t('saved')); onClose(); }
    },
  },
  kind === 'add' && h(TextField, { label: t('login.name'), value: name, onInput: setName, error: form.errors.username, required: true, first: true, autocomplete: 'off' }),
  kind !== 'passwd' && h(SelectField, { label: t('accounts.role'), value: role, options: roles(), onInput: (value) => setRole(/** @type {import('../base/session.js').Role} */ (value)), error: form.errors.role, hint: t('accounts.role.hint') }),
  kind !== 'passwd' && h(TextField, { label: t('accounts.email'), value: email, onInput: setEmail, error: form.errors.email, type: 'email' }),
  kind !== 'edit' && h(TextField, { label: t('accounts.new'), value: password, onInput: setPassword, error: form.errors.password, type: 'password', autocomplete: 'new-password', required: true, hint: t('accounts.new.hint'), first: kind === 'passwd' }),
  kind === 'passwd' && h(TextField, { label: t('accounts.current'), value: current, onInput: setCurrent, error: form.errors.current_password, type: 'password', autocomplete: 'current-password', hint: t('accounts.current.hint') }),
  h(FormError, { error: form.error })));
}

export function Addresses() {
  const lists = useQuery('ip_status', {}, { when: (digest) => digest.jobs_changed });
  return [
    lists.error && h(Refusal, { key: 'error', error: lists.error, retry: lists.reload }),
    lists.data && !lists.data.enabled && h('p', { key: 'off', class: 'note' }, t('addresses.off')),
    lists.data && h('div', { key: 'lists', class: 'cards' },
      h(AddressList, { name: 'whitelist', items: lists.data.whitelist, onChange: lists.reload }),
      h(AddressList, { name: 'blacklist', items: lists.data.blacklist, onChange: lists.reload })),
    h(CommandLine, { key: 'line', text: [command('jobs', 'ip', 'list'), command('jobs', 'ip', 'add', 'whitelist', '10.0.0.0/8')] }),
  ];
}

/** @param {{name: import('../base/operations.js').IpList, items: string[], onChange: () => void}} props */
function AddressList({ name, items, onChange }) {
  const [ip, setIp] = useState('');
  const form = useSubmit();
  const remove = async (/** @type {string} */ item) => {
    const yes = await ask({ title: t('addresses.remove', { ip: item }), text: word(`addresses.${name}`), action: t('remove'), danger: true });
    if (yes) { await attempt(() => call('ip_remove', { list: name, ip: item })); onChange(); }
  };
  return h('section', { class: 'card' },
    h('header', null, h('h2', null, word(`addresses.${name}`))),
    items.length === 0 && h('p', { class: 'faint' }, t('addresses.none')),
    h('ul', { class: 'lines' }, items.map((item) => h('li', { key: item, class: 'line address-line' },
      h('code', null, item),
      h('button', { type: 'button', class: 'button small end', 'aria-label': t('addresses.remove', { ip: item }), onClick: () => remove(item) }, t('remove'))))),
    h('form', {
      class: 'address-form',
      onSubmit: async (/** @type {Event} */ event) => {
        event.preventDefault();
        if (await form.submit(() => call('ip_add', { list: name, ip }), ['ip'])) { setIp(''); onChange(); }
      },
    },
    h(TextField, { label: t('addresses.new'), value: ip, onInput: setIp, error: form.errors.ip, mono: true, placeholder: '10.0.0.0/8' }),
    h('button', { type: 'submit', class: 'button', disabled: form.isBusy || !ip.trim() }, t('addresses.add'))),
    h(FormError, { error: form.error }));
}

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
