// Kept views: an address of the list under a name, in this browser. A view is shared by its link.
import { h, useState } from '../base/dom.js';
import { go, href } from '../base/route.js';
import { useSetting } from '../base/store.js';
import { t } from '../base/words.js';
import { copy } from '../parts/command.js';
import { Dialog } from '../parts/dialog.js';
import { TextField } from '../parts/form.js';
import { Menu } from '../parts/menu.js';
import { toast } from '../parts/toast.js';

/** @param {{query: URLSearchParams}} props */
export function Views({ query }) {
  const [views, setViews] = useSetting('views', /** @type {{name: string, query: string}[]} */ ([]));
  const [name, setName] = useState(/** @type {string|null} */ (null));
  const text = query.toString();
  const present = views.find((view) => view.query === text);
  const keep = (/** @type {Event} */ event) => {
    event.preventDefault();
    const chosen = (name ?? '').trim();
    if (!chosen) return;
    setViews([...views.filter((view) => view.name !== chosen), { name: chosen, query: text }].sort((a, b) => a.name.localeCompare(b.name)));
    toast(t('jobs.view.saved', { name: chosen }));
    setName(null);
  };
  const share = async () => {
    const link = `${location.origin}${location.pathname}${href(['jobs'], query)}`;
    if (await copy(link)) toast(t('jobs.view.copied'));
  };
  return [
    h(Menu, {
      key: 'menu', label: t('jobs.views'),
      entries: [
        ...views.map((view) => ({ label: view.name, checked: view === present, run: () => go(['jobs'], new URLSearchParams(view.query)) })),
        ...(views.length ? /** @type {'rule'[]} */ (['rule']) : []),
        { label: t('jobs.view.save'), run: () => setName(present?.name ?? '') },
        { label: t('jobs.view.link'), run: share },
        ...(present ? [{ label: t('jobs.view.remove', { name: present.name }), run: () => setViews(views.filter((view) => view !== present)) }] : []),
      ],
    }, h('span', { class: 'cut' }, present?.name ?? t('jobs.views'))),
    name !== null && h(Dialog, {
      key: 'dialog', title: t('jobs.view.save'), onClose: () => setName(null),
      actions: h('button', { type: 'submit', form: 'keep-view', class: 'button primary', disabled: !name.trim() }, t('save')),
    }, h('form', { id: 'keep-view', onSubmit: keep }, h(TextField, { label: t('jobs.view.name'), value: name, onInput: setName, first: true, autocomplete: 'off' }))),
  ];
}
