import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readHost, type Host } from '../../../lib/index.js';
import { temporaryDirectory, TWO_CPUS } from '../../helpers/processes/governed.js';
import { finished, governor } from '../../helpers/processes/run.js';
import { GOVERNOR } from '../../helpers/shared.js';

describe('the host, live', () => {
  it('has the CPUs that lscpu and nproc tell', () => {
    const host = readHost();
    const rows = execFileSync('lscpu', ['-p=CPU'], { encoding: 'utf8' })
      .split('\n')
      .filter(line => /^\d/.test(line));
    assert.deepEqual(
      host.cpus.filter(cpu => cpu.online).map(cpu => cpu.cpu),
      rows.map(Number),
    );
    assert.equal(
      host.cpus.filter(cpu => cpu.allowed).length,
      Number(execFileSync('nproc', { encoding: 'utf8', env: { PATH: process.env['PATH'] } })),
    );
  });

  it('has the memory of /proc/meminfo', () => {
    const kilobytes = /MemTotal:\s+(\d+)/.exec(execFileSync('cat', ['/proc/meminfo'], { encoding: 'utf8' }))![1];
    assert.equal(readHost().memory.total, Number(kilobytes) * 1024);
  });

  it('is narrowed by an affinity', async () => {
    const { stdout } = await finished(['taskset', '-c', String(TWO_CPUS[1]), GOVERNOR, 'topology', '--json']);
    assert.deepEqual(
      (JSON.parse(stdout) as Host).cpus.filter(cpu => cpu.allowed).map(cpu => cpu.cpu),
      [TWO_CPUS[1]],
    );
  });
});

describe('a sysroot that cannot be read', () => {
  const refused = async (path: string, text: RegExp) => {
    const { status, stdout, stderr } = await governor(['topology', '--sysroot', path]);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /^governor: .*\n$/);
    assert.match(stderr, text);
  };

  it('is not there, is a file, or is empty', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'file'), '');
    await refused(join(directory, 'absent'), /absent".*it does not exist/);
    await refused(join(directory, 'file'), /file".*expected a directory/);
    await refused(directory, /cannot read the machine from .*sys\/devices\/system\/cpu/);
  });

  it('has truncated or hostile files: what can be read is told, or one line says what cannot', async () => {
    const directory = temporaryDirectory();
    const cpu = join(directory, 'sys/devices/system/cpu');
    mkdirSync(join(cpu, 'cpu0/topology'), { recursive: true });
    writeFileSync(join(cpu, 'online'), '0-');
    writeFileSync(join(cpu, 'cpu0/topology/thread_siblings'), 'zz');
    const { cpus } = readHost({ sysroot: directory });
    assert.deepEqual(cpus, [{ cpu: 0, online: true, allowed: true, core: null, package: null, numa: null, kind: 0 }]);
    writeFileSync(join(cpu, 'online'), '');
    await refused(directory, /names no CPU that is online/);
  });
});

describe('a host file that cannot be read', () => {
  it('is not there, no JSON, or lacks a field: one line that names it', async () => {
    const file = join(temporaryDirectory(), 'host.json');
    const cases: [string | null, RegExp][] = [
      [null, /invalid --host .*host\.json": expected a file/],
      ['{', /invalid --host .*expected JSON/],
      ['{"cpus": []}', /cpus: /],
      ['{"cpus": [{"cpu": 0, "online": "yes", "allowed": true}]}', /cpus\.0\.online: /],
    ];
    for (const [text, expected] of cases) {
      if (text !== null) writeFileSync(file, text);
      const { status, stderr } = await governor(['budget', '--host', file]);
      assert.equal(status, 2);
      assert.match(stderr, /^governor: .*\n$/);
      assert.match(stderr, expected);
    }
  });
});

describe('interrupts', () => {
  it('are the sums of the numbered lines of /proc/interrupts, for the CPUs that it has', () => {
    const host = readHost();
    const online = host.cpus.filter(cpu => cpu.online).map(cpu => cpu.cpu);
    assert.deepEqual(
      host.interrupts?.map(served => served.cpu),
      online,
    );
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'sys/devices/system/cpu/cpu0'), { recursive: true });
    mkdirSync(join(directory, 'proc'));
    writeFileSync(join(directory, 'sys/devices/system/cpu/online'), '0');
    assert.equal(readHost({ sysroot: directory }).interrupts, null);
    writeFileSync(
      join(directory, 'proc/interrupts'),
      '      CPU0\n  1:  7  timer\n 30:  5  disk\nLOC:  900  Local timer\n',
    );
    assert.deepEqual(readHost({ sysroot: directory }).interrupts, [{ cpu: 0, count: 12 }]);
  });
});

describe('governor topology --svg', () => {
  it('writes the picture into a file, and to stdout for -', async () => {
    const file = join(temporaryDirectory(), 'machine.svg');
    const written = await governor(['topology', '--svg', file, '--workers', '3', '--policy', 'numa']);
    assert.deepEqual([written.status, written.stdout, written.stderr], [0, '', '']);
    const text = readFileSync(file, 'utf8');
    assert.match(text, /^<svg .*policy numa.*<\/svg>\n$/s);
    const { stdout } = await governor(['topology', '--svg', '-', '--workers', '3', '--policy', 'numa']);
    assert.match(stdout, /^<svg .*<\/svg>\n$/s);
  });
});
