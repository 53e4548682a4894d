// A table of any length. Only rows on the screen are elements; the rest is height. `role=grid` with the true number of rows.
import { h, cx, Icon, useEffect, useLayoutEffect, useRef, useState } from '../base/dom.js';
import { useKeys } from '../base/keys.js';
import { t } from '../base/words.js';

/** @typedef {import('../base/dom.js').Children} Children */

/**
 * @template Row
 * @typedef {object} Column
 * @property {string} key
 * @property {string} head
 * @property {string} width a track of a CSS grid: `120px`, `minmax(160px, 2fr)`
 * @property {(row: Row, index: number) => Children} cell
 * @property {string} [sort] the key to sort by; without it the head is no button
 * @property {boolean} [longest] the first order is the largest first: times that have passed, durations
 * @property {boolean} [end] numbers and times at the right edge
 * @property {boolean} [wide] left out on a phone
 * @property {boolean} [broad] left out in a narrow window
 * @property {string} [phone] the track on a phone
 */

/** Browsers limit the height of an element; beyond this the scroll bar is scaled. */
const TALLEST = 15_000_000;

/**
 * The first row on the screen, and where it stands, for a scroll position.
 * @param {number} top scroll position
 * @param {number} view height of the screen
 * @param {number} total rows
 * @param {number} row height of a row
 */
export function layout(top, view, total, row) {
  const whole = total * row;
  const height = Math.min(whole, TALLEST);
  // With a scaled bar, the position in the bar is a share of the whole.
  const real = whole <= TALLEST ? top : (top / Math.max(1, height - view)) * (whole - view);
  const first = Math.max(0, Math.min(total - 1, Math.floor(real / row)));
  const last = Math.min(total - 1, Math.ceil((real + view) / row));
  return { height, first, last, offset: top - (real - first * row) };
}

/**
 * The scroll position that shows a row, from the present one; the same when it is on the screen.
 * @param {number} index @param {number} top @param {number} view @param {number} total @param {number} row
 */
export function reveal(index, top, view, total, row) {
  const whole = total * row;
  const scale = whole <= TALLEST ? 1 : (whole - view) / Math.max(1, TALLEST - view);
  const real = top * scale;
  if (index * row < real) return (index * row) / scale;
  if ((index + 1) * row > real + view) return ((index + 1) * row - view) / scale;
  return top;
}

/**
 * Its rows are of any kind: `h` cannot tell which.
 * @param {object} props
 * @param {string} props.label
 * @param {Column<any>[]} props.columns
 * @param {import('../base/windows.js').Windows<any>} props.list
 * @param {string} [props.sort]
 * @param {boolean} [props.desc]
 * @param {(key: string, desc: boolean) => void} [props.onSort]
 * @param {(row: any) => void} [props.onOpen]
 * @param {(row: any) => Children} [props.actions] buttons of the row under the pointer or the keyboard
 * @param {{has: (row: any) => boolean, toggle: (row: any, isRange: boolean) => void, all: boolean, toggleAll: () => void, clear?: () => void}} [props.choice]
 * @param {(row: any) => void} [props.onCurrent] the row that the keyboard is at
 * @param {boolean} [props.compact]
 * @param {number} [props.rowHeight] on a phone rows may have two lines
 * @param {any} [props.context] what cells read besides their row: drawn again when it changes
 * @param {(row: any) => string|undefined} [props.rowClass]
 */
