import type { Flag } from './flag.js';

/** Which machine is meant; default: this one. */
export const MACHINE: readonly Flag[] = [
  {
    name: 'host',
    group: 'Machine',
    value: 'FILE',
    help: 'use the machine that `governor topology --json` wrote to FILE',
    conflicts: ['sysroot'],
    completes: 'file',
  },
  {
    name: 'sysroot',
    group: 'Machine',
    value: 'DIR',
    help: 'use the machine recorded in DIR, which holds its sys/ and proc/',
    completes: 'directory',
  },
];
