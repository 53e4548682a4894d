// Keys of the page. A view says `useKeys([{key: 'r', label: t('keys.run'), run}])`; the newest entry of a key wins.
// `g t` is a sequence of two. Keys are left alone while a person types, except `Escape` and those with `Ctrl`.
import { useEffect, useRef } from './dom.js';

/** @typedef {{key: string, label: string, run: (event: KeyboardEvent) => void, hidden?: boolean}} Binding */

/** @type {{current: Binding[]}[]} */
const layers = [];
let first = '';
let firstTimer = 0;

/** All bindings that hold now, newest first, one per key; for the help. */
export function bindings() {
  /** @type {Map<string, Binding>} */
  const found = new Map();
  for (const layer of [...layers].reverse()) {
    for (const binding of layer.current) if (!found.has(binding.key)) found.set(binding.key, binding);
  }
  return [...found.values()];
}

/** @param {EventTarget|null} target */
function isTyping(target) {
  return target instanceof HTMLElement
    && (target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName)
      || (target instanceof HTMLInputElement && !/^(checkbox|radio|button|range)$/.test(target.type)));
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.defaultPrevented || event.altKey || event.isComposing) return;
  const withControl = event.ctrlKey || event.metaKey;
  const name = withControl ? `Ctrl ${event.key.toUpperCase()}` : event.key;
  if (isTyping(event.target) && !withControl && event.key !== 'Escape') return;
  // A dialog has the keyboard for itself: only bindings that it made itself hold.
  const all = bindings();
  const key = first ? `${first} ${name}` : name;
  first = '';
  const binding = all.find((each) => each.key === key);
  if (binding) {
    if (document.querySelector('dialog[open]') && !withControl) return;
    if (event.target instanceof HTMLElement && /^(BUTTON|A|SUMMARY)$/.test(event.target.tagName) && (name === 'Enter' || name === ' ')) return;
    event.preventDefault();
    binding.run(event);
  } else if (!withControl && all.some((each) => each.key.startsWith(`${key} `))) {
    first = key;
    window.clearTimeout(firstTimer);
    firstTimer = window.setTimeout(() => { first = ''; }, 1200);
  }
}
globalThis.document?.addEventListener('keydown', onKey);

/**
 * Keys that hold while the component is shown.
 * @param {Binding[]} list
 */
export function useKeys(list) {
  const layer = useRef(list);
  layer.current = list;
  useEffect(() => {
    layers.push(layer);
    return () => { layers.splice(layers.indexOf(layer), 1); };
  }, []);
}

/** @typedef {{id: string, label: string, hint?: string, run: () => void}} Command */

/** @type {{current: Command[]}[]} */
const commandLayers = [];

/** All commands for the palette, those of the present view first. */
export const commands = () => [...commandLayers].reverse().flatMap((layer) => layer.current);

/**
 * Commands of `Ctrl K` that hold while the component is shown.
 * @param {Command[]} list
 */
export function useCommands(list) {
  const layer = useRef(list);
  layer.current = list;
  useEffect(() => {
    commandLayers.push(layer);
    return () => { commandLayers.splice(commandLayers.indexOf(layer), 1); };
  }, []);
}
