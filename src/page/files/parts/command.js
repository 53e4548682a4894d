// The `jobs` command that does the same as the screen. Each view shows one: `h(CommandLine, {text: command('jobs', 'list', '--failed')})`.
import { h, Icon, useState } from '../base/dom.js';
import { t } from '../base/words.js';

/**
 * A word for a POSIX shell, quoted when it needs to be.
 * @param {string|number} word
 */
export function quote(word) {
  const text = String(word);
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replace(/'/g, `'\\''`)}'`;
}

/**
 * A command line. Words that are empty, false or not given are left out; a pair of an option and nothing leaves both out.
 * @param {...(string|number|false|null|undefined|[string, string|number|null|undefined|false])} words
 */
export function command(...words) {
  return words
    .flatMap((word) => {
      if (Array.isArray(word)) return word[1] === '' || word[1] === null || word[1] === undefined || word[1] === false ? [] : [word[0], word[1]];
      return word === '' || word === null || word === undefined || word === false ? [] : [word];
    })
    .map(quote).join(' ');
}

/** Copies a text; the clipboard is there only on https and on the own machine. @param {string} text @returns {Promise<boolean>} */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    field.className = 'unseen';
    document.body.append(field);
    field.select();
    const isDone = document.execCommand('copy');
    field.remove();
    return isDone;
  }
}

/** @param {{text: string, label?: string}} props */
export function CopyButton({ text, label = t('copy') }) {
  const [isDone, setDone] = useState(false);
  return h('button', {
    type: 'button', class: 'button bare', 'aria-label': label, title: isDone ? t('copied') : label,
    onClick: async () => { if (await copy(text)) { setDone(true); setTimeout(() => setDone(false), 1500); } },
  }, h(Icon, { name: isDone ? 'check' : 'copy' }), isDone && h('span', { class: 'unseen', role: 'status' }, t('copied')));
}

/** The line at the foot of a view. @param {{text: string|string[]}} props */
export function CommandLine({ text }) {
  const lines = Array.isArray(text) ? text : [text];
  return h('div', { class: 'command-line', role: 'group', 'aria-label': t('command.same') },
    h('span', { class: 'faint' }, t('command.same')),
    lines.map((line) => h('span', { key: line, class: 'command' }, h('code', null, line), h(CopyButton, { text: line, label: t('command.copy') }))));
}
