import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from 'mocha';
import type { Cpu, Host } from '../../../lib/core/machine/host.js';
import { formatCpulist, parseCpulist } from '../../../lib/core/cpuset.js';
import { temporaryDirectory } from '../processes/governed.js';
import { PROJECT } from '../shared.js';

/** What NAME.json says about the recording NAME.tar.gz; test/README.md explains the fields. */
export interface Expected {
  totals: Record<string, number | null>;
  cpus: {
    cpu: number;
    online: boolean;
    allowed: boolean;
    core: number | null;
    package: number | null;
    numa: number | null;
  }[];
  numa: { node: number; cpus: number[] }[];
  caches: Record<'L1d' | 'L2' | 'L3', string[] | number[][]>;
  cpukinds: { efficiency: number | null; cpus: number[] }[];
  disagree: { field: string; lenient?: boolean; [oracle: string]: unknown }[];
  unsettled: string[];
}

/** Recordings stay outside the repository for their licences; CI has them beside the project. */
const DIRECTORY = process.env['GOVERNOR_RECORDINGS'] ?? join(PROJECT, '../shared/topologies');
const ARCHIVE = '.tar.gz';
/** How many machines are recorded. */
const RECORDED_MACHINES = 48;

let leftOut = 0;

after(() => {
  if (leftOut === 0) return;
  const remedy = 'set GOVERNOR_RECORDINGS=DIR (CONTRIBUTING.md)';
  process.stderr.write(`${leftOut} tests of recorded machines left out, no recordings in ${DIRECTORY}: ${remedy}\n`);
});

/** A file of the recordings. Without it the test is left out, and a line after the last test counts it. */
export function recordingFile(test: Context, name: string): string {
  const file = join(DIRECTORY, name);
  return existsSync(file) ? file : leaveOut(test, 1);
}

function leaveOut(test: Context, tests: number): never {
  leftOut += tests;
  return test.skip(); // which CI forbids
}

/** Defines a test for each recorded machine, or one that leaves them all out. */
export function forEachRecording(define: (name: string) => void): void {
  const names = existsSync(DIRECTORY) ? readdirSync(DIRECTORY).filter(file => file.endsWith(ARCHIVE)) : [];
  for (const file of names.sort()) define(file.slice(0, -ARCHIVE.length));
  if (names.length > 0) return;
  it(`${RECORDED_MACHINES} recorded machines`, function () {
    leaveOut(this, RECORDED_MACHINES);
  });
}

/** The files of a recorded machine, unpacked for one test. */
export function unpacked(test: Context, name: string): string {
  const archive = recordingFile(test, name + ARCHIVE);
  const directory = temporaryDirectory();
  execFileSync('tar', ['xzf', archive, '-C', directory, '--no-same-owner']);
  return join(directory, name);
}

/** What a reader should find in a recording. */
export function expectedOf(test: Context, name: string): Expected {
  return JSON.parse(readFileSync(recordingFile(test, `${name}.json`), 'utf8')) as Expected;
}

type Field = 'online' | 'allowed' | 'core' | 'package' | 'numa' | 'L1d' | 'L2' | 'L3' | 'kinds' | 'numaNodes';

/** Every field on which the host is not what the recording should give, with both answers. */
export function differences(host: Host, expected: Expected): string[] {
  const found: string[] = [];
  const compare = (field: Field, got: string, ...wanted: string[]) => {
    if (!expected.unsettled.includes(field) && !wanted.includes(got))
      found.push(`${field}: ${got || '-'}, wanted ${wanted.join(' or ') || '-'}`);
  };
  /** answers of one oracle that count as right too */
  const lenient = (field: Field, asText: (answer: unknown) => string) =>
    expected.disagree
      .filter(one => one.field === field && one.lenient)
      .flatMap(({ field: _, lenient: __, right: ___, why: ____, ...answers }) => Object.values(answers).map(asText));

  const list = (cpus: readonly { cpu: number }[]) => formatCpulist(cpus.map(cpu => cpu.cpu));
  compare('online', list(host.cpus.filter(cpu => cpu.online)), list(expected.cpus.filter(cpu => cpu.online)));
  const asList = (answer: unknown) =>
    typeof answer === 'string' && /^[\d,-]+$/.test(answer) ? formatCpulist(parseCpulist(answer)) : '?';
  compare(
    'allowed',
    list(host.cpus.filter(cpu => cpu.allowed)),
    list(expected.cpus.filter(cpu => cpu.allowed)),
    ...lenient('allowed', asList),
  );

  const online = host.cpus.filter(cpu => cpu.online);
  const own = online.map(cpu => String(cpu.cpu)).join(' | ');
  const whole = list(online);
  for (const field of ['core', 'package'] as const) {
    const wanted = groups(expected.cpus, field);
    compare(field, groups(host.cpus, field), wanted, ...(wanted ? [] : [field === 'core' ? own : whole]));
  }
  const numa = named(expected.cpus);
  compare('numa', named(host.cpus), numa, ...(numa ? [] : [`0: ${whole}`]));
  if (!expected.unsettled.includes('numa') && expected.numa.length > 0) {
    const nodes = (all: readonly { node: number; cpus: readonly number[] }[]) =>
      all.map(({ node, cpus }) => `${node}: ${formatCpulist(cpus)}`).join(' | ');
    compare('numaNodes', nodes(host.numaNodes), nodes(expected.numa));
  }
  const sets = (answer: unknown) =>
    Array.isArray(answer)
      ? joined(answer.map(set => (typeof set === 'string' ? parseCpulist(set) : (set as number[]))))
      : '?';
  for (const level of ['L1d', 'L2', 'L3'] as const)
    compare(level, joined(host.caches[level]), sets(expected.caches[level]), ...lenient(level, sets));
  compareKinds(host, expected, compare);
  found.push(...totals(host, expected));
  return found;
}

