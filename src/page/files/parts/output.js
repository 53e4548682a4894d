// The output of an execution as lines: bytes of two streams come in, numbered lines come out. Nothing here draws.
import { penAfter, plain, PLAIN } from './ansi.js';

/** @typedef {'out'|'err'} Stream */

/**
 * `n` is the number of the line in its stream; 0 for the rest of a long line, and for a mark of what is left out.
 * @typedef {{n: number, of: number, stream: Stream, text: string, pen: import('./ansi.js').Pen, mark?: 'cut'|'lost', bytes?: number}} Line
 */

/** Longer lines go on in a further row: a browser is slow with rows of megabytes. */
const LONGEST = 4096;
/** A line that is written over again and again keeps only its end. */
const LONGEST_OPEN = 64 * 1024;
/** Rows that are kept; of more the first are dropped. */
export const MOST = 400_000;

/** Decodes the parts of one stream. A part is a string, or `{base64}` when it is no UTF-8. */
export class Decoder {
  constructor() {
    this.decoder = new TextDecoder();
    this.isOpen = false;
  }

  /** @param {string|{base64: string}} part */
  take(part) {
    if (typeof part === 'string') {
      if (!this.isOpen || part === '') return part;
      this.isOpen = false;
      return this.decoder.decode() + part;
    }
    this.isOpen = true;
    const text = atob(part.base64);
    return this.decoder.decode(Uint8Array.from(text, (character) => character.charCodeAt(0)), { stream: true });
  }

  end() {
    return this.isOpen ? this.decoder.decode() : '';
  }
}

/** The lines of both streams, in the order in which they came. */
export class Output {
  constructor() {
    /** @type {Line[]} */
    this.lines = [];
    /** Rows that were dropped because there are too many. */
    this.dropped = 0;
    /** The longest row so far, in characters. */
    this.widest = 0;
    this.counts = { out: 0, err: 0 };
    this.decoders = { out: new Decoder(), err: new Decoder() };
    this.pens = { out: PLAIN, err: PLAIN };
    /** The row of each stream that has no end yet. @type {Record<Stream, Line|null>} */
    this.open = { out: null, err: null };
    /** Changes with each part that came. */
    this.version = 0;
  }

  /** @param {Stream} stream @param {string|{base64: string}} part */
  append(stream, part) {
    this.add(stream, this.decoders[stream].take(part));
  }

  /** Marks bytes that are left out. @param {Stream} stream @param {'cut'|'lost'} mark @param {number} bytes */
  leaveOut(stream, mark, bytes) {
    this.close(stream);
    this.push({ n: 0, of: this.counts[stream], stream, text: '', pen: PLAIN, mark, bytes });
  }

  /** No more comes. */
  end() {
    for (const stream of /** @type {Stream[]} */ (['out', 'err'])) {
      this.add(stream, this.decoders[stream].end());
      this.close(stream);
    }
  }

  /** @param {Stream} stream @param {string} text */
  add(stream, text) {
    if (!text) return;
    this.version += 1;
    let at = 0;
    for (;;) {
      const end = text.indexOf('\n', at);
      this.extend(stream, end < 0 ? text.slice(at) : text.slice(at, end));
      if (end < 0) break;
      this.close(stream, true);
      at = end + 1;
      if (at === text.length) break;
    }
    if (this.lines.length > MOST * 1.1) this.drop(this.lines.length - MOST);
  }

