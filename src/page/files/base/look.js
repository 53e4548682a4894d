// How the page looks: light or dark, the colours of good and bad, and the height of rows. Kept in `localStorage`.
import { useEffect, Store } from './dom.js';
import { readSetting, writeSetting } from './store.js';

/** @typedef {{theme: 'auto'|'light'|'dark', colours: 'green-red'|'blue-orange', rows: 'normal'|'compact'}} Look */

/** @type {Store<Look>} */
export const look = new Store({ theme: 'auto', colours: 'green-red', rows: 'normal', ...readSetting('look', {}) });

/** Puts the look on the root of the document; the style sheet reads it there. */
export function applyLook() {
  const { theme, colours } = look.value;
  const root = document.documentElement;
  root.dataset.theme = theme;
  root.dataset.colours = colours;
}

/** @param {Partial<Look>} changes */
export function setLook(changes) {
  look.set({ ...look.value, ...changes });
  writeSetting('look', look.value);
  applyLook();
}

/** The title of the window. @param {string} title */
export function useTitle(title) {
  useEffect(() => { document.title = title ? `${title} · jobs` : 'jobs'; }, [title]);
}
