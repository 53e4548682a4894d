// Lines of output with terminal sequences. Colours and styles become spans; `\r` and backspace overwrite; all other sequences are dropped.
// A span names classes and colours, never HTML: the output of a job is untrusted.

/**
 * How text looks. A colour is 0 to 255 of the table of 256, or `#rrggbb`.
 * @typedef {object} Pen
 * @property {number|string|null} fg
 * @property {number|string|null} bg
 * @property {boolean} bold
 * @property {boolean} dim
 * @property {boolean} italic
 * @property {boolean} underline
 * @property {boolean} inverse
 * @property {boolean} strike
 */

/** @typedef {{text: string, pen: Pen}} Span */

/** @type {Pen} */
export const PLAIN = Object.freeze({ fg: null, bg: null, bold: false, dim: false, italic: false, underline: false, inverse: false, strike: false });

/**
 * One sequence: CSI; OSC and the other strings with their end; a string without an end (only its beginning is dropped, so that no text
 * is hidden); a choice of a character set; two characters. Then the other control characters, but not tab.
 */
const SEQUENCE = new RegExp([
  '(?:\\u001b\\[|\\u009b)([0-?]*)[ -/]*([@-~])',
  '\\u001b[\\]PX^_][^\\u0007\\u001b\\u009c]*(?:\\u0007|\\u001b\\\\|\\u009c)',
  '\\u001b[ -/]+[0-~]?',
  '\\u001b[0-Z\\\\^-~\\[\\]]?',
  '[\\u0000-\\u0007\\u000a-\\u000c\\u000e-\\u001a\\u001c-\\u001f\\u007f-\\u009f]',
].join('|'), 'g');

