// Two texts line by line: which lines went, which came, and the equal ones between them folded.

/** @typedef {{kind: 'same'|'gone'|'new', text: string}} Line */
/** @typedef {Line|{kind: 'fold', count: number}} Part */

/** Texts of more lines are cut, so that a comparison keeps little. */
export const MOST_LINES = 20_000;
/** With more differences than these, the middle is shown as gone and new as a whole. */
const MOST_STEPS = 1500;
/** So many equal lines are shown before and after a difference. */
const AROUND = 3;

/**
 * The lines of both texts. Equal ones at the beginning and at the end are found first; the rest by the shortest way from one to the
 * other (Myers, "An O(ND) difference algorithm").
 * @param {string[]} before @param {string[]} after
 * @returns {Line[]}
 */
export function compare(before, after) {
  const shorter = Math.min(before.length, after.length);
  let begin = 0;
  while (begin < shorter && before[begin] === after[begin]) begin += 1;
  let end = 0;
  while (end < shorter - begin && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  const same = (/** @type {string} */ text) => /** @type {Line} */ ({ kind: 'same', text });
  return [
    ...before.slice(0, begin).map(same),
    ...middle(before.slice(begin, before.length - end), after.slice(begin, after.length - end)),
    ...after.slice(after.length - end).map(same),
  ];
}

/** @param {string[]} a @param {string[]} b @returns {Line[]} */
function middle(a, b) {
  const whole = () => [...a.map((text) => /** @type {Line} */ ({ kind: 'gone', text })), ...b.map((text) => /** @type {Line} */ ({ kind: 'new', text }))];
  if (!a.length || !b.length) return whole();
  // `reached[k]`: how far in `a` the ways on the diagonal k have come; one copy of the used part for each step, to walk back.
  const most = Math.min(a.length + b.length, MOST_STEPS);
  const reached = new Int32Array(2 * most + 3);
  const at = most + 1;
  /** @type {Int32Array[]} */
  const steps = [];
  for (let d = 0; d <= most; d += 1) {
    steps.push(reached.slice(at - d - 1, at + d + 2));
    for (let k = -d; k <= d; k += 2) {
      let x = k === -d || (k !== d && reached[at + k - 1] < reached[at + k + 1]) ? reached[at + k + 1] : reached[at + k - 1] + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
      reached[at + k] = x;
      if (x >= a.length && x - k >= b.length) return walkBack(a, b, steps);
    }
  }
  return whole();
}

/** @param {string[]} a @param {string[]} b @param {Int32Array[]} steps @returns {Line[]} */
function walkBack(a, b, steps) {
  /** @type {Line[]} */
  const lines = [];
  let [x, y] = [a.length, b.length];
  for (let d = steps.length - 1; d >= 0; d -= 1) {
    const of = (/** @type {number} */ k) => steps[d][k + d + 1];
    const k = x - y;
    const from = k === -d || (k !== d && of(k - 1) < of(k + 1)) ? k + 1 : k - 1;
    const fromX = d === 0 ? 0 : of(from);
    const fromY = d === 0 ? 0 : fromX - from;
    while (x > fromX && y > fromY) {
      x -= 1;
      y -= 1;
      lines.push({ kind: 'same', text: a[x] });
    }
    if (d === 0) break;
    if (from === k + 1) lines.push({ kind: 'new', text: b[y -= 1] });
    else lines.push({ kind: 'gone', text: a[x -= 1] });
  }
  return lines.reverse();
}

/** Equal lines away from a difference are folded. @param {Line[]} lines @returns {Part[]} */
export function fold(lines) {
  /** @type {Part[]} */
  const parts = [];
  for (let i = 0; i < lines.length;) {
    let next = i;
    while (next < lines.length && lines[next].kind === 'same') next += 1;
    const before = i === 0 ? 0 : AROUND;
    const after = next === lines.length ? 0 : AROUND;
    if (next - i > before + after + 1) {
      parts.push(...lines.slice(i, i + before), { kind: 'fold', count: next - i - before - after }, ...lines.slice(next - after, next));
    } else {
      parts.push(...lines.slice(i, next));
    }
    i = next;
    while (i < lines.length && lines[i].kind !== 'same') parts.push(lines[i++]);
  }
  return parts;
}
