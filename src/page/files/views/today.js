import { h } from '../base/dom.js';
import { useTitle } from '../base/look.js';
import { t } from '../base/words.js';

/** @param {import('../app.js').ViewProps} _props */
export default function View(_props) {
  useTitle(t('loading'));
  return h('div', { class: 'view' }, h('p', { class: 'faint' }, t('loading')));
}
