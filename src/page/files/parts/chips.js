// Chips that choose one of several: filters with counts, tabs of a choice. Each is a button with `aria-pressed`.
import { h, cx } from '../base/dom.js';
import { number } from '../base/words.js';

/** @typedef {{key: string, label: string, count?: number, tone?: string}} Chip */

/**
 * @param {{label: string, chips: Chip[], value: string, onPick: (key: string) => void}} props `value` is the key of the pressed one
 */
export function Chips({ label, chips, value, onPick }) {
  return h('div', { class: 'chips', role: 'group', 'aria-label': label },
    chips.map((chip) => h('button', {
      key: chip.key, type: 'button', class: cx('chip', chip.tone && (chip.count ?? 1) > 0 && `tone-${chip.tone}`), 'aria-pressed': chip.key === value,
      onClick: () => onPick(chip.key),
    }, chip.label, chip.count !== undefined && h('span', { class: 'count' }, number(chip.count)))));
}

/**
 * Tabs within a page, as links, so that each has an address.
 * @param {{label: string, tabs: {key: string, label: string, href: string, count?: number}[], value: string}} props
 */
export function Tabs({ label, tabs, value }) {
  return h('nav', { class: 'tabs', 'aria-label': label },
    tabs.map((tab) => h('a', { key: tab.key, href: tab.href, 'aria-current': tab.key === value ? 'page' : undefined },
      tab.label, tab.count !== undefined && h('span', { class: 'count' }, number(tab.count)))));
}
