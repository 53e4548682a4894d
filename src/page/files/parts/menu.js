// A button that opens a list of actions. Entries that the role may not do are not in it; `note` says which role takes more.
import { h, cx, Icon, useEffect, useId, useRef, useState } from '../base/dom.js';

/** @typedef {import('../base/dom.js').Children} Children */
/** @typedef {{label: string, run?: () => void, href?: string, danger?: boolean, checked?: boolean, hint?: string}|'rule'} Entry */

/**
 * @param {{label: string, entries: Entry[], children?: Children, class?: string, note?: string, bare?: boolean, end?: boolean}} props
 *   `label` names the button; `children` is what it shows, three dots unless given; `end` opens to the left
 */
export function Menu({ label, entries, children, class: more, note, bare = false, end = true }) {
  const [isOpen, setOpen] = useState(false);
  const ref = useRef(/** @type {HTMLDivElement|null} */ (null));
  const id = useId();
  useEffect(() => {
    if (!isOpen) return undefined;
    const outside = (/** @type {Event} */ event) => { if (!ref.current?.contains(/** @type {Node} */ (event.target))) setOpen(false); };
    document.addEventListener('pointerdown', outside);
    /** @type {HTMLElement|null|undefined} */ (ref.current?.querySelector('[role^=menuitem]'))?.focus();
    return () => document.removeEventListener('pointerdown', outside);
  }, [isOpen]);
  const close = () => {
    setOpen(false);
    ref.current?.querySelector('button')?.focus();
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (!isOpen) return;
    const items = /** @type {HTMLElement[]} */ ([...ref.current?.querySelectorAll('[role^=menuitem]') ?? []]);
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      items.at(to % items.length)?.focus();
    } else if (event.key === 'Escape') {
      event.preventDefault();
      close();
    } else if (event.key === 'Tab') {
      setOpen(false);
    }
    event.stopPropagation();
  };
  return h('div', { class: cx('menu', more), ref, onKeyDown, onClick: (/** @type {Event} */ event) => event.stopPropagation() },
    h('button', {
      type: 'button', class: cx('button', bare && 'bare'), 'aria-haspopup': 'menu', 'aria-expanded': isOpen, 'aria-controls': isOpen ? id : undefined,
      'aria-label': label, title: children ? undefined : label, onClick: () => setOpen(!isOpen),
    }, children ?? h(Icon, { name: 'more' })),
    isOpen && h('div', { class: cx('menu-list', end && 'end'), role: 'menu', id, 'aria-label': label },
      entries.map((entry, i) => (entry === 'rule'
        ? h('hr', { key: i })
        : h(entry.href ? 'a' : 'button', {
          key: i, type: entry.href ? undefined : 'button', href: entry.href, role: entry.checked === undefined ? 'menuitem' : 'menuitemcheckbox',
          'aria-checked': entry.checked, tabIndex: -1, class: cx(entry.danger && 'danger'),
          onClick: () => { if (entry.checked === undefined) close(); entry.run?.(); },
        },
        entry.checked !== undefined && h('span', { class: 'menu-check' }, entry.checked && h(Icon, { name: 'check' })),
        h('span', null, entry.label),
        entry.hint && h('span', { class: 'menu-hint' }, entry.hint)))),
      note && h('p', { class: 'menu-note' }, note)));
}
