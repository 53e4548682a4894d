// Terminal sequences in output, and the lines of two streams.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { look, plain, PLAIN, spans, style, tableColour } from '../../src/page/files/parts/ansi.js';
import { Heights } from '../../src/page/files/parts/heights.js';
import { address, Decoder, Output, Search } from '../../src/page/files/parts/output.js';

const E = '\u001b';
const shown = (/** @type {string} */ line) => spans(line).map(({ text, pen }) => [text, look(pen).class]);

test('colours and styles become classes', () => {
  assert.deepEqual(shown(`a ${E}[31mred${E}[0m b`), [['a ', ''], ['red', 'a-f1'], [' b', '']]);
  assert.deepEqual(shown(`${E}[1;4;92mx`), [['x', 'a-f10 a-bold a-under']]);
  assert.deepEqual(shown(`${E}[2;3;9my${E}[22;23;29mz`), [['y', 'a-dim a-italic a-strike'], ['z', '']]);
  assert.deepEqual(shown(`${E}[7mx`), [['x', 'a-paper a-on-ink']]);
  assert.deepEqual(shown(`${E}[43;30mx`), [['x', 'a-f0 a-b3']]);
  assert.deepEqual(shown(`${E}[mplain`), [['plain', '']]);
});

test('256 and true colours, with semicolons and with colons', () => {
  for (const [codes, colour] of [['38;5;196', '#ff0000'], ['38;2;1;2;3', '#010203'], ['38:2::1:2:3', '#010203'], ['38:2:1:2:3', '#010203'], ['38;5;244', '#808080']]) {
    assert.deepEqual(look(style(PLAIN, codes)).style, { '--f': colour }, codes);
  }
  assert.equal(look(style(PLAIN, '38;5;9')).class, 'a-f9');
  assert.deepEqual(look(style(PLAIN, '48;5;22')).style, { '--b': '#005f00' });
  assert.equal(tableColour(255), '#eeeeee');
  // A colour is digits only: nothing of the output reaches a style as it stands.
  assert.equal(look(style(PLAIN, '38;2;999;-1;x')).style?.['--f'], '#ff0000');
});

test('titles, links, character sets and moves of the cursor are dropped, their text stays', () => {
  for (const [line, text] of [
    [`${E}]0;title\u0007a`, 'a'],
    [`${E}]8;;http://x${E}\\link${E}]8;;${E}\\`, 'link'],
    [`${E}(Ba${E})0b`, 'ab'],
    [`${E}[2J${E}[1;1H${E}[?25la`, 'a'],
    [`${E}[3Aup`, 'up'],
    [`${E}7${E}8${E}=a`, 'a'],
    [`${E}]no end`, 'no end'],
    [`a\u0000\u0007\u007fb\tc`, 'ab\tc'],
    [`end ${E}`, 'end '],
    ['\u009b31mred', 'red'],
  ]) assert.equal(plain(line), text, JSON.stringify(line));
});

test('a return overwrites', () => {
  assert.equal(plain('10%\r50%\r100%'), '100%');
  assert.equal(plain('abcdef\rxy'), 'xycdef');
  assert.equal(plain(`abcdef\r${E}[Kxy`), 'xy');
  assert.equal(plain('line\r'), 'line');
  assert.equal(plain('ab\bc'), 'ac');
  assert.deepEqual(shown(`${E}[31mabc\r${E}[32mx`), [['x', 'a-f2'], ['bc', 'a-f1']]);
});

test('lines have numbers of their stream, and a style goes on in the next line', () => {
  const output = new Output();
  output.append('out', `a\n${E}[31mb\nc`);
  output.append('err', 'x\n');
  output.append('out', 'd\n\ne');
  output.end();
  assert.deepEqual(output.lines.map((line) => [address(line), line.text.replace(`${E}[31m`, '')]), [['1', 'a'], ['2', 'b'], ['3', 'cd'], ['e1', 'x'], ['4', ''], ['5', 'e']]);
  assert.equal(output.lines[2].pen.fg, 1);
  assert.equal(output.place('e1'), 3);
  assert.equal(output.place('3'), 2);
  assert.equal(output.place('99'), -1);
});

test('a character that is cut between two parts is one again', () => {
  const decoder = new Decoder();
  assert.equal(decoder.take({ base64: Buffer.from([0x63, 0xe4, 0xbb]).toString('base64') }) + decoder.take({ base64: Buffer.from([0xbb, 0x64, 0xff]).toString('base64') }) + decoder.take('z'), 'c任d\ufffdz'.replace('任', '\u4efb'));
});

test('a long line goes on in further rows, and an overwritten one stays short', () => {
  const output = new Output();
  output.append('out', `${'x'.repeat(10_000)}\ny\n`);
  assert.deepEqual(output.lines.map((line) => [line.n, line.text.length]), [[1, 4096], [0, 4096], [0, 1808], [2, 1]]);
  const progress = new Output();
  for (let i = 0; i < 20_000; i += 1) progress.append('out', `\r${i} of 20000 ${'#'.repeat(i % 50)}`);
  assert.equal(progress.lines.length, 1);
  assert.ok(progress.lines[0].text.length <= 70_000);
  assert.ok(plain(progress.lines[0].text).startsWith('19999 of 20000'));
});

test('a search looks at new lines only, and again at one that was not complete', () => {
  const output = new Output();
  const search = new Search('Err');
  output.append('out', 'an error\nok\nhalf er');
  search.run(output, () => true);
  assert.deepEqual(search.hits, [0]);
  output.append('out', `r${E}[1mor\nok\n`);
  search.run(output, () => true);
  assert.deepEqual(search.hits, [0, 2]);
  search.run(output, () => true);
  assert.deepEqual(search.hits, [0, 2]);
});

test('heights find rows by place', () => {
  const heights = new Heights(() => 20);
  heights.grow(1000);
  heights.set(300, 60);
  assert.equal(heights.total, 20_040);
  assert.equal(heights.top(301), 6060);
  assert.equal(heights.at(6059), 300);
  assert.equal(heights.at(6060), 301);
  assert.equal(heights.at(1e9), 999);
});