const HAS_SEQUENCE = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/;
const MOVES = /[\r\b]|\u001b\[[0-9;]*K/;

/** @param {number} red @param {number} green @param {number} blue */
const hex = (red, green, blue) => `#${[red, green, blue].map((part) => Math.max(0, Math.min(255, part || 0)).toString(16).padStart(2, '0')).join('')}`;

/**
 * The pen after a sequence `ESC [ codes m`.
 * @param {Pen} pen
 * @param {string} codes
 * @returns {Pen}
 */
export function style(pen, codes) {
  // `38:2::r:g:b` has an empty place for the colour space; `4:0` is no underline.
  const all = codes.replace(/([34]8:2):[0-9]*:(?=[0-9]*:[0-9]*:[0-9]*)/g, '$1:').replace(/(^|;)4:0(?=;|$)/g, '$124')
    .replace(/(^|;)4:[1-5](?=;|$)/g, '$14').split(/[;:]/).map((code) => Number(code || 0));
  let next = { ...pen };
  for (let i = 0; i < all.length; i += 1) {
    const code = all[i];
    if (code === 0) next = { ...PLAIN };
    else if (code === 1) next.bold = true;
    else if (code === 2) next.dim = true;
    else if (code === 3) next.italic = true;
    else if (code === 4 || code === 21) next.underline = true;
    else if (code === 7) next.inverse = true;
    else if (code === 9) next.strike = true;
    else if (code === 22) { next.bold = false; next.dim = false; }
    else if (code === 23) next.italic = false;
    else if (code === 24) next.underline = false;
    else if (code === 27) next.inverse = false;
    else if (code === 29) next.strike = false;
    else if (code >= 30 && code <= 37) next.fg = code - 30;
    else if (code >= 90 && code <= 97) next.fg = code - 82;
    else if (code >= 40 && code <= 47) next.bg = code - 40;
    else if (code >= 100 && code <= 107) next.bg = code - 92;
    else if (code === 39) next.fg = null;
    else if (code === 49) next.bg = null;
    else if (code === 38 || code === 48) {
      const of = all[i + 1] === 5 ? Math.min(255, all[i + 2] || 0) : all[i + 1] === 2 ? hex(all[i + 2], all[i + 3], all[i + 4]) : null;
      i += all[i + 1] === 5 ? 2 : all[i + 1] === 2 ? 4 : 1;
      if (of !== null) next[code === 38 ? 'fg' : 'bg'] = of;
    }
  }
  return isSame(next, PLAIN) ? PLAIN : next;
}

/** @param {Pen} a @param {Pen} b */
const isSame = (a, b) => a === b || (a.fg === b.fg && a.bg === b.bg && a.bold === b.bold && a.dim === b.dim && a.italic === b.italic
  && a.underline === b.underline && a.inverse === b.inverse && a.strike === b.strike);

/**
 * The pen after a line that begins with `pen`.
 * @param {string} line
 * @param {Pen} pen
 */
export function penAfter(line, pen) {
  if (!line.includes('\u001b') && !line.includes('\u009b')) return pen;
  for (const found of line.matchAll(SEQUENCE)) if (found[2] === 'm') pen = style(pen, found[1]);
  return pen;
}

/**
 * The spans of a line that begins with `pen`.
 * @param {string} line
 * @param {Pen} [pen]
 * @returns {Span[]}
 */
export function spans(line, pen = PLAIN) {
  if (line.endsWith('\r')) line = line.slice(0, -1);
  if (!HAS_SEQUENCE.test(line)) return line ? [{ text: line, pen }] : [];
  return MOVES.test(line) ? overwritten(line, pen) : straight(line, pen);
}

/** @param {string} line @param {Pen} pen */
function straight(line, pen) {
  /** @type {Span[]} */
  const all = [];
  let at = 0;
  const take = (/** @type {number} */ to) => {
    if (to <= at) return;
    const text = line.slice(at, to);
    const last = all.at(-1);
    if (last && isSame(last.pen, pen)) last.text += text;
    else all.push({ text, pen });
  };
  for (const found of line.matchAll(SEQUENCE)) {
    take(found.index);
    at = found.index + found[0].length;
    if (found[2] === 'm') pen = style(pen, found[1]);
  }
  take(line.length);
  return all;
}

/** A line in which the cursor goes back: what is written later stands over what was there. @param {string} line @param {Pen} pen */
function overwritten(line, pen) {
  /** @type {{text: string, pen: Pen}[]} */
  const cells = [];
  let cursor = 0;
  let at = 0;
  const write = (/** @type {string} */ text) => {
    for (const character of text) {
      if (character === '\r') cursor = 0;
      else if (character === '\b') cursor = Math.max(0, cursor - 1);
      else {
        while (cells.length < cursor) cells.push({ text: ' ', pen: PLAIN });
        cells[cursor] = { text: character, pen };
        cursor += 1;
      }
    }
  };
  for (const found of line.matchAll(SEQUENCE)) {
    write(line.slice(at, found.index));
    at = found.index + found[0].length;
    if (found[2] === 'm') pen = style(pen, found[1]);
    else if (found[2] === 'K') {
      const kind = Number(found[1] || 0);
      if (kind === 0) cells.length = Math.min(cells.length, cursor);
      else if (kind === 2) cells.length = 0;
      else for (let i = 0; i <= cursor && i < cells.length; i += 1) cells[i] = { text: ' ', pen: PLAIN };
    }
  }
  write(line.slice(at));
  /** @type {Span[]} */
  const all = [];
  for (const cell of cells) {
    const last = all.at(-1);
    if (last && isSame(last.pen, cell.pen)) last.text += cell.text;
    else all.push({ ...cell });
  }
  return all;
}

/** The text of a line without sequences, as it is seen. @param {string} line */
export function plain(line) {
  if (line.endsWith('\r')) line = line.slice(0, -1);
  if (!HAS_SEQUENCE.test(line)) return line;
  if (MOVES.test(line)) return overwritten(line, PLAIN).map((span) => span.text).join('');
  return line.replace(SEQUENCE, '');
}

/** The colours 16 to 255 of the table of 256: a cube of 6 levels, then 24 greys. @param {number} index */
export function tableColour(index) {
  if (index >= 232) return hex(8 + (index - 232) * 10, 8 + (index - 232) * 10, 8 + (index - 232) * 10);
  const level = (/** @type {number} */ part) => (part ? 55 + part * 40 : 0);
  const at = index - 16;
  return hex(level(Math.floor(at / 36)), level(Math.floor(at / 6) % 6), level(at % 6));
}

/**
 * The classes of a pen, and the colours that have no class. The first 16 colours are classes: they follow light and dark.
 * @param {Pen} pen
 * @returns {{class: string, style: Record<string, string>|undefined}}
 */
export function look(pen) {
  if (pen === PLAIN) return { class: '', style: undefined };
  const names = [];
  /** @type {Record<string, string>} */
  const own = {};
  let { fg, bg } = pen;
  if (pen.inverse) {
    [fg, bg] = [bg, fg];
    if (fg === null) names.push('a-paper');
    if (bg === null) names.push('a-on-ink');
  }
  if (typeof fg === 'number' && fg < 16) names.push(`a-f${fg}`);
  else if (fg !== null) { names.push('a-f'); own['--f'] = typeof fg === 'number' ? tableColour(fg) : fg; }
  if (typeof bg === 'number' && bg < 16) names.push(`a-b${bg}`);
  else if (bg !== null) { names.push('a-b'); own['--b'] = typeof bg === 'number' ? tableColour(bg) : bg; }
  if (pen.bold) names.push('a-bold');
  if (pen.dim) names.push('a-dim');
  if (pen.italic) names.push('a-italic');
  if (pen.underline) names.push('a-under');
  if (pen.strike) names.push('a-strike');
  return { class: names.join(' '), style: Object.keys(own).length ? own : undefined };
}
