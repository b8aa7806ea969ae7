import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Context } from 'mocha';
import { THREAD_KINDS, type OwnersRecord } from '../../../lib/core/audit/records.js';
import { temporaryDirectory } from '../../helpers/processes/governed.js';
import { compiled, OWNERS } from '../../helpers/audit/ground-truth.js';
import { requirePackages } from '../../helpers/debian.js';
import { started } from '../../helpers/processes/printing.js';
import { finished } from '../../helpers/processes/run.js';
import { PROJECT } from '../../helpers/shared.js';
import { requireRoot } from '../../helpers/skip.js';

const NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];
const ANOTHER = ['setpriv', '--reuid', '65533', '--regid', '65533', '--clear-groups'];
/** The capabilities that Docker leaves to root. */
const CONTAINER = [
  'chown',
  'dac_override',
  'fsetid',
  'fowner',
  'mknod',
  'net_raw',
  'setgid',
  'setuid',
  'setfcap',
  'setpcap',
  'net_bind_service',
  'sys_chroot',
  'kill',
  'audit_write',
];
const IN_CONTAINER = [
  'setpriv',
  '--bounding-set',
  ['-all', ...CONTAINER.map(name => `+${name}`)].join(),
  '--inh-caps',
  '-all',
];
const addonOf = createRequire(import.meta.url)('node-gyp-build') as { resolve(directory: string): string };

/** A program with four threads, and our addon, in a directory that all users can read. */
async function prepared(
  test: Context,
  as: readonly string[],
): Promise<{ pid: number; read(...as: string[]): Promise<OwnersRecord>; program: string }> {
  requirePackages(test, 'gcc');
  requireRoot(test, 'run programs as other users');
  const directory = temporaryDirectory();
  chmodSync(directory, 0o755);
  const open = join(directory, 'open');
  mkdirSync(open);
  const [addon, script] = [join(open, 'addon.node'), join(open, 'tell_owners.cjs')];
  copyFileSync(addonOf.resolve(PROJECT), addon);
  copyFileSync(join(OWNERS, 'observers/tell_owners.cjs'), script);
  const program = compiled(join(open, 'program'), ['gcc', '-pthread', '$/compiled/start_pthreads.c']);
  const { pid } = await started([...as, program, '4']);
  return {
    pid,
    program,
    async read(...reader) {
      const { status, stdout, stderr } = await finished([...reader, process.execPath, script, addon, String(pid)]);
      assert.equal(status, 0, stderr);
      return JSON.parse(stdout) as OwnersRecord;
    },
  };
}

function assertRight(record: OwnersRecord, program: string): void {
  assert.equal(record.denied, 0);
  assert.deepEqual(
    [...record.tid].filter(tid => tid !== record.pid).map((_, i) => THREAD_KINDS[record.kind[i + 1]!]),
    Array(4).fill('pthread'),
  );
  assert.deepEqual(
    record.routines.map(({ symbol, module }) => [symbol, record.modules[module]!.path]),
    [['wait_for_ever', program]],
  );
}

function assertDenied(record: OwnersRecord): void {
  assert([constants.errno.EPERM, constants.errno.EACCES].includes(record.denied), `errno ${record.denied}`);
  assert.deepEqual([...record.kind].map(kind => THREAD_KINDS[kind]).sort(), [...Array(4).fill('denied'), 'main']);
  assert.deepEqual([record.modules, record.routines, [...new Set(record.start)]], [[], [], [-1]]);
}

describe('the right to read owners', () => {
  it('root may read any program', async function () {
    const { read, program } = await prepared(this, NOBODY);
    assertRight(await read(), program);
  });

  it('a user may read their own program', async function () {
    const { read, program } = await prepared(this, NOBODY);
    assertRight(await read(...NOBODY), program);
  });

  it("a user may not read another user's program", async function () {
    const { read } = await prepared(this, NOBODY);
    assertDenied(await read(...ANOTHER));
  });

  it("a user may not read root's program", async function () {
    const { read } = await prepared(this, []);
    assertDenied(await read(...NOBODY));
  });

  it('root without CAP_SYS_PTRACE, as in containers, may not read a user or a root that has it', async function () {
    const { read } = await prepared(this, NOBODY);
    assertDenied(await read(...IN_CONTAINER));
    const ofRoot = await prepared(this, []);
    assertDenied(await ofRoot.read(...IN_CONTAINER));
  });

  it('root without CAP_SYS_PTRACE may read a program that has no more rights than itself', async function () {
    const { read, program } = await prepared(this, IN_CONTAINER);
    assertRight(await read(...IN_CONTAINER), program);
  });
});
