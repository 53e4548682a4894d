// Reads a `Store` in a component, and keeps settings of the page in `localStorage`.
import { Store, useEffect, useReducer, useRef, useState } from './dom.js';

/**
 * The value of a store. The component is drawn again when the value changes.
 * @template T
 * @param {Store<T>} store
 * @returns {T}
 */
export function use(store) {
  const [, redraw] = useReducer((/** @type {number} */ n) => n + 1, 0);
  const drawn = useRef(store.value);
  drawn.current = store.value;
  useEffect(() => {
    const read = () => { if (!Object.is(drawn.current, store.value)) redraw(undefined); };
    // The value may have changed between the drawing and this effect.
    read();
    return store.listen(read);
  }, [store]);
  return store.value;
}

/**
 * Reads a setting from `localStorage`. A browser that refuses storage gives `fallback`.
 * @template T
 * @param {string} name
 * @param {T} fallback
 * @returns {T}
 */
export function readSetting(name, fallback) {
  try {
    const text = localStorage.getItem(`jobs.${name}`);
    return text === null ? fallback : JSON.parse(text);
  } catch {
    return fallback;
  }
}

/**
 * Writes a setting to `localStorage`; `undefined` removes it. A browser that refuses storage forgets it with the page.
 * @param {string} name
 * @param {unknown} value
 */
export function writeSetting(name, value) {
  try {
    if (value === undefined) localStorage.removeItem(`jobs.${name}`);
    else localStorage.setItem(`jobs.${name}`, JSON.stringify(value));
  } catch {
    // Private windows of some browsers refuse; the setting holds until the page is left.
  }
}

/**
 * State of a component that stays after a reload.
 * @template T
 * @param {string} name
 * @param {T} fallback
 * @returns {[T, (value: T) => void]}
 */
export function useSetting(name, fallback) {
  const [value, setValue] = useState(() => readSetting(name, fallback));
  return [value, (next) => { setValue(next); writeSetting(name, next); }];
}
