// Texts with `code` between backticks, as the messages of the daemon have it.
import { h } from '../base/dom.js';

/**
 * The pieces of a text: those of odd place stood between backticks.
 * @param {string} text
 */
export const pieces = (text) => text.split('`');

/**
 * A message of the daemon. Lines after the first show a place in a text by `^`, so they keep their columns.
 * @param {{text: string}} props
 */
export function Message({ text }) {
  const [first, ...rest] = text.split('\n');
  return [h(Prose, { key: 'first', text: first }), rest.length > 0 && h('pre', { key: 'rest', class: 'caret' }, rest.join('\n'))];
}

/** @param {{text: string}} props */
export function Prose({ text }) {
  const parts = pieces(text);
  // An odd number of backticks is no code: the text is shown as it is.
  if (parts.length % 2 === 0) return text;
  return parts.map((part, i) => (i % 2 ? h('code', { key: i }, part) : part));
}
