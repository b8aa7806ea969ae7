import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOwners } from '../../../lib/system/audit/read-owners.js';
import { compiled } from '../../helpers/audit/ground-truth.js';
import { threadsOf } from '../../helpers/audit/owners.js';
import { requirePackages } from '../../helpers/debian.js';
import { temporaryDirectory } from '../../helpers/processes/governed.js';
import { started } from '../../helpers/processes/printing.js';
import { GOVERNOR } from '../../helpers/shared.js';
import { requireRoot } from '../../helpers/skip.js';

describe('an audit opens no file that the program has put in the place of one it has mapped', () => {
  it('behind a link, even to the same bytes; another file of the same name counts as replaced', async function () {
    requirePackages(this, 'gcc', 'strace');
    requireRoot(this, 'start a program of another user');
    const directory = temporaryDirectory();
    const program = compiled(join(directory, 'map_files'), ['gcc', '$/compiled/map_files.c']);
    const [library, secret, fifo] = ['library.so', 'secret', 'fifo'].map(name => join(directory, name)) as [
      string,
      string,
      string,
    ];
    copyFileSync(program, library);
    copyFileSync(program, secret);
    copyFileSync(program, fifo);
    chmodSync(directory, 0o755);
    const nobody = ['setpriv', '--reuid', '65534', '--clear-groups'];
    const { pid } = await started([...nobody, program, library, fifo]);
    rmSync(library);
    symlinkSync(secret, library);
    rmSync(fifo);
    execFileSync('mkfifo', [fifo]);

    const [record] = await readOwners([[pid, threadsOf(pid)]], ['environ']);
    const deleted = record!.modules.filter(module => module.deleted).map(({ path }) => path);
    assert.deepEqual(deleted.sort(), [fifo, library].sort());

    const trace = join(directory, 'trace');
    writeFileSync(trace, '');
    const words = ['-f', '-y', '-e', 'trace=open,openat,openat2,read,pread64', '-o', trace];
    const { status } = spawnSync('strace', [
      ...words,
      process.execPath,
      GOVERNOR,
      'audit',
      '--window',
      '0.1',
      String(pid),
    ]);
    assert.equal(status, 0);
    const opened = readFileSync(trace, 'latin1');
    assert.match(opened, /map_files/, 'the program itself is read');
    assert.deepEqual(
      opened.split('\n').filter(line => /<.*\/(secret|fifo)>/.test(line) && !line.includes('O_PATH')),
      [],
    );
  });
});
