// The frame of all views: the bar at the top, what is wrong with the connection, keys and `Ctrl K`.
import { h, cx, Icon, useEffect, useState } from '../base/dom.js';
import { use } from '../base/store.js';
import { language, setLanguage, t } from '../base/words.js';
import { go, href, useRoute } from '../base/route.js';
import { daemon, leave, login, may } from '../base/session.js';
import { live } from '../base/live.js';
import { look, setLook } from '../base/look.js';
import { clock, localZone, moment, timeOfDay, useNow } from '../base/time.js';
import { call } from '../base/api.js';
import { useCommands, useKeys } from '../base/keys.js';
import { Menu } from '../parts/menu.js';
import { attempt, Refusal, toast } from '../parts/toast.js';
import { KeyHelp, Palette } from './palette.js';
import { NewAccount } from './login.js';

/** The pages of the bar, with the second key of `g`. */
const PAGES = /** @type {const} */ ([
  ['today', [], 't'], ['jobs', ['jobs'], 'j'], ['week', ['week'], 'w'], ['runs', ['runs'], 'r'], ['system', ['system'], 's'],
]);

/** @param {import('../base/words.js').Language} name */
const speak = (name) => { void attempt(() => setLanguage(name)); };

/** @param {{children?: any}} props */
export function Shell({ children }) {
  const { path } = useRoute();
  const { state } = use(live);
  const [open, setOpen] = useState(/** @type {''|'keys'|'palette'|'account'} */ (''));
  const place = path[0] ?? '';
  const present = place === 'new' || place === 'import' ? 'jobs' : place;
  useKeys([
    // Leaves a field, so that keys are keys again.
    { key: 'Escape', label: '', hidden: true, run: () => { if (document.activeElement instanceof HTMLElement) document.activeElement.blur(); } },
    { key: '?', label: t('keys.help'), run: () => setOpen('keys') },
    { key: 'Ctrl K', label: t('keys.palette'), run: () => setOpen(open === 'palette' ? '' : 'palette') },
    ...PAGES.map(([name, to, key]) => ({ key: `g ${key}`, label: t('keys.go', { place: t(`nav.${name}`) }), run: () => go([...to]) })),
  ]);
  useCommands([
    ...PAGES.map(([name, to, key]) => ({ id: `page ${name}`, label: t(`nav.${name}`), hint: `g ${key}`, run: () => go([...to]) })),
    { id: 'keys', label: t('keys.title'), hint: '?', run: () => setOpen('keys') },
    { id: 'theme light', label: `${t('look.theme')}: ${t('look.light')}`, run: () => setLook({ theme: 'light' }) },
    { id: 'theme dark', label: `${t('look.theme')}: ${t('look.dark')}`, run: () => setLook({ theme: 'dark' }) },
    { id: 'language', label: language.value === 'en' ? '中文' : 'English', run: () => speak(language.value === 'en' ? 'zh' : 'en') },
    { id: 'leave', label: t('user.leave'), run: () => { void attempt(leave); } },
  ]);
  return h('div', { class: cx('page', state === 'down' && 'is-down') },
    h('a', { class: 'skip-link', href: '#main', onClick: (/** @type {Event} */ event) => { event.preventDefault(); document.getElementById('main')?.focus(); } }, t('nav.skip')),
    h('header', { class: 'bar' },
      h('a', { class: 'brand', href: '#/', 'aria-label': `jobs: ${t('nav.today')}` }, 'jobs'),
      h('nav', { 'aria-label': t('nav.main') },
        PAGES.map(([name, to]) => h('a', { key: name, href: href([...to]), 'aria-current': present === (to[0] ?? '') ? 'page' : undefined }, t(`nav.${name}`)))),
      h('div', { class: 'bar-end' },
        h(Connection, null),
        h('button', { type: 'button', class: 'button bare', 'aria-label': t('palette.title'), title: `${t('palette.title')} (Ctrl K)`, onClick: () => setOpen('palette') }, h(Icon, { name: 'search' })),
        h(LookMenu, null),
        h(UserMenu, { onKeys: () => setOpen('keys'), onAccount: () => setOpen('account') }))),
    h(Notices, null),
    h('main', { id: 'main', tabIndex: -1 }, children),
    open === 'keys' && h(KeyHelp, { onClose: () => setOpen('') }),
    open === 'account' && h(NewAccount, { onClose: () => setOpen('') }),
    open === 'palette' && h(Palette, { onClose: () => setOpen('') }));
}