/** Kinds in hwloc's order where it ranks them, else as sets; a machine without kinds has one. */
function compareKinds(
  { cpus }: Host,
  { cpukinds }: Expected,
  compare: (field: Field, got: string, wanted: string) => void,
): void {
  const kinds = [
    ...grouped(
      cpus.filter(cpu => cpu.online),
      cpu => cpu.kind,
    ),
  ].sort((a, b) => (a[0] ?? -1) - (b[0] ?? -1));
  if (kinds.some(([kind], i) => kind !== i)) compare('kinds', kinds.map(([kind]) => kind).join(), 'numbers from 0');
  const got = kinds.map(([, members]) => members);
  if (cpukinds.length < 2) return compare('kinds', String(got.length), '1');
  const ranked = cpukinds.every(kind => kind.efficiency !== null);
  const order = (sets: number[][]) => (ranked ? sets.map(set => formatCpulist(set)).join(' < ') : joined(sets));
  compare(
    'kinds',
    order(got),
    order([...cpukinds].sort((a, b) => a.efficiency! - b.efficiency!).map(kind => kind.cpus)),
  );
}

/** The totals are the first oracle's: they are not asked where another's answer is as good. */
function totals(host: Host, { totals: wanted, unsettled, disagree }: Expected): string[] {
  const count = (key: (cpu: Cpu) => unknown) =>
    new Set(
      host.cpus
        .filter(cpu => cpu.online)
        .map(key)
        .filter(value => value !== null),
    ).size;
  const got: [string, Field, number][] = [
    ['present', 'online', host.cpus.length],
    ['logical', 'online', host.cpus.filter(cpu => cpu.online).length],
    ['allowed', 'allowed', host.cpus.filter(cpu => cpu.allowed).length],
    ['cores', 'core', count(cpu => cpu.core)],
    ['packages', 'package', count(cpu => cpu.package)],
    ['numa_nodes', 'numa', count(cpu => cpu.numa)],
    ['L1d', 'L1d', host.caches.L1d.length],
    ['L2', 'L2', host.caches.L2.length],
    ['L3', 'L3', host.caches.L3.length],
  ];
  return got.flatMap(([name, field, value]) => {
    const want = wanted[name];
    return want === null ||
      want === undefined ||
      unsettled.includes(field) ||
      value === want ||
      disagree.some(one => one.field === field && one.lenient)
      ? []
      : [`totals.${name}: ${value}, wanted ${want}`];
  });
}

function grouped<Key>(cpus: readonly { cpu: number }[], keyOf: (cpu: Cpu) => Key): Map<Key, number[]> {
  const groups = new Map<Key, number[]>();
  for (const cpu of cpus as readonly Cpu[]) groups.set(keyOf(cpu), [...(groups.get(keyOf(cpu)) ?? []), cpu.cpu]);
  return groups;
}

type Placed = Expected['cpus'][number];

/** The CPUs of each core or package, without its number. */
function groups(cpus: readonly Placed[], field: 'core' | 'package'): string {
  return joined([
    ...grouped(
      cpus.filter(cpu => cpu.online && cpu[field] !== null),
      cpu => cpu[field],
    ).values(),
  ]);
}

/** The CPUs of each NUMA node, with its number. */
function named(cpus: readonly Placed[]): string {
  const nodes = [
    ...grouped(
      cpus.filter(cpu => cpu.online && cpu.numa !== null),
      cpu => cpu.numa!,
    ),
  ].sort((a, b) => a[0] - b[0]);
  return nodes.map(([node, members]) => `${node}: ${formatCpulist(members)}`).join(' | ');
}

function joined(sets: readonly (readonly number[])[]): string {
  return sets
    .map(set => [...set].sort((a, b) => a - b))
    .sort((a, b) => a[0]! - b[0]!)
    .map(set => formatCpulist(set))
    .join(' | ');
}
