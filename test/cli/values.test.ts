import assert from 'node:assert/strict';
import {
  integer,
  integerOrAuto,
  oneOf,
  parsePid,
  period,
  positive,
  rankOf,
  ranks,
  seconds,
  translated,
} from '../../lib/cli/values.js';
import { GovernorError } from '../../lib/errors.js';

/** Each kind of value: texts that are read, and texts that are refused with what was expected. */
const KINDS: [
  kind: string,
  parse: (text: string, option: string) => unknown,
  read: [string, unknown][],
  refused: string[],
  expected: RegExp,
][] = [
  [
    'an integer',
    integer(1),
    [
      ['1', 1],
      ['65536', 65536],
      ['007', 7],
    ],
    ['', '0', '-1', '1.5', '65537', '1e3', 'x', ' 1', '99999999999'],
    /expected an integer from 1 to 65536$/,
  ],
  [
    'an integer or auto',
    integerOrAuto(1),
    [
      ['auto', 'auto'],
      ['2', 2],
    ],
    ['', 'Auto', '0'],
    /expected an integer from 1/,
  ],
  [
    'a number above 0',
    positive,
    [
      ['0.5', 0.5],
      ['1000000', 1e6],
    ],
    ['', '0', '-1', '1000001', '.5', '1e3'],
    /expected a number above 0$/,
  ],
  [
    'seconds',
    seconds,
    [
      ['0', 0],
      ['0.25', 0.25],
      ['9999999', 9999999],
    ],
    ['', '-1', 'soon', '1e3', '12345678'],
    /expected seconds/,
  ],
  [
    'a period',
    period,
    [
      ['0.1', 0.1],
      ['3600', 3600],
    ],
    ['', '0', '0.0', '3600.1', '-1', '1e3'],
    /expected seconds above 0, at most 3600$/,
  ],
  [
    'a choice',
    oneOf(['a', 'b']),
    [
      ['a', 'a'],
      ['b', 'b'],
    ],
    ['', 'A', 'c', 'constructor'],
    /expected one of a, b$/,
  ],
  ['the only choice', oneOf(['gpu']), [['gpu', 'gpu']], ['', 'cpu'], /expected gpu$/],
  [
    'a name of others',
    translated({ node: 'numa' }),
    [['node', 'numa']],
    ['', 'numa', 'constructor', '__proto__'],
    /expected node$/,
  ],
  [
    'ranks',
    ranks,
    [
      ['1-3,8', [1, 2, 3, 8]],
      ['0', [0]],
    ],
    ['', 'a', '3-1', '1-'],
    /expected ranks such as/,
  ],
  [
    'rank I of N',
    rankOf,
    [
      ['0/4', { rank: 0, ranks: 4 }],
      ['3/4', { rank: 3, ranks: 4 }],
    ],
    ['', '4/4', '1', '1/', '-1/4', '0/0'],
    /expected I\/N/,
  ],
  [
    'a pid',
    parsePid,
    [
      ['1', 1],
      ['4194304', 4194304],
    ],
    ['', '0', '-1', '1.5', 'x', '12345678901'],
    /expected the number of a process/,
  ],
];

describe('values of the command line', () => {
  for (const [kind, parse, read, refused, expected] of KINDS) {
    it(kind, () => {
      for (const [text, value] of read) assert.deepEqual(parse(text, 'anOption'), value, text);
      for (const text of refused) {
        assert.throws(
          () => parse(text, 'anOption'),
          (error: GovernorError) => {
            assert.ok(error instanceof GovernorError && error.code === 'BAD_INPUT', text);
            assert.ok(error.message.includes(JSON.stringify(text)), error.message);
            assert.match(error.message, expected);
            return true;
          },
          text,
        );
      }
    });
  }
});
