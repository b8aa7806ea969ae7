import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LinePrefixer, LONGEST_LINE } from '../../../lib/core/launch/lines.js';
import { holds } from '../../helpers/property.js';

/** The output for these pieces, in their order, and for the end. */
function prefixed(pieces: readonly (string | Buffer)[], prefix = '> '): string[] {
  const lines = new LinePrefixer(prefix);
  return [...pieces.map(piece => lines.add(Buffer.from(piece as string))), lines.end()].map(String);
}

const together = (pieces: readonly (string | Buffer)[], prefix?: string) => prefixed(pieces, prefix).join('');

describe('lines of a rank', () => {
  it('are passed on whole, each with its prefix', () => {
    assert.deepEqual(prefixed(['one\ntwo\n']), ['> one\n> two\n', '']);
    assert.deepEqual(prefixed(['o', 'ne', '\ntw', 'o\n']), ['', '', '> one\n', '> two\n', '']);
  });
  it('include the rest at the end, which gets a line end', () =>
    assert.deepEqual(prefixed(['one\ntwo']), ['> one\n', '> two\n']));
  it('include empty lines; no input gives no output', () => {
    assert.equal(together([]), '');
    assert.equal(together(['']), '');
    assert.equal(together(['\n\n']), '> \n> \n');
  });
  it('end at CR LF, even if a piece ends between the two', () => {
    assert.equal(together(['one\r\ntwo\r\n']), '> one\n> two\n');
    assert.deepEqual(prefixed(['one\r', '\ntwo\r\n']), ['', '> one\n> two\n', '']);
  });
  it('end at a carriage return as soon as more follows, as in a progress bar', () => {
    assert.deepEqual(prefixed(['10%\r20%\r', '30%\r', 'done\n']), ['> 10%\n', '> 20%\n', '> 30%\n> done\n', '']);
  });
  it('longer than 64 KiB are passed on in pieces, so that memory stays bounded', () => {
    const piece = Buffer.alloc(1000, 'x');
    const lines = new LinePrefixer('> ');
    let length = 0;
    for (let i = 0; i < 1000; i++) {
      const out = lines.add(piece);
      length += out.length;
      assert.ok(out.length === 0 || out.length === LONGEST_LINE + 3);
    }
    assert.equal(length, 15 * (LONGEST_LINE + 3));
    assert.equal(lines.end().length, 1_000_000 - 15 * LONGEST_LINE + 3);
  });
  it('keep bytes that are not UTF-8', () => {
    const bytes = Buffer.from([0xff, 0x00, 0xc3, 0x0a]);
    const lines = new LinePrefixer('');
    assert.deepEqual(lines.add(bytes), bytes);
  });
  it('that consist of carriage returns take no longer than others', () => {
    const lines = new LinePrefixer('');
    for (let i = 0; i < 16; i++) lines.add(Buffer.alloc(LONGEST_LINE, '\r'));
    assert.equal(lines.end().length, 1);
  });

  const text = fc
    .array(fc.constantFrom('a', 'bc', '\n', '\r', '\r\n', 'é'), { maxLength: 60 })
    .map(parts => parts.join(''));
  const lined = (all: string) => all.replace(/\r\n?/g, '\n').replace(/\n$/, '');

  it('without prefixes are the input but for line ends, however it is cut into pieces', () => {
    holds([text, fc.array(fc.nat(100), { maxLength: 10 })], (all, cuts) => {
      const bytes = Buffer.from(all);
      const at = [0, ...cuts.map(cut => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
      const out = together(
        at.slice(1).map((end, i) => bytes.subarray(at[i], end)),
        '[3] ',
      );
      assert.equal(lined(out.replace(/^\[3\] /gm, '')), lined(all));
      assert.ok(out === '' || out.endsWith('\n'));
      assert.ok(
        out
          .split('\n')
          .slice(0, -1)
          .every(line => line.startsWith('[3] ')),
      );
    });
  });
  it('are never torn: each piece that is passed on ends with a line end', () => {
    holds([fc.array(text, { maxLength: 8 })], pieces => {
      for (const out of prefixed(pieces)) assert.ok(out === '' || (out.startsWith('> ') && out.endsWith('\n')));
    });
  });
});
