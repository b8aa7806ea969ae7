// Changes texts that the TypeScript side reads, and checks what comes of them:
//   texts.mjs SECONDS TARGET    claim, saved or host
// Prints the executions; an input that breaks something goes to stderr, and the exit status is 1.
import assert from 'node:assert/strict';
import { computeBudget } from '../../dist/lib/core/budget/budget.js';
import { claimText, parseClaim } from '../../dist/lib/core/claims/claim.js';
import { parseHost } from '../../dist/lib/core/machine/host-file.js';
import { formatSaved, parseSaved } from '../../dist/lib/core/processes/saved-affinities.js';
import { GovernorError } from '../../dist/lib/errors.js';
import { readHost } from '../../dist/lib/system/machine/host.js';

const LONGEST_ERROR = 2000;
const RECORD = { name: '0123456789abcdef', uid: 1, user: null };
const CPU = { cpu: 0, online: true, allowed: true, core: 0, package: 0 };

const TARGETS = {
  claim: {
    seeds: [
      '{"version":1,"pid":7,"startTime":99,"command":"a","since":"2026-11-29T01:00:00.000Z","cpus":[0,1]}\n',
      '{"version":1,"pid":7,"startTime":9,"cpus":[],"waiting":{"ticket":1,"wanted":2,"among":[0]}}\n',
    ],
    check(text) {
      const claim = parseClaim(text, RECORD);
      if (claim === null) return;
      assert.deepEqual(parseClaim(claimText(claim), RECORD), claim);
      assert.ok(claim.cpus.every((cpu, i) => cpu >= 0 && (i === 0 || cpu > claim.cpus[i - 1])));
    },
  },
  saved: {
    seeds: [
      'thread-governor affinities 1\nboot a-b\nprocess 7 99\nthread 7 99 0-3\nthread 8 100 0,2\nprocess 9 1\nend\n',
    ],
    check(text) {
      const saved = parseSaved(text);
      if (saved !== null) assert.deepEqual(parseSaved(formatSaved(saved)), saved);
    },
  },
  host: {
    seeds: [
      JSON.stringify(readHost()),
      JSON.stringify({ cpus: [CPU, { ...CPU, cpu: 1, core: 1 }] }),
      JSON.stringify({ cpus: [CPU], limits: { quota: { value: 1.5, source: 'x' } }, isolated: [0], numaNodes: [] }),
    ],
    check(text) {
      let host;
      try {
        host = parseHost(text, 'host.json');
      } catch (error) {
        assert.ok(error instanceof GovernorError, error.stack);
        assert.equal(error.code, 'BAD_INPUT');
        assert.ok(!error.message.includes('\n') && error.message.length < LONGEST_ERROR, error.message);
        return;
      }
      assert.ok(computeBudget(host, {}, {}).workers >= 1);
    },
  },
};

/** Bytes and pieces that parsers stumble over. */
const PIECES = [
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '-',
  '0',
  '9',
  '1e308',
  '-1',
  '9007199254740993',
  'null',
  'true',
  '\n',
]
  .concat(['\0', '\u001b[31m', '\u202e', '\ud800', '{"__proto__":1}', '0-1048576', ' ', 'end\n', '[[[[', '""'])
  .concat(['"cpus"', '"allowed"', '"ticket"', 'process 1 1\n', 'thread 1 1 0\n', '1'.repeat(40)]);

/** xorshift: the same inputs for the same seed. */
function random(seed) {
  let state = seed;
  return below => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function changed(text, next) {
  const at = next(text.length + 1);
  const length = next(8);
  switch (next(5)) {
    case 0:
      return text.slice(0, at) + PIECES[next(PIECES.length)] + text.slice(at);
    case 1:
      return text.slice(0, at) + PIECES[next(PIECES.length)] + text.slice(at + length);
    case 2:
      return text.slice(0, at) + text.slice(at + length);
    case 3:
      return text.slice(0, at) + text.slice(next(text.length + 1));
    default:
      return text.slice(0, at) + String.fromCharCode(next(256)) + text.slice(at + 1);
  }
}

const [seconds, name] = process.argv.slice(2);
const { seeds, check } = TARGETS[name];
const LONGEST = 8192;
const next = random(Date.now() | 1);
const until = performance.now() + 1000 * Number(seconds);
let executions = 0;
let text = seeds[0];
while (executions % 1024 !== 0 || performance.now() < until) {
  if (next(16) === 0 || text.length > LONGEST) text = seeds[next(seeds.length)];
  text = changed(text, next);
  executions++;
  try {
    check(text);
  } catch (error) {
    console.error(`${JSON.stringify(text)}\n${error.stack}`);
    process.exit(1);
  }
}
console.log(executions);
