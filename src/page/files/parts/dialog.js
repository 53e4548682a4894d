// Dialogs by `<dialog>`: the browser keeps the focus in them and closes them by Escape.
// `await ask({title, text, action})` asks before something is done; `typed` must be typed first.
import { h, Icon, Store, useId, useLayoutEffect, useRef, useState } from '../base/dom.js';
import { use } from '../base/store.js';
import { t } from '../base/words.js';

/** @typedef {import('../base/dom.js').Children} Children */

/**
 * @param {{title: string, onClose: () => void, children?: Children, actions?: Children, wide?: boolean}} props
 */
export function Dialog({ title, onClose, children, actions, wide = false }) {
  const ref = useRef(/** @type {HTMLDialogElement|null} */ (null));
  const id = useId();
  // Before the next event: what a person types at once goes into the dialog.
  useLayoutEffect(() => {
    const dialog = /** @type {HTMLDialogElement} */ (ref.current);
    const before = document.activeElement;
    dialog.showModal();
    const first = /** @type {HTMLElement|null} */ (dialog.querySelector('[data-first]'));
    first?.focus();
    return () => {
      // Behind an open dialog nothing can have the focus.
      dialog.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return h('dialog', {
    ref, class: wide ? 'dialog wide' : 'dialog', 'aria-labelledby': id,
    // Escape closes the dialog and does nothing else; `cancel` comes from other gestures too.
    onKeyDown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      event.preventDefault();
      event.stopPropagation();
      onClose();
    },
    onCancel: (/** @type {Event} */ event) => { event.preventDefault(); onClose(); },
    onClick: (/** @type {MouseEvent} */ event) => { if (event.target === ref.current) onClose(); },
  },
  h('div', { class: 'dialog-in' },
    h('header', null,
      h('h2', { id }, title),
      h('button', { type: 'button', class: 'button bare', 'aria-label': t('close'), onClick: onClose }, h(Icon, { name: 'close' }))),
    h('div', { class: 'dialog-body' }, children),
    actions && h('footer', null, actions)));
}

/**
 * @typedef {object} Question
 * @property {string} title
 * @property {Children} [text]
 * @property {string} action the word on the button
 * @property {boolean} [danger] the button is red
 * @property {string} [typed] what must be typed before the button works
 * @property {Children} [more] more of the body, below the text
 */

/** @type {Store<{question: Question, answer: (yes: boolean) => void}|null>} */
const asked = new Store(/** @type {any} */ (null));

/** Asks a question. @param {Question} question @returns {Promise<boolean>} */
export const ask = (question) => new Promise((answer) => {
  asked.set({ question, answer: (yes) => { asked.set(null); answer(yes); } });
});

/** Shows the question that is asked; once, in the shell of the page. */
export function Asked() {
  const present = use(asked);
  return present && h(AskedDialog, { key: present.question.title, ...present });
}

/** @param {{question: Question, answer: (yes: boolean) => void}} props */
function AskedDialog({ question, answer }) {
  const [text, setText] = useState('');
  const isReady = question.typed === undefined || text.trim() === question.typed;
  return h(Dialog, {
    title: question.title,
    onClose: () => answer(false),
    actions: [
      h('button', { key: 'no', type: 'button', class: 'button', onClick: () => answer(false) }, t('cancel')),
      h('button', {
        key: 'yes', type: 'submit', form: 'asked', class: question.danger ? 'button danger' : 'button primary', disabled: !isReady,
        'data-first': question.typed === undefined ? '' : undefined,
      }, question.action),
    ],
  },
  h('form', { id: 'asked', onSubmit: (/** @type {Event} */ event) => { event.preventDefault(); if (isReady) answer(true); } },
    question.text && h('div', { class: 'prose' }, question.text),
    question.more,
    question.typed !== undefined && h('label', { class: 'field' },
      h('span', null, t('ask.type', { text: question.typed })),
      h('input', {
        class: 'input mono', value: text, autocomplete: 'off', spellcheck: false, 'data-first': '',
        onInput: (/** @type {Event} */ event) => setText(/** @type {HTMLInputElement} */ (event.target).value),
      }))));
}