export function Grid({ label, columns, list, sort, desc = false, onSort, onOpen, actions, choice, onCurrent, compact = false, rowHeight, context, rowClass }) {
  const box = useRef(/** @type {HTMLDivElement|null} */ (null));
  const [view, setView] = useState({ top: 0, height: 600 });
  const [current, setCurrent] = useState(-1);
  // Rows that are kept from an earlier drawing call what is given now.
  const latest = useRef({ choice, onOpen });
  latest.current = { choice, onOpen };
  const drawn = useRef({ key: /** @type {any[]} */ ([]), rows: new Map() });
  const row = rowHeight ?? (compact ? 28 : 36);
  const { height, first, last, offset } = layout(view.top, view.height, list.total, row);

  useLayoutEffect(() => {
    const element = /** @type {HTMLDivElement} */ (box.current);
    const measure = () => setView((before) => (before.height === element.clientHeight && before.top === element.scrollTop
      ? before : { top: element.scrollTop, height: element.clientHeight }));
    const watcher = new ResizeObserver(measure);
    watcher.observe(element);
    measure();
    return () => watcher.disconnect();
  }, []);
  useLayoutEffect(() => {
    /** @type {HTMLDivElement} */ (box.current).scrollTop = 0;
    setView((before) => ({ ...before, top: 0 }));
    setCurrent(-1);
  }, [list.key]);
  useEffect(() => { list.show(first, last); }, [first, last, list.total]);
  useEffect(() => { if (current >= list.total) setCurrent(list.total - 1); }, [list.total]);
  const currentRow = current >= 0 ? list.row(current) : undefined;
  // The keyboard is at a row, not at a place: when another row stands there, it is at none, so that no key acts on an unseen row.
  const at = useRef(/** @type {{index: number, id: unknown}} */ ({ index: -1, id: undefined }));
  const currentId = currentRow && (/** @type {any} */ (currentRow).id ?? /** @type {any} */ (currentRow).exec_id);
  useLayoutEffect(() => {
    if (at.current.index === current && at.current.id !== undefined && currentRow && at.current.id !== currentId) setCurrent(-1);
    else at.current = { index: current, id: currentRow ? currentId : at.current.index === current ? at.current.id : undefined };
  }, [current, currentRow]);
  const isInside = useRef(false);
  const hold = () => list.hold(isInside.current || current >= 0);
  useEffect(hold, [current >= 0]);
  useEffect(() => { onCurrent?.(currentRow); }, [currentRow]);

  const move = (/** @type {number} */ to) => {
    const element = /** @type {HTMLDivElement} */ (box.current);
    const index = Math.max(0, Math.min(list.total - 1, to));
    if (list.total === 0) return;
    setCurrent(index);
    const head = /** @type {HTMLElement} */ (element.firstElementChild).offsetHeight;
    element.scrollTop = reveal(index, element.scrollTop, element.clientHeight - head, list.total, row);
  };
  const page = Math.max(1, Math.floor(view.height / row) - 2);
  const toggle = (/** @type {boolean} */ isRange) => { if (choice && currentRow) choice.toggle(currentRow, isRange); };
  useKeys([
    { key: 'j', label: t('keys.next'), run: () => move(current + 1) },
    { key: 'k', label: t('keys.previous'), run: () => move(current < 0 ? 0 : current - 1) },
    { key: 'ArrowDown', label: t('keys.next'), hidden: true, run: () => move(current + 1) },
    { key: 'ArrowUp', label: t('keys.previous'), hidden: true, run: () => move(current < 0 ? 0 : current - 1) },
    { key: 'PageDown', label: '', hidden: true, run: () => move(Math.max(current, first) + page) },
    { key: 'PageUp', label: '', hidden: true, run: () => move(Math.max(current, 0) - page) },
    { key: 'Home', label: t('keys.first'), run: () => move(0) },
    { key: 'End', label: t('keys.last'), run: () => move(list.total - 1) },
    { key: 'Escape', label: t('keys.none'), run: () => { setCurrent(-1); choice?.clear?.(); } },
    ...(onOpen ? [{ key: 'Enter', label: t('keys.open'), run: () => { if (currentRow) onOpen(currentRow); } }] : []),
    ...(choice ? [
      { key: 'x', label: t('keys.choose'), run: () => toggle(false) },
      { key: 'X', label: t('keys.choose.range'), run: () => toggle(true) },
    ] : []),
  ]);

  const hasChoice = Boolean(choice);
  const key = [columns, context, hasChoice, row, sort];
  if (key.some((part, i) => part !== drawn.current.key[i])) drawn.current = { key, rows: new Map() };
  const before = drawn.current.rows;
  /** @type {Map<number, any>} */
  const rows = new Map();
  for (let i = first; i <= last && list.total > 0; i += 1) {
    const value = list.row(i);
    const isChosen = Boolean(value && choice?.has(value));
    const known = before.get(i);
    // The same node object: nothing of the row has changed, so it is not looked into.
    if (known && known.value === value && known.isChosen === isChosen && known.isCurrent === (i === current)) {
      rows.set(i, known);
      continue;
    }
    rows.set(i, { value, isChosen, isCurrent: i === current, node: drawRow(i, value, isChosen) });
  }
  drawn.current.rows = rows;

  /** @param {number} i @param {any} value @param {boolean} isChosen */
  function drawRow(i, value, isChosen) {
    const isCurrent = i === current;
    return h('div', {
      key: i, id: `${label}-${i}`, role: 'row', 'aria-rowindex': i + 2, 'aria-selected': choice ? isChosen : undefined,
      class: cx('row', isChosen && 'chosen', isCurrent && 'current', value && rowClass?.(value)),
      onClick: (/** @type {MouseEvent} */ event) => {
        if (!value || event.defaultPrevented) return;
        setCurrent(i);
        if (/** @type {Element} */ (event.target).closest('a, button, input, .can-pick')) return;
        if (window.getSelection()?.toString()) return;
        latest.current.onOpen?.(value);
      },
    },
    choice && h('div', { class: 'cell choose', role: 'gridcell' },
      value && h('input', {
        type: 'checkbox', checked: isChosen, 'aria-label': t('choose'), tabIndex: -1,
        onClick: (/** @type {MouseEvent} */ event) => { event.stopPropagation(); latest.current.choice?.toggle(value, event.shiftKey); },
      })),
    columns.map((column) => h('div', { key: column.key, class: cx('cell', `cell-${column.key}`, column.end && 'end', column.wide && 'wide-only', column.broad && 'broad-only'), role: 'gridcell' },
      value ? column.cell(value, i) : column === columns[0] && h('span', { class: 'faint' }, '…'))),
    actions && h('div', { class: 'row-actions', role: 'gridcell' }, value && actions(value)));
  }

  /** @param {(column: Column<any>) => boolean} isShown @param {boolean} [isPhone] */
  const tracks = (isShown, isPhone = false) => [choice && '28px', ...columns.filter(isShown).map((column) => (isPhone && column.phone) || column.width)]
    .filter(Boolean).join(' ');
  return h('div', {
    class: cx('grid', compact && 'compact', list.isLoading && 'loading'), ref: box, role: 'grid', 'aria-label': label, 'aria-rowcount': list.total + 1,
    'aria-colcount': columns.length + (choice ? 1 : 0), 'aria-multiselectable': choice ? true : undefined,
    'aria-activedescendant': current >= 0 ? `${label}-${current}` : undefined, tabIndex: 0,
    style: {
      '--tracks': tracks(() => true), '--narrow-tracks': tracks((column) => !column.broad), '--phone-tracks': tracks((column) => !column.wide && !column.broad, true),
      '--row': `${row}px`,
    },
    onScroll: (/** @type {Event} */ event) => {
      const element = /** @type {HTMLElement} */ (event.currentTarget);
      setView({ top: element.scrollTop, height: element.clientHeight });
    },
    onPointerEnter: () => { isInside.current = true; hold(); },
    onPointerLeave: () => { isInside.current = false; hold(); },
  },
  h('div', { class: 'row head', role: 'row', 'aria-rowindex': 1 },
    choice && h('div', { class: 'cell choose', role: 'columnheader' },
      h('input', { type: 'checkbox', checked: choice.all, 'aria-label': t('choose.all'), onChange: choice.toggleAll })),
    columns.map((column) => {
      const isSorted = column.sort !== undefined && column.sort === sort;
      return h('div', {
        key: column.key, role: 'columnheader', class: cx('cell', `cell-${column.key}`, column.end && 'end', column.wide && 'wide-only', column.broad && 'broad-only'),
        'aria-sort': isSorted ? (desc ? 'descending' : 'ascending') : undefined,
      }, column.sort && onSort
        ? h('button', { type: 'button', class: 'head-button', onClick: () => onSort(/** @type {string} */ (column.sort), isSorted ? !desc : Boolean(column.longest)) },
          column.head, isSorted && h(Icon, { name: desc ? 'down' : 'up', size: 12 }))
        : column.head);
    })),
  h('div', { class: 'grid-body', role: 'presentation', style: { height: `${height}px` } },
    h('div', { class: 'grid-rows', role: 'presentation', style: { transform: `translateY(${offset}px)` } },
      [...rows.values()].map((each) => each.node))));
}

/**
 * A list of rows that are all there, for `Grid`.
 * @template Row
 * @param {Row[]} rows
 * @returns {import('../base/windows.js').Windows<Row>}
 */
export const wholeList = (rows) => ({
  total: rows.length, row: (index) => rows[index], show: () => {}, reload: () => {}, page: undefined, error: undefined, isLoading: false, news: 0, isMoved: false, key: '', hold: () => {},
});
