import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { findFindings, type Audited } from '../../../../lib/core/audit/findings.js';
import { file, governed, madeAudit, madePool, madeProcess, madeWorkers } from '../../../helpers/audit/audited.js';
import { madeHost } from '../../../helpers/machine/hosts.js';
import { anyHost, holds } from '../../../helpers/property.js';
import { PROJECT } from '../../../helpers/shared.js';

const MODULES = [
  file('libopenblas.so.0', 'OpenBLAS'),
  file('libgomp.so.1', 'libgomp'),
  file('libonnxruntime.so', 'onnxruntime'),
];

describe('findings: none for healthy programs', () => {
  it('a governed program: all variables, each worker on its own place, the parent on all CPUs', () => {
    holds([fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })], (workers, threads) => {
      const host = madeHost({ packages: 2, cores: workers * threads * 2 });
      const environment = governed(threads);
      const all = { cpus: `0-${workers * threads * 2 - 1}` };
      const place = (i: number) => ({ cpus: `${i * threads}-${i * threads + threads - 1}`, run: 1 });
      const pool = { pids: Array.from({ length: workers }, (_, i) => 1000 + 100 * i) };
      const seen: Audited = {
        host,
        start: null,
        strangers: [],
        ancestors: [],
        pids: [],
        pools: [
          madePool('OpenBLAS', threads, pool),
          madePool('libgomp', threads, pool),
          madePool('onnxruntime', threads, pool),
        ],
        processes: [
          madeProcess({ environment, modules: MODULES, threads: [all] }),
          ...madeWorkers(workers, i => ({
            environment,
            modules: MODULES,
            threads: [place(i), ...Array.from({ length: threads - 1 }, () => ({ ...place(i), owner: 'OpenBLAS' }))],
          })),
        ],
      };
      assert.deepEqual(findFindings(seen), []);
    });
  });
  it('one process on one CPU, whatever the variables', () => {
    const seen = madeAudit(
      madeProcess({ environment: governed(), modules: MODULES, threads: [{ cpus: '0', run: 1 }] }),
    );
    assert.deepEqual(findFindings({ ...seen, host: madeHost({ cores: 1 }) }), []);
  });
  it('a Node process with pinned workers', () => {
    const pinned = [0, 1, 2].map(cpu => ({ cpus: `${cpu}`, owner: 'Node worker', run: 1 }));
    const others = ['V8 platform', 'libuv pool', 'libuv pool', 'libuv pool', 'libuv pool'].map(owner => ({ owner }));
    assert.deepEqual(findFindings(madeAudit(madeProcess({ threads: [{}, ...others, ...pinned] }))), []);
  });
  it('an idle program on any machine', () =>
    holds([anyHost], host => {
      const cpus = host.cpus
        .filter(cpu => cpu.allowed)
        .map(cpu => cpu.cpu)
        .join();
      const limits = { ...host.limits, pids: null };
      assert.deepEqual(
        findFindings({
          ...madeAudit(madeProcess({ modules: MODULES, threads: [{ cpus }, { cpus, owner: 'OpenBLAS' }] })),
          host: { ...host, limits },
        }),
        [],
      );
    }));
});

describe('findings: in order', () => {
  const idle = madeProcess({
    environment: { OPENBLAS_NUM_THREADS: '2', OMP_NUM_THREADS: '8' },
    modules: MODULES.slice(0, 1),
    threads: [{}, ...Array.from({ length: 64 }, () => ({ owner: 'OpenBLAS' }))],
  });
  const spinning = madeProcess({
    pid: 200,
    environment: { OMP_WAIT_POLICY: 'active' },
    threads: [{}, ...Array.from({ length: 4 }, () => ({ owner: 'libgomp', run: 1 }))],
  });
  const found = (...processes: Parameters<typeof madeAudit>) =>
    findFindings(madeAudit(...processes)).map(({ id, severity }) => `${severity} ${id}`);

  it('what is about threads that sleep is a remark, and comes last', () => {
    assert.deepEqual(found(idle), ['remark variables-contradict']);
    assert.deepEqual(found(idle, spinning), ['costs pool-spins', 'remark variables-contradict']);
  });
  it('what is about more CPU time comes first', () => {
    const worse = madeProcess({
      ...spinning,
      pid: 300,
      environment: { OPENBLAS_NUM_THREADS: '2', OMP_NUM_THREADS: '8' },
      modules: MODULES.slice(0, 1),
      threads: [{ run: 1 }, ...Array.from({ length: 7 }, () => ({ owner: 'OpenBLAS', run: 1 }))],
    });
    assert.deepEqual(found(spinning, worse), ['costs variables-contradict', 'costs pool-spins']);
  });
});

describe('findings: for any input', () => {
  const anyThread = fc.record(
    {
      cpus: fc.constantFrom('0', '1', '0-1', '0-7', '9'),
      run: fc.constantFrom(0, 0.5, 1),
      owner: fc.constantFrom('main', 'libgomp', 'libuv pool', 'OpenBLAS', 'unknown'),
    },
    { noNullPrototype: true },
  );
  const anyEnvironment = fc.dictionary(
    fc.constantFrom(
      'OMP_NUM_THREADS',
      'OPENBLAS_NUM_THREADS',
      'OMP_PROC_BIND',
      'OMP_PLACES',
      'GOVERNOR_CPUS',
      'KMP_BLOCKTIME',
    ),
    fc.string(),
    { noNullPrototype: true },
  );
  const anyProcess = fc.record(
    {
      pid: fc.integer({ min: 1, max: 9 }),
      ppid: fc.integer({ min: 1, max: 9 }),
      role: fc.constantFrom('root' as const, 'worker' as const, 'other' as const),
      environment: anyEnvironment,
      threads: fc.array(anyThread, { maxLength: 4 }),
    },
    { noNullPrototype: true },
  );

  it('each has a text, evidence, a fix and pids', () => {
    holds([fc.array(anyProcess, { maxLength: 5 }), anyHost], (processes, host) => {
      const seen = madeAudit(...processes.map(process => madeProcess({ ...process, modules: MODULES })));
      for (const { text, evidence, fix, pids } of findFindings({
        ...seen,
        host,
        pools: [madePool('libgomp', 8, { pids: [1, 2] })],
      })) {
        assert.ok(text.endsWith('.') && evidence && fix && pids.length > 0);
      }
    });
  });
});

describe('findings: every id', () => {
  const read = (file: string) => readFileSync(join(PROJECT, file), 'utf8');
  const [union] = /^export type FindingId =[^;]*;/m.exec(read('lib/core/audit/audited.ts'))!;
  const ids = [...union.matchAll(/'([a-z-]+)'/g)].map(match => match[1]!);

  it('has a file of its name, which findings.ts imports', () => {
    assert.ok(ids.length > 10);
    const imported = read('lib/core/audit/findings.ts').matchAll(/from '\.\/findings\/([a-z-]+)\.js'/g);
    const names = new Set([...imported].map(match => match[1]));
    assert.deepEqual(
      ids.filter(id => !names.has(id)),
      [],
    );
  });
});
