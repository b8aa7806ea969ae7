import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fromBytes, hasBytes, toBytes } from '../../lib/core/bytes.js';
import { holds } from '../helpers/property.js';

const bytes = (...values: number[]) => Uint8Array.from(values);

describe('text that stands for bytes', () => {
  it('is the text itself if the bytes are UTF-8', () => {
    for (const text of ['', 'plain', 'é 中 😀', '\ufeffmark', 'a\ufffdb', '\0']) {
      assert.equal(fromBytes(new TextEncoder().encode(text)), text);
      assert.deepEqual(Buffer.from(toBytes(text)), Buffer.from(text));
      assert.equal(hasBytes(text), false);
    }
  });
  it('keeps each byte that belongs to no character', () => {
    assert.equal(fromBytes(bytes(0x61, 0xff, 0x62)), 'a\udcffb');
    assert.equal(fromBytes(bytes(0xe9, 0x74, 0xe9)), '\udce9t\udce9'); // "été" in Latin-1
    assert.equal(fromBytes(bytes(0xc3, 0xa9, 0xc3)), 'é\udcc3'); // cut
    assert.equal(fromBytes(bytes(0xc0, 0x80)), '\udcc0\udc80'); // a long form of NUL
    assert.equal(fromBytes(bytes(0xed, 0xb3, 0xbf)), '\udced\udcb3\udcbf'); // a surrogate
    assert.ok(hasBytes('a\udcffb'));
  });
  it('takes no half of a character for a byte', () => {
    assert.equal(hasBytes('\u{1f480}'), false);
    assert.deepEqual(Buffer.from(toBytes('\u{1f480}')), Buffer.from('\u{1f480}'));
  });
  it('comes back from any bytes', () =>
    holds([fc.uint8Array({ maxLength: 12 })], given => {
      assert.deepEqual(Buffer.from(toBytes(fromBytes(given))), Buffer.from(given));
    }));
});