  /** Adds to the open line of a stream. @param {Stream} stream @param {string} text */
  extend(stream, text) {
    let line = this.open[stream];
    if (!line) {
      this.counts[stream] += 1;
      line = this.begin(stream, this.counts[stream], text);
    } else if (text) {
      // A row that is drawn already is another object after it has changed.
      const changed = { ...line, text: line.text + text };
      const place = this.lines.lastIndexOf(line);
      if (place >= 0) this.lines[place] = changed;
      this.open[stream] = line = changed;
    }
    while (line.text.length > LONGEST) {
      const back = line.text.lastIndexOf('\r', line.text.length - 2);
      if (back > 0 || line.text.includes('\b')) {
        if (line.text.length <= LONGEST_OPEN) break;
        const from = Math.max(line.text.lastIndexOf('\r', back - 1), line.text.length - LONGEST_OPEN / 2);
        line.pen = penAfter(line.text.slice(0, from), line.pen);
        line.text = line.text.slice(from);
        break;
      }
      const cut = placeToCut(line.text);
      const rest = line.text.slice(cut);
      line.text = line.text.slice(0, cut);
      this.pens[stream] = penAfter(line.text, line.pen);
      this.widest = Math.max(this.widest, line.text.length);
      line = this.begin(stream, 0, rest);
    }
    this.widest = Math.max(this.widest, Math.min(LONGEST, line.text.length));
  }

  /** @param {Stream} stream @param {number} n @param {string} text */
  begin(stream, n, text) {
    /** @type {Line} */
    const line = { n, of: this.counts[stream], stream, text, pen: this.pens[stream] };
    this.push(line);
    this.open[stream] = line;
    return line;
  }

  /** Ends the open line of a stream; an empty line is one too. @param {Stream} stream @param {boolean} [always] */
  close(stream, always = false) {
    let line = this.open[stream];
    if (!line && !always) return;
    if (!line) {
      this.extend(stream, '');
      line = /** @type {Line} */ (this.open[stream]);
    }
    this.pens[stream] = penAfter(line.text, line.pen);
    this.open[stream] = null;
  }

  /** @param {Line} line */
  push(line) {
    this.lines.push(line);
    this.version += 1;
  }

  /** @param {number} count */
  drop(count) {
    this.lines.splice(0, count);
    this.dropped += count;
  }

  /** The place of a line by its address: `812`, or `e12` of stderr. -1 if it is not there. @param {string} address */
  place(address) {
    const stream = address.startsWith('e') ? 'err' : 'out';
    const n = Number(address.replace(/^e/, ''));
    return this.lines.findIndex((line) => line.n === n && line.stream === stream && n > 0);
  }
}

/** The address of a line. @param {Line} line */
export const address = (line) => (line.stream === 'err' ? `e${line.of}` : String(line.of));

/** Not within a character of two units, and not within a sequence. @param {string} text */
function placeToCut(text) {
  const escape = text.lastIndexOf('\u001b', LONGEST - 1);
  if (escape > LONGEST - 64) return escape;
  const unit = text.charCodeAt(LONGEST - 1);
  return unit >= 0xd800 && unit <= 0xdbff ? LONGEST - 1 : LONGEST;
}

/** Places of lines that have a text, found once: only new lines are searched as more comes. */
export class Search {
  /** @param {string} text */
  constructor(text) {
    this.text = text.toLowerCase();
    /** Numbers of rows, counted from the first that ever was. @type {number[]} */
    this.hits = [];
    this.seen = 0;
  }

  /** @param {Output} output @param {(line: Line) => boolean} accepts */
  run(output, accepts) {
    if (!this.text) return;
    const { lines, dropped } = output;
    // Rows that are not complete are searched again.
    const open = Math.min(...['out', 'err'].map((stream) => {
      const line = output.open[/** @type {Stream} */ (stream)];
      const place = line ? lines.lastIndexOf(line) : -1;
      return place < 0 ? Infinity : place + dropped;
    }), lines.length + dropped);
    while (this.hits.length && this.hits[this.hits.length - 1] >= this.seen) this.hits.pop();
    for (let i = Math.max(this.seen, dropped); i < lines.length + dropped; i += 1) {
      const line = lines[i - dropped];
      if (accepts(line) && plain(line.text).toLowerCase().includes(this.text)) this.hits.push(i);
    }
    this.seen = open;
    if (this.hits.length && this.hits[0] < dropped) this.hits = this.hits.filter((hit) => hit >= dropped);
  }
}
