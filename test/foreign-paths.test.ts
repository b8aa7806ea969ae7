import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from './helpers/shared.js';

/**
 * Who may open files, and which. A path that another process or user chose is opened by target_files.cc only; a file in
 * a directory that others can write, by record-files.ts and saved-files.ts only, which open the directory first
 * and look at it. Whoever is new here has to say why its paths are nobody else's.
 */
const MAY_OPEN: Readonly<Record<string, string>> = {
  'native/linux/target/target_files.cc': 'paths that another process chose',
  'native/linux/pools/change_pools.cc': '/proc/PID/mem',
  'native/linux/procfs/files.cc': 'paths of /proc and /sys, which the kernel makes, and recorded copies of them',
  'native/linux/launch/children.h': '/proc',
  'native/lend/affinity.c': '/proc/PID/task of a process of this user, for its thread ids',
  'native/lend/look.c': '/proc/PID/stat',
  'native/lend/preload/hook.c': "the page that the user's own run has named, checked once it is open",
  'native/linux/launch/locked_files.cc': 'records, in a checked directory',
  'native/linux/launch/warden_needs.h': '/proc',
  'native/linux/launch/detach.cc': '/dev/null and /proc/self/fd',
  'native/linux/target/reader_process.cc': '/dev/null',
  'native/linux/processes/terminal.cc': '/dev/tty',
  'native/linux/processes/tree_follower.cc': '/proc/loadavg',
  'lib/cli/new-file.ts': 'the file that --report names',
  'lib/cli/version.ts': 'our package.json',
  'lib/system/addon-file.ts': 'our addon',
  'lib/system/audit/read-owners.ts': 'a setting below /proc/sys',
  'lib/cli/commands/topology.ts': 'a recorded machine that the user named',
  'lib/system/claims/ledger.ts': 'makes the directory, which is then opened and looked at',
  'lib/system/claims/lock-wait.ts': '/proc/locks',
  'lib/system/exact-text.ts': 'our own command line and environment in /proc',
  'lib/system/claims/record-files.ts': 'records, in a checked directory',
  'lib/system/lend/page.ts': 'the page, in the ledger, checked once it is open',
  'lib/system/launch/rank-output.ts': '--log-dir, checked, and /dev/null',
  'lib/system/launch/runtime.ts': 'the program that is about to be started',
  'lib/system/machine/host.ts': 'a recorded machine that the user named',
  'lib/system/machine/load.ts': '/proc/stat',
  'lib/system/machine/memory-policy.ts': '/proc/thread-self/status',
  'lib/system/process-limit.ts': '/proc',
  'lib/system/processes/reader.ts': '/proc/PID/stat',
  'lib/system/processes/saved-files.ts': 'what was before, in a checked directory',
  'lib/system/processes/start-facts.ts': '/proc/PID/stat and cmdline',
  'lib/system/processes/users.ts': '/etc/passwd and /proc/PID/status',
};

const OPENS_NATIVE =
  /(?:^|[^\w.])(?:::(?:open|openat|fopen|opendir|truncate|mkdir|unlink)|std::[io]?fstream)\b|= open\(\w+, O_/;
const OPENS_IN_NODE =
  /\b(create(Read|Write)Stream|(open|opendir|readFile|writeFile|appendFile|readdir|unlink|rm|mkdir|rename)Sync)\(/;

function files(root: string, pattern: RegExp): string[] {
  return (readdirSync(join(PROJECT, root), { recursive: true }) as string[])
    .filter(file => pattern.test(file))
    .map(file => join(root, file));
}

function codeOf(file: string): string {
  return readFileSync(join(PROJECT, file), 'utf8').replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, '');
}

describe('files that others can change', () => {
  it('are opened by the modules that look at them first', () => {
    const opening = [
      ...files('native', /\.(cc|c|h)$/).filter(file => OPENS_NATIVE.test(codeOf(file))),
      ...files('lib', /\.ts$/).filter(file => OPENS_IN_NODE.test(codeOf(file))),
    ];
    assert.deepEqual(opening.sort(), Object.keys(MAY_OPEN).sort());
  });

  it('are not reached through the links of another process', () => {
    const links = /(\/proc\/\$\{\w+\}|process_path\(\w+\)|directory) ?\+? ?["'`/]*\/(root|exe|fd|map_files)\b/;
    const reaching = [...files('native', /\.(cc|h)$/), ...files('lib', /\.ts$/)].filter(file =>
      links.test(codeOf(file)),
    );
    // Only readers run these: the root directory is a starting point, and the program's file is no device.
    assert.deepEqual(reaching.sort(), [
      'native/linux/owners/elf_files.cc',
      'native/linux/target/start_facts.cc',
      'native/linux/target/target_process.cc',
    ]);
  });
});
