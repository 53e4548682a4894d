// Login by name and password, and what to do without one. Over an open page when its session has ended: the page stays as it was.
import { h, useState } from '../base/dom.js';
import { use } from '../base/store.js';
import { language, setLanguage, t } from '../base/words.js';
import { call } from '../base/api.js';
import { enterByPassword, login } from '../base/session.js';
import { useTitle } from '../base/look.js';
import { Dialog } from '../parts/dialog.js';
import { attempt, toast } from '../parts/toast.js';
import { FormError, TextField, useSubmit } from '../parts/form.js';
import { Prose } from '../parts/prose.js';
import { CopyButton } from '../parts/command.js';

/** @param {{isOver?: boolean}} props */
export function Login({ isOver = false }) {
  const { error } = use(login);
  use(language);
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const { isBusy, errors, error: refusal, submit } = useSubmit();
  useTitle(t('login.title'));
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    void submit(() => enterByPassword(name, password), ['username', 'password']);
  };
  return h('div', { class: isOver ? 'login over' : 'login', role: isOver ? 'dialog' : undefined, 'aria-modal': isOver ? true : undefined, 'aria-label': isOver ? t('login.title') : undefined },
    h('main', { class: 'card login-card' },
      h('h1', null, h('span', { class: 'brand' }, 'jobs')),
      isOver && h('p', { class: 'note' }, t('login.over')),
      error && h('div', { class: 'note error', role: 'alert' },
        h('p', null, t('login.link.refused'), ' ', h(Prose, { text: error.message })), h('p', { class: 'hint' }, h(Prose, { text: t('login.link.new') }))),
      h('form', { onSubmit: send },
        h(TextField, { label: t('login.name'), value: name, onInput: setName, autocomplete: 'username', required: true, first: true, error: errors.username }),
        h(TextField, { label: t('login.password'), value: password, onInput: setPassword, type: 'password', autocomplete: 'current-password', required: true, error: errors.password }),
        h(FormError, { error: refusal }),
        h('button', { type: 'submit', class: 'button primary block', disabled: isBusy }, t('login.enter'))),
      h('div', { class: 'login-link' },
        h('p', { class: 'faint' }, t('login.link')),
        h('span', { class: 'command' }, h('code', null, 'jobs page'), h(CopyButton, { text: 'jobs page', label: t('command.copy') })),
        h('p', { class: 'faint' }, h(Prose, { text: t('login.none') }))),
      h('p', { class: 'login-language' },
        h('button', { type: 'button', class: 'link', onClick: () => attempt(() => setLanguage(language.value === 'en' ? 'zh' : 'en')) }, language.value === 'en' ? '中文' : 'English'))));
}

/** Makes an account for a person who came by a link, so that the next login needs no terminal. @param {{onClose: () => void}} props */
export function NewAccount({ onClose }) {
  const [username, setName] = useState('');
  const [password, setPassword] = useState('');
  const { isBusy, errors, error, submit } = useSubmit();
  return h(Dialog, {
    title: t('user.account'), onClose,
    actions: h('button', { type: 'submit', form: 'new-account', class: 'button primary', disabled: isBusy }, t('account.make')),
  },
  h('p', { class: 'soft' }, t('account.text')),
  h('form', {
    id: 'new-account', onSubmit: async (/** @type {Event} */ event) => {
      event.preventDefault();
      if (await submit(() => call('admin_add', { username, password, role: 'admin' }), ['username', 'password'])) {
        toast(t('account.made', { name: username }));
        onClose();
      }
    },
  },
  h(TextField, { label: t('login.name'), value: username, onInput: setName, autocomplete: 'username', required: true, first: true, error: errors.username }),
  h(TextField, { label: t('login.password'), value: password, onInput: setPassword, type: 'password', autocomplete: 'new-password', required: true, error: errors.password }),
  h(FormError, { error })));
}
