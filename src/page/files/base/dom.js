// The one place that names the library: views and parts import `h` and the hooks from here.
import { h } from '../vendor/preact.js';

export {
  h, Fragment, render, Component, createContext,
  useCallback, useContext, useEffect, useErrorBoundary, useId, useLayoutEffect, useMemo, useReducer, useRef, useState,
} from '../vendor/preact.js';

/** @typedef {import('../vendor/preact.js').ComponentChildren} Children */
/** @typedef {import('../vendor/preact.js').VNode<any>} VNode */

/**
 * Joins the class names that are set.
 * @param {...(string|false|null|undefined)} names
 */
export const cx = (...names) => names.filter(Boolean).join(' ');

/**
 * A value that several components share. `use` in `base/store.js` reads it in a component.
 * @template T
 */
export class Store {
  /** @param {T} value */
  constructor(value) {
    this.value = value;
    /** @type {Set<() => void>} */
    this.readers = new Set();
  }

  /** @param {T} value */
  set(value) {
    if (Object.is(value, this.value)) return;
    this.value = value;
    for (const reader of [...this.readers]) reader();
  }

  /** @param {() => void} reader */
  listen(reader) {
    this.readers.add(reader);
    return () => { this.readers.delete(reader); };
  }
}

const ICONS = {
  close: 'M4 4l8 8M12 4l-8 8',
  down: 'M4 6l4 4 4-4',
  up: 'M4 10l4-4 4 4',
  left: 'M10 4L6 8l4 4',
  right: 'M6 4l4 4-4 4',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.5 10.5L14 14',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  plus: 'M8 3v10M3 8h10',
  check: 'M3 8.5l3.5 3.5L13 4.5',
  copy: 'M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z',
  run: 'M5 3l8 5-8 5z',
  stop: 'M4 4h8v8H4z',
  pause: 'M5.5 3v10M10.5 3v10',
  skip: 'M3 3l6 5-6 5zM12.5 3v10',
  edit: 'M3 13l.7-3L11 2.7l2.3 2.3L6 12.3z',
  log: 'M3 3.5h10M3 6.5h10M3 9.5h7M3 12.5h5',
  warn: 'M8 2.5L14.5 13.5h-13zM8 6.5v3.5M8 11.8h.01',
  sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1.1 1.1M11.9 11.9L13 13M3 13l1.1-1.1M11.9 4.1L13 3',
  moon: 'M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5z',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  download: 'M8 2v8M4.5 7L8 10.5 11.5 7M3 13.5h10',
  columns: 'M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10',
};

/** @typedef {keyof typeof ICONS} IconName */

/**
 * A drawn sign of 16 by 16. It says nothing to a screen reader: the button around it has a label.
 * @param {{name: IconName, size?: number}} props
 */
export function Icon({ name, size = 16 }) {
  return h('svg', { class: name === 'more' ? 'icon dots' : 'icon', viewBox: '0 0 16 16', width: size, height: size, 'aria-hidden': 'true' },
    h('path', { d: ICONS[name] }));
}
