import assert from 'node:assert/strict';
import { parseHost } from '../../../lib/core/machine/host-file.js';
import { allowedCpus, coresOf, effectiveCpus, onlineCpus } from '../../../lib/core/machine/host.js';
import { HOSTS, madeHost } from '../../helpers/machine/hosts.js';
import { anyHost, badInputError, holds } from '../../helpers/property.js';

const cpu = (number: number, told: object = {}) => ({ cpu: number, online: true, allowed: true, ...told });
const parse = (json: unknown) => parseHost(JSON.stringify(json), 'host.json');

describe('host file: reads what `governor topology --json` prints', () => {
  for (const [name, host] of Object.entries(HOSTS)) it(name, () => assert.deepEqual(parse(host), host));

  it('any machine', () => holds([anyHost], host => assert.deepEqual(parse(host), host)));
  it('requires only the CPUs', () => {
    assert.deepEqual(parse({ cpus: [{ cpu: 0, online: true, allowed: true }] }), {
      version: 1,
      platform: 'linux',
      cpus: [{ cpu: 0, online: true, allowed: true, core: null, package: null, numa: null, kind: null }],
      caches: { L1d: [], L2: [], L3: [] },
      numaNodes: [],
      isolated: [],
      gpus: [],
      limits: {
        quota: null,
        cpuset: null,
        affinity: null,
        chosen: null,
        free: null,
        weight: null,
        memory: null,
        pids: null,
      },
      interrupts: null,
      memory: { total: null, available: null },
    });
  });
  it('sorts the CPUs', () => assert.deepEqual(onlineCpus(parse({ cpus: [cpu(2), cpu(0), cpu(1)] })), [0, 1, 2]));
  it('ignores unknown fields', () => assert.deepEqual(parse({ ...HOSTS.twoCpus, later: 1 }), HOSTS.twoCpus));
});

describe('host file: rejects anything else, and names the field', () => {
  const refused: [string, unknown, RegExp][] = [
    ['an object without CPUs', {}, /; cpus: /],
    ['no CPU', { cpus: [] }, /; cpus: /],
    ['a list', [], /; the whole: /],
    ['a word', 'host', /; the whole: /],
    ['another version', { ...HOSTS.oneCpu, version: 2 }, /; version: /],
    ['a negative CPU', { cpus: [cpu(-1)] }, /; cpus\.0\.cpu: /],
    ['half a CPU', { cpus: [cpu(0), cpu(1.5)] }, /; cpus\.1\.cpu: /],
    ['a CPU twice', { cpus: [cpu(0), cpu(0)] }, /; cpus\.1\.cpu: CPU 0 is listed twice/],
    [
      'a CPU that is allowed but off',
      { cpus: [cpu(0), cpu(1, { online: false })] },
      /; cpus\.1\.allowed: CPU 1 is allowed but not online/,
    ],
    ['a word for a switch', { cpus: [cpu(0, { online: 'yes' })] }, /; cpus\.0\.online: /],
    ['a core that is no number', { cpus: [cpu(0, { core: 'a' })] }, /; cpus\.0\.core: /],
    ['a quota of nothing', { cpus: [cpu(0)], limits: { quota: { value: 0, source: '' } } }, /; limits\.quota\.value: /],
    ['a quota without its source', { cpus: [cpu(0)], limits: { quota: { value: 1 } } }, /; limits\.quota\.source: /],
    ['memory as text', { cpus: [cpu(0)], memory: { total: '31G', available: null } }, /; memory\.total: /],
    ['no CPU that is allowed', { cpus: [cpu(0, { allowed: false })] }, /at least one CPU that is online and allowed$/],
  ];
  for (const [name, json, text] of refused) {
    it(name, () =>
      assert.throws(
        () => parse(json),
        badInputError(new RegExp(`^invalid host "host.json": expected .*${text.source}`)),
      ),
    );
  }
  it("text that is not JSON, with the file's name in one line whatever it contains", () => {
    assert.throws(
      () => parseHost('{', 'a\nb'),
      badInputError(/^invalid host "a\\nb": expected JSON as `governor topology --json` prints it$/),
    );
  });
});

describe('host: CPUs and cores', () => {
  it('online and allowed', () => {
    assert.deepEqual(onlineCpus(HOSTS.everything), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert.deepEqual(allowedCpus(HOSTS.everything), [0, 1, 2, 3, 4, 5, 6]);
  });
  it('the CPUs of each core, in the order of their lowest CPU', () => {
    const cores = coresOf(HOSTS.smt12.cpus).map(core => core.map(one => one.cpu));
    assert.deepEqual(cores, [
      [0, 6],
      [1, 7],
      [2, 8],
      [3, 9],
      [4, 10],
      [5, 11],
    ]);
  });
  it('a CPU without a known core is its own core', () => {
    assert.equal(coresOf(madeHost({ cores: 3 }).cpus.map(one => ({ ...one, core: null }))).length, 3);
  });
  it('effective CPUs: the CPUs or the quota', () =>
    assert.deepEqual([effectiveCpus(4, null), effectiveCpus(4, 1.5), effectiveCpus(4, 9)], [4, 1.5, 4]));
});
