// The first minute: no jobs yet, and three ways to the first one.
import { h } from '../base/dom.js';
import { may } from '../base/session.js';
import { t } from '../base/words.js';
import { Prose } from '../parts/prose.js';
import { command, CommandLine, CopyButton } from '../parts/command.js';

/** Reads the crontab of the machine; the page cannot, because a browser sees no file that nobody chose. */
const TAKE_OVER = 'crontab -l | jobs import crontab - --dry-run';

export function Beginning() {
  const mayAdd = may('operator');
  return h('div', { class: 'view narrow beginning' },
    h('h1', null, t('begin.title')),
    !mayAdd && h('p', { class: 'note' }, t('begin.may.not', { role: t('role.operator') })),
    mayAdd && h('div', { class: 'card ways' },
      h('section', null,
        h('h3', null, t('begin.import')),
        h('p', { class: 'soft' }, t('begin.import.text')),
        h('p', null, h('a', { class: 'button primary', href: '#/import' }, t('begin.import.button')))),
      h('section', null,
        h('h3', null, t('begin.take')),
        h('p', { class: 'soft' }, h(Prose, { text: t('begin.take.text') })),
        h('p', null, h('span', { class: 'command' }, h('code', null, TAKE_OVER), h(CopyButton, { text: TAKE_OVER, label: t('command.copy') })))),
      h('section', null,
        h('h3', null, t('begin.add')),
        h('p', { class: 'soft' }, t('begin.add.text')),
        h('p', null, h('a', { class: 'button', href: '#/new' }, t('begin.add.button'))))),
    h(CommandLine, { text: ['crontab -l | jobs import crontab -', command('jobs', 'add', 'hello', '--cron', '30 2 * * *', '--', 'echo', 'hello')] }));
}