/** The dot of the connection, the number of running executions, the host and its time. */
function Connection() {
  const { state, running } = use(live);
  const { zone } = use(clock);
  const at = useNow();
  const host = daemon()?.host ?? '';
  const zones = zone === localZone ? t('zone.daemon', { zone }) : t('zone.other', { zone, local: localZone });
  return h('div', { class: 'connection' },
    h('span', { class: cx('dot', state), role: 'img', 'aria-label': state === 'up' ? t('live.up') : t('live.down', { time: '' }), title: t('live.up') }),
    running > 0 && h('a', { class: 'running-count', href: '#/jobs?running' }, t('live.running', { n: running })),
    h('span', { class: 'host', title: zones }, host && h('b', null, host), h('time', { class: 'mono' }, timeOfDay(at, true)),
      h('span', { class: 'faint zone' }, zone)));
}

/** Lines below the bar: no connection, a pause of the scheduler, a daemon that has started again. */
function Notices() {
  const { state, at, paused, restarted } = use(live);
  useEffect(() => { if (restarted > 0) toast(t('live.restarted')); }, [restarted]);
  return h('div', { role: 'status' },
    state === 'down' && h('p', { class: 'banner bad' }, h(Icon, { name: 'warn' }), t('live.down', { time: moment(at, { seconds: true }) })),
    state === 'up' && paused && h('p', { class: 'banner' }, h(Icon, { name: 'pause' }), t('live.paused'),
      may('operator') && h('button', { type: 'button', class: 'button small', onClick: () => attempt(() => call('resume'), t('live.resumed')) }, t('live.resume'))));
}

function LookMenu() {
  const { theme, colours, rows } = use(look);
  const present = use(language);
  const themes = /** @type {const} */ (['auto', 'light', 'dark']);
  const isDark = theme === 'dark' || (theme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  return h(Menu, {
    label: t('look.settings'), bare: true, class: 'look',
    entries: [
      ...themes.map((name) => ({ label: t(`look.${name}`), checked: theme === name, run: () => setLook({ theme: name }) })),
      'rule',
      { label: 'English', checked: present === 'en', run: () => speak('en') },
      { label: '中文', checked: present === 'zh', run: () => speak('zh') },
      'rule',
      { label: t('look.blue'), checked: colours === 'blue-orange', run: () => setLook({ colours: colours === 'blue-orange' ? 'green-red' : 'blue-orange' }) },
      { label: t('look.compact'), checked: rows === 'compact', run: () => setLook({ rows: rows === 'compact' ? 'normal' : 'compact' }) },
    ],
  }, h(Icon, { name: isDark ? 'moon' : 'sun' }));
}

/** @param {{onKeys: () => void, onAccount: () => void}} props */
function UserMenu({ onKeys, onAccount }) {
  const { session } = use(login);
  if (!session) return null;
  const { user, role, until } = session;
  const isAccount = user.kind === 'account';
  const name = /^\d+$/.test(user.name) && !isAccount ? `uid ${user.name}` : user.name;
  return h(Menu, {
    label: t('user.menu', { name, role: t(`role.${role}`) }), bare: true, class: 'user',
    entries: [
      ...(!isAccount && role === 'admin' ? [{ label: t('user.account'), run: onAccount }] : []),
      { label: t('user.sessions'), href: '#/system/sessions' },
      { label: t('keys.title'), run: onKeys, hint: '?' },
      'rule',
      { label: t('user.leave'), run: () => { void attempt(leave); } },
    ],
    note: [
      t('user.role', { role: t(`role.${role}`) }),
      role === 'admin' ? '' : t('may.more', { role: t(role === 'viewer' ? 'role.operator' : 'role.admin') }),
      t('user.until', { time: moment(until) }),
      daemon()?.version ? `jobs ${daemon()?.version}` : '',
    ].filter(Boolean).join('\n'),
  }, h('span', { class: 'user-name' }, name), h(Icon, { name: 'down', size: 12 }));
}

/** Before it is known who uses the page: the bar alone, or why the daemon does not say it. @param {{error?: Error, retry: () => void}} props */
export const Loading = ({ error, retry }) => h('div', { class: 'page' },
  h('header', { class: 'bar' }, h('span', { class: 'brand' }, 'jobs'),
    h('nav', { 'aria-label': t('nav.main') }, PAGES.map(([name, to]) => h('a', { key: name, href: href([...to]) }, t(`nav.${name}`))))),
  error && h('div', { class: 'view narrow' }, h(Refusal, { error, retry })));

