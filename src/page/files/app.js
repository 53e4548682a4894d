// The page: who uses it, which view its address names, and what all views share.
//
// How a view is added
//
// 1. A file `views/NAME.js` whose default export is a component. It gets `{params, query}`: the parts of the address that its
//    pattern names, and a `URLSearchParams` of its filters. It sets the title of the window by `useTitle(text)`.
// 2. A row in `VIEWS` below, with the role that it takes, and a line for the file in src/page/mod.rs.
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
import { h, render, useEffect, useErrorBoundary } from './base/dom.js';
import { match, useRoute } from './base/route.js';
import { use } from './base/store.js';
import { language, setLanguage, t } from './base/words.js';
import { enter, load, login, may, takeLink } from './base/session.js';
import { startLive } from './base/live.js';
import { applyLook } from './base/look.js';
import { Shell, Loading } from './views/shell.js';
import { Login } from './views/login.js';
import { Asked } from './parts/dialog.js';
import { messageOf, toastError, Toasts } from './parts/toast.js';
import Today from './views/today.js';
import Jobs from './views/jobs.js';
import Job from './views/job.js';
import Execution from './views/execution.js';
import Runs from './views/runs.js';
import Week from './views/week.js';
import Edit from './views/edit.js';
import Import from './views/import.js';
import System from './views/system.js';

/** @typedef {{params: Record<string, string>, query: URLSearchParams}} ViewProps */

/** Patterns of addresses, the first that fits wins. @type {[string, (props: ViewProps) => any, import('./base/session.js').Role][]} */
const VIEWS = [
  ['', Today, 'viewer'],
  ['jobs', Jobs, 'viewer'],
  ['new', Edit, 'operator'],
  ['import', Import, 'operator'],
  ['jobs/:job', Job, 'viewer'],
  ['jobs/:job/edit', Edit, 'operator'],
  ['runs', Runs, 'viewer'],
  ['runs/:exec', Execution, 'viewer'],
  ['week', Week, 'viewer'],
  ['system', System, 'viewer'],
  ['system/:part', System, 'viewer'],
];

function Main() {
  const { path, query, text } = useRoute();
  const place = text.split('?')[0];
  useEffect(() => { window.scrollTo(0, 0); }, [place]);
  for (const [pattern, View, role] of VIEWS) {
    const params = match(pattern, path);
    if (!params) continue;
    if (!may(role)) return h('div', { class: 'view' }, h('p', { class: 'note' }, t('may.not', { role: t(`role.${role}`) })));
    return h(Guarded, { key: place }, h(View, { params, query }));
  }
  return h('div', { class: 'view' },
    h('h1', null, t('nowhere')), h('p', null, h('a', { href: '#/' }, t('nav.today'))));
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

async function start() {
  const link = takeLink();
  if (link) {
    try {
      await enter(link);
    } catch (error) {
      // A browser that is logged in already stays so.
      await load();
      if (login.value.state === 'in') toastError(error);
      else login.set({ state: 'out', error: /** @type {any} */ (error) });
    }
  } else {
    await load();
  }
  void startLive();
}

applyLook();
setLanguage(language.value);
render(h(App, null), /** @type {HTMLElement} */ (document.getElementById('app')));
void start();
