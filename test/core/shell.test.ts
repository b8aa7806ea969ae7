import assert from 'node:assert/strict';
import fc from 'fast-check';
import { shellJoin, shellLine, shellQuote } from '../../lib/core/shell.js';
import { holds } from '../helpers/property.js';
import { shellWords } from '../helpers/processes/shell.js';

const HOSTILE = [
  '',
  ' ',
  "it's",
  '$(reboot)',
  '`id`',
  'a;b',
  'a\nb',
  '*',
  '~',
  '#x',
  '"',
  '\\',
  "'",
  "''",
  'é',
  '\u001b[2J',
  '!x',
  '{a,b}',
  '\u202e',
];
const anyWord = fc
  .oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom(...HOSTILE))
  .map(word => word.replaceAll('\0', ''));

describe('shell: quotes a word only if necessary', () => {
  const words: [string, string][] = [
    ['python3', 'python3'],
    ['--epochs=3', '--epochs=3'],
    ['/usr/bin/a-b_c.d', '/usr/bin/a-b_c.d'],
    ['0-3,8', '0-3,8'],
    ['', "''"],
    ['a b', "'a b'"],
    ["it's", "'it'\\''s'"],
    ['$HOME', "'$HOME'"],
    ['a\nb', "'a\nb'"],
    ['-n\n', "'-n\n'"],
  ];
  for (const [word, quoted] of words) it(JSON.stringify(word), () => assert.equal(shellQuote(word), quoted));
});

describe('shell: words are read back unchanged', () => {
  it('hostile words', () => assert.deepEqual(shellWords(shellJoin(HOSTILE)), HOSTILE));
  it('any words', () => {
    holds([fc.array(anyWord)], words => {
      assert.deepEqual(shellWords(shellJoin(words)), words);
      assert.deepEqual(shellWords(shellLine(words)), words);
    });
  });
});

describe('shell: one line that a terminal shows unchanged', () => {
  it('is the same if every character is printable', () => {
    assert.equal(shellLine(['python3', '-c', "print('é')"]), shellJoin(['python3', '-c', "print('é')"]));
  });
  it('writes unprintable characters as bytes', () => {
    assert.equal(shellLine(['-c', "a\nb'\\"]), "-c $'a\\012b\\'\\\\'");
    assert.equal(shellLine(['\u001b]0;x\u0007']), "$'\\033]0;x\\007'");
    assert.equal(shellLine(['\u202e']), "$'\\342\\200\\256'");
  });
  it('never contains anything unprintable', () => {
    holds([fc.array(anyWord)], words => assert.doesNotMatch(shellLine(words), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u));
  });
});
