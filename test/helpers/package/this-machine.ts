import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';

/** What `governor topology --json` prints is this machine, by what the kernel's files say here. */
export function assertThisMachine(json: string): void {
  const host = JSON.parse(json) as {
    cpus: { cpu: number; allowed: boolean }[];
    limits: { affinity: { value: number[] } };
  };
  const directories = readdirSync('/sys/devices/system/cpu')
    .filter(name => /^cpu\d+$/.test(name))
    .map(name => Number(name.slice(3)));
  assert.deepEqual(
    host.cpus.map(({ cpu }) => cpu),
    directories.sort((a, b) => a - b),
  );
  assert.deepEqual(host.limits.affinity.value, cpusOf(allowedList()));
}

/** The kernel's cpulist of the CPUs that this process may use. */
export function allowedList(): string {
  return /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]!;
}

function cpusOf(list: string): number[] {
  return list.split(',').flatMap(part => {
    const [first, last = first] = part.split('-').map(Number) as [number, number?];
    return Array.from({ length: last! - first + 1 }, (_, i) => first + i);
  });
}
