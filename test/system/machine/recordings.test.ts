import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readHost } from '../../../lib/index.js';
import {
  differences,
  expectedOf,
  forEachRecording,
  recordingFile,
  unpacked,
} from '../../helpers/machine/recordings.js';
import { temporaryDirectory } from '../../helpers/processes/governed.js';
import { finished } from '../../helpers/processes/run.js';
import { GOVERNOR } from '../../helpers/shared.js';

describe('a recorded machine is read as hwloc, lscpu and its own masks show it', () => {
  forEachRecording(name => {
    it(name, function () {
      const sysroot = unpacked(this, name);
      assert.deepEqual(differences(readHost({ sysroot }), expectedOf(this, name)), []);
    });
  });
});

describe('recorded machines', () => {
  it('have the CPUs, cores, packages, NUMA nodes and caches of the comparison that comes with them', async function () {
    const compare = recordingFile(this, 'compare.mjs');
    const { status, stdout } = await finished([process.execPath, compare, dirname(compare), GOVERNOR]);
    assert.equal(status, 0, stdout);
    const machines = readdirSync(dirname(compare)).filter(name => name.endsWith('.tar.gz')).length;
    assert.match(stdout, new RegExp(`^${machines} of ${machines} machines right$`, 'm'));
  });

  it('give the same budget by --sysroot and, printed, by --host', async function () {
    const root = unpacked(this, 'x86_64-epyc_7451');
    const host = join(temporaryDirectory(), 'host.json');
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
