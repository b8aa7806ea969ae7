import assert from 'node:assert/strict';
import { computeBudget } from '../../../lib/core/budget/budget.js';
import { exportedVariables, parseExport } from '../../../lib/core/budget/exports.js';
import { parseSize } from '../../../lib/core/machine/size.js';
import { GIB, HOSTS, madeHost } from '../../helpers/machine/hosts.js';
import { badInputError } from '../../helpers/property.js';

describe("exports: a program's own variables", () => {
  const host = madeHost({ cores: 6, threads: 2, memory: { total: 31.4 * GIB, available: 26.5 * GIB } });
  const exported = (texts: string[], options = {}, machine = host) =>
    exportedVariables(texts.map(parseExport), computeBudget(machine, options), machine);

  it('11 CPU workers and one that needs 16G, on 12 CPUs with 26.5 GiB available', () => {
    assert.deepEqual(exported(['FOREX_BOT_CPU_THREADS=workers', 'FOREX_BOT_RL_ENVS=memory-workers:16G']), {
      FOREX_BOT_CPU_THREADS: '11',
      FOREX_BOT_RL_ENVS: '1',
    });
  });
  it('the same with a budget of 16G: workers are those that the CPUs allow', () => {
    assert.deepEqual(
      exported(['FOREX_BOT_CPU_THREADS=workers', 'FOREX_BOT_RL_ENVS=memory-workers'], { memoryPerWorker: 16 * GIB }),
      {
        FOREX_BOT_CPU_THREADS: '11',
        FOREX_BOT_RL_ENVS: '1',
      },
    );
  });
  it('threads are the threads of one worker', () =>
    assert.deepEqual(exported(['T=threads', 'N=workers'], { workers: 4 }), { T: '2', N: '4' }));
  it('memory-workers is at most the number of workers, and at least one', () => {
    assert.deepEqual(exported(['A=memory-workers:1M', 'B=memory-workers:1T', 'C=memory-workers']), {
      A: '11',
      B: '1',
      C: '11',
    });
  });
  it('memory-workers is the number of workers if memory is unknown', () => {
    assert.deepEqual(exported(['A=memory-workers:1G'], {}, HOSTS.numa64), { A: '63' });
  });
});

describe('exports: the text NAME=WHAT', () => {
  it('is read', () => {
    assert.deepEqual(parseExport('A_1=workers'), { name: 'A_1', value: 'workers', memoryPerWorker: undefined });
    assert.deepEqual(parseExport('_a=memory-workers:1.5G'), {
      name: '_a',
      value: 'memory-workers',
      memoryPerWorker: 1.5 * GIB,
    });
  });
  const refused = [
    '',
    'NAME',
    'NAME=',
    '=workers',
    'NAME=cpus',
    '1A=workers',
    'A B=workers',
    'A=workers:2G',
    'A=threads:1',
    'A=memory-workers:',
    'A=workers\n',
  ];
  for (const text of refused) {
    it(`is rejected: ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parseExport(text),
        badInputError(/^invalid exports ".*": expected NAME=workers, NAME=threads or NAME=memory-workers\[:SIZE\]$/),
      );
    });
  }
  it('is rejected for an invalid size', () => {
    assert.throws(
      () => parseExport('A=memory-workers:lots'),
      badInputError(/^invalid exports "lots": expected a size/),
    );
  });
});

describe('sizes: from text to bytes, in powers of 1,024', () => {
  const sizes: [string, number][] = [
    ['1073741824', GIB],
    ['2G', 2 * GIB],
    ['1.5GiB', 1.5 * GIB],
    ['512MB', GIB / 2],
    ['512m', GIB / 2],
    [' 1 K ', 1024],
    ['1T', 1024 * GIB],
    ['7B', 7],
    ['0.5K', 512],
  ];
  for (const [text, bytes] of sizes)
    it(`${JSON.stringify(text)} is ${bytes}`, () => assert.equal(parseSize(text, 'size'), bytes));
  for (const text of ['', '0', '-1G', 'G', '1P', '1,5G', '1e9', '0.1', '99999999T', '1G\n2G', '0x10', 'NaN']) {
    it(`${JSON.stringify(text)} is rejected`, () => {
      assert.throws(
        () => parseSize(text, '--memory'),
        badInputError(/^invalid --memory ".*": expected a size such as 512M or 2\.5G$/),
      );
    });
  }
});
