// The page: who uses it, which view its address names, and what all views share.
//
// How a view is added
//
// 1. A file `views/NAME.js` whose default export is a component. It gets `{params, query}`: the parts of the address that its
//    pattern names, and a `URLSearchParams` of its filters. It sets the title of the window by `useTitle(text)`.
// 2. A row in `VIEWS` of base/views.js, with the role that it takes, its words and its styles: they are read when the view is first
//    shown. And a line for the file in src/page/mod.rs.
// 3. Its words in `words/en-*.js` and the same keys in `words/zh-*.js`: `t('job.next', {time})`. No text stands in a view itself.
// 4. What it shows comes by `useQuery('show', {job}, {when: changed(id)})` of base/live.js: it is read again when a digest concerns it.
//    A long list comes by `useWindows('list', params, …)` of base/windows.js into a `Grid` of parts/table.js.
// 5. What it changes goes by `attempt(() => call('run', {job}), t('run.started'))` of parts/toast.js; `await ask({…})` of
//    parts/dialog.js asks before; a form uses `useSubmit()` and the fields of parts/form.js, which show the server's refusal at its field.
// 6. Buttons only for what the role may do: `may('operator') && h(…)` of base/session.js.
// 7. At its foot `h(CommandLine, {text: command('jobs', 'show', name)})` of parts/command.js: the command that does the same.
// 8. Keys by `useKeys([{key, label, run}])` and entries of Ctrl K by `useCommands([{id, label, run}])` of base/keys.js.
//    Filters live in the address: `setQuery({status: 'failed'})` of base/route.js; links are `h('a', {href: href(['jobs', name])})`.
//
// 9. Its own styles in `style-job.css` or `style-system.css`; the shared classes (card, facts, note, button, field) are in `style.css`.
//
// An element with the class `fill` as the outermost of a view has the height of the window: for lists that scroll in themselves.
import { h, render, useEffect, useErrorBoundary, useReducer, useRef, useState } from './base/dom.js';
import { parse, route, useRoute } from './base/route.js';
import { use } from './base/store.js';
import { language, setLanguage, t } from './base/words.js';
import { enter, load, login, may, takeLink } from './base/session.js';
import { live, startLive } from './base/live.js';
import { applyLook } from './base/look.js';
import { loadView, viewAt } from './base/views.js';
import { Shell, Loading } from './views/shell.js';
import { Login } from './views/login.js';
import { Asked } from './parts/dialog.js';
import { messageOf, toastError, Toasts } from './parts/toast.js';

/** The view of the present address. Until its files are there, the view before it stays. */
function Main() {
  const { path, query, text } = useRoute();
  const place = text.split('?')[0];
  const { view, params = {} } = viewAt(path) ?? {};
  const isAllowed = view !== undefined && may(view.role);
  const [failed, setFailed] = useState(/** @type {import('./base/views.js').View|undefined} */ (undefined));
  const [, redraw] = useReducer((/** @type {number} */ n) => n + 1, 0);
  const shown = useRef(/** @type {any} */ (undefined));
  const isReady = !isAllowed || view.component !== undefined || failed === view;
  useEffect(() => {
    if (!view || isReady) return;
    // A pointer on the link may have had its files read since it was drawn.
    const loading = view.component ? Promise.resolve() : loadView(view);
    loading.then(() => redraw(undefined), (error) => { console.warn(error); setFailed(view); });
  }, [view, isAllowed]);
  useEffect(() => { if (isReady) window.scrollTo(0, 0); }, [place, isReady]);
  if (!view) {
    shown.current = h('div', { key: 'nowhere', class: 'view' },
      h('h1', null, t('nowhere')), h('p', null, h('a', { href: '#/' }, t('nav.today'))));
  } else if (!isAllowed) {
    shown.current = h('div', { key: 'not', class: 'view' }, h('p', { class: 'note' }, t('may.not', { role: t(`role.${view.role}`) })));
  } else if (view.component) {
    shown.current = h(Guarded, { key: place }, h(view.component, { params, query }));
  } else if (failed === view) {
    shown.current = h(Unread, { key: 'unread' });
  }
  return [
    shown.current,
    !isReady && h('p', { key: 'loading', class: 'reading', role: 'status' }, t('loading')),
  ];
}

/** The files of a view could not be read: the daemon is away, or has other files. When it is back the page is read anew. */
function Unread() {
  const { state } = use(live);
  const wasDown = useRef(false);
  useEffect(() => {
    if (state === 'down') wasDown.current = true;
    else if (wasDown.current) location.reload();
  }, [state]);
  return h('div', { class: 'view' },
    h('div', { class: 'note error', role: 'alert' }, h('p', null, t('error.files')),
      h('button', { type: 'button', class: 'button small', onClick: () => location.reload() }, t('reload'))));
}

/** Shows an error of a view instead of an empty page. @param {{children?: any}} props */
function Guarded({ children }) {
  const [error, reset] = useErrorBoundary((thrown) => console.error(thrown));
  if (!error) return children;
  return h('div', { class: 'view' },
    h('div', { class: 'note error', role: 'alert' }, h('p', null, t('error.view')), h('pre', null, messageOf(error)),
      h('button', { type: 'button', class: 'button', onClick: () => reset() }, t('again'))));
}

function App() {
  use(language);
  const { state, error } = use(login);
  if (state === 'unknown') return h(Loading, { error, retry: load });
  if (state === 'out') return [h(Login, { key: 'login' }), h(Toasts, { key: 'toasts' })];
  return [
    h(Shell, { key: 'shell' }, h(Main, null)),
    state === 'expired' && h(Login, { key: 'login', isOver: true }),
    h(Asked, { key: 'asked' }),
    h(Toasts, { key: 'toasts' }),
  ];
}

/** Logs in by a link of the address, or asks who this browser is. */
async function begin() {
  const link = takeLink();
  if (!link) return load();
  try {
    await enter(link);
  } catch (error) {
    // A browser that is logged in already stays so.
    await load();
    if (login.value.state === 'in') toastError(error);
    else login.set({ state: 'out', error: /** @type {any} */ (error) });
  }
}

/** Reads the files of a view before it is shown. A failure is said when it is shown. @param {string[]} path */
function prepare(path) {
  const { view } = viewAt(path) ?? {};
  if (view && !view.component) loadView(view).catch(() => {});
}

async function start() {
  applyLook();
  const words = setLanguage(language.value);
  prepare(route.value.path);
  await words;
  render(h(App, null), /** @type {HTMLElement} */ (document.getElementById('app')));
  await begin();
  void startLive();
}

// A pointer on a link tells which view comes next.
document.addEventListener('pointerover', ({ target }) => {
  const link = target instanceof Element ? target.closest('a[href^="#/"]') : undefined;
  if (link && login.value.state === 'in') prepare(parse(link.getAttribute('href') ?? '').path);
});
void start();
