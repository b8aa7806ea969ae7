import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { shared, GOVERNOR } from '../../helpers/shared.js';
import { finished } from '../../helpers/processes/run.js';
import { temporaryDirectory } from '../../helpers/processes/governed.js';
import { differences, recordings, unpacked } from '../../helpers/machine/recordings.js';
import { readHost } from '../../../lib/index.js';
import { join } from 'node:path';

describe('a recorded machine is read as hwloc, lscpu and its own masks show it', () => {
  for (const name of recordings()) {
    it(name, () => {
      const { sysroot, expected } = unpacked(name);
      assert.deepEqual(differences(readHost({ sysroot }), expected), []);
    });
  }
});

describe('recorded machines', () => {
  it('have the CPUs, cores, packages, NUMA nodes and caches of the comparison that comes with them', async function () {
    const compare = shared(this, 'topologies/compare.mjs');
    const { status, stdout } = await finished([process.execPath, compare, shared(this, 'topologies'), GOVERNOR]);
    assert.equal(status, 0, stdout);
    const machines = readdirSync(shared(this, 'topologies')).filter(name => name.endsWith('.tar.gz')).length;
    assert.match(stdout, new RegExp(`^${machines} of ${machines} machines right$`, 'm'));
  });

  it('give the same budget by --sysroot and, printed, by --host', async function () {
    const directory = temporaryDirectory();
    execFileSync('tar', ['xzf', shared(this, 'topologies/x86_64-epyc_7451.tar.gz'), '-C', directory]);
    const root = join(directory, 'x86_64-epyc_7451');
    const host = join(directory, 'host.json');
    const printed = await finished([
      'sh',
      '-c',
      '"$0" topology --json --sysroot "$1" >"$2" && "$0" budget --json --host "$2"',
      GOVERNOR,
      root,
      host,
    ]);
    const direct = await finished([GOVERNOR, 'budget', '--json', '--sysroot', root]);
    assert.deepEqual(JSON.parse(printed.stdout), JSON.parse(direct.stdout));
    assert.equal(readHost({ sysroot: root }).cpus.length, 96);
  });
});
