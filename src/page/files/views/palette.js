// `Ctrl K`: jobs, pages and actions by name. `?`: the keys that hold here.
import { h, cx, useEffect, useId, useState } from '../base/dom.js';
import { call } from '../base/api.js';
import { bindings, commands } from '../base/keys.js';
import { go } from '../base/route.js';
import { t } from '../base/words.js';
import { Dialog } from '../parts/dialog.js';

/** How many jobs are shown of those that have the text. */
const MOST = 8;

/** @param {{onClose: () => void}} props */
export function Palette({ onClose }) {
  const [text, setText] = useState('');
  const [jobs, setJobs] = useState(/** @type {import('../base/keys.js').Command[]} */ ([]));
  const [at, setAt] = useState(0);
  const id = useId();
  const wanted = text.trim().toLowerCase();
  useEffect(() => {
    if (!wanted) { setJobs([]); return undefined; }
    const stop = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const found = await call('list', { text: wanted, page: 1, size: MOST }, { signal: stop.signal });
        setJobs(found.items.map((/** @type {{id: number, name: string}} */ job) => (
          { id: `job ${job.id}`, label: job.name, hint: t('palette.job'), run: () => go(['jobs', job.name]) })));
      } catch {
        // The palette still has pages and actions; the connection has a line of its own.
      }
    }, 120);
    return () => { clearTimeout(timer); stop.abort(); };
  }, [wanted]);
  const entries = [...commands().filter((each) => each.label.toLowerCase().includes(wanted)), ...jobs];
  const place = Math.min(at, entries.length - 1);
  const take = (/** @type {number} */ index) => {
    onClose();
    entries[index]?.run();
  };
  return h(Dialog, { title: t('palette.title'), onClose },
    h('input', {
      class: 'input palette-input', type: 'text', value: text, placeholder: t('palette.search'), 'data-first': '', autocomplete: 'off', spellcheck: false,
      role: 'combobox', 'aria-expanded': true, 'aria-controls': id, 'aria-label': t('palette.search'),
      'aria-activedescendant': place >= 0 ? `${id}-${place}` : undefined,
      onInput: (/** @type {Event} */ event) => { setText(/** @type {HTMLInputElement} */ (event.target).value); setAt(0); },
      onKeyDown: (/** @type {KeyboardEvent} */ event) => {
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (step) {
          event.preventDefault();
          setAt((place + step + entries.length) % Math.max(1, entries.length));
          document.getElementById(`${id}-${(place + step + entries.length) % Math.max(1, entries.length)}`)?.scrollIntoView({ block: 'nearest' });
        } else if (event.key === 'Enter') {
          event.preventDefault();
          take(place);
        }
      },
    }),
    h('ul', { class: 'palette', role: 'listbox', id, 'aria-label': t('palette.title') },
      entries.map((entry, i) => h('li', {
        key: entry.id, id: `${id}-${i}`, role: 'option', 'aria-selected': i === place, class: cx(i === place && 'current'),
        onClick: () => take(i), onPointerMove: () => { if (i !== place) setAt(i); },
      }, h('span', { class: 'cut' }, entry.label), entry.hint && h('span', { class: 'faint' }, entry.hint)))),
    entries.length === 0 && h('p', { class: 'faint' }, t('palette.none')));
}

/** @param {{onClose: () => void}} props */
export function KeyHelp({ onClose }) {
  const [list] = useState(() => bindings().filter((binding) => !binding.hidden && binding.label));
  return h(Dialog, { title: t('keys.title'), onClose },
    h('dl', { class: 'keys' }, list.map((binding) => h('div', { key: binding.key },
      h('dt', null, binding.key.split(' ').map((key) => h('kbd', { key }, key))), h('dd', null, binding.label)))));
}
