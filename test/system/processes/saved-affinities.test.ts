import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { SavedTree } from '../../../lib/core/processes/saved-affinities.js';
import {
  forgetAffinities,
  loadAffinities,
  readBoot,
  saveAffinities,
} from '../../../lib/system/processes/saved-affinities.js';
import { requireProcess } from '../../../lib/system/processes/processes.js';
import { temporaryDirectory } from '../../helpers/processes/governed.js';
import { governor } from '../../helpers/processes/run.js';

const ROOT = requireProcess(process.pid);
const NOT_SAVED = (text: RegExp) => ({ name: 'GovernorError', code: 'NOT_SAVED', message: text });

function tree(cpus: number[], { startTime = ROOT.startTime, boot = readBoot() } = {}): SavedTree {
  return {
    boot,
    processes: [{ pid: process.pid, startTime, threads: [{ tid: process.pid, startTime, affinity: cpus }] }],
  };
}

/** A runtime directory of the test's own, with what is saved about this process. */
function prepared(): { runtime: string; directory: string; file: string } {
  const runtime = temporaryDirectory();
  process.env['XDG_RUNTIME_DIR'] = runtime;
  saveAffinities(ROOT, tree([0, 1]));
  const directory = join(runtime, 'thread-governor');
  const [name] = readdirSync(directory);
  return { runtime, directory, file: join(directory, name!) };
}

describe('saved affinities', () => {
  it('are found by the root until they are forgotten', () => {
    prepared();
    assert.deepEqual(loadAffinities(ROOT), tree([0, 1]));
    forgetAffinities(ROOT);
    assert.equal(loadAffinities(ROOT), null);
    forgetAffinities(ROOT);
  });
  it('the first ones stay', () => {
    const { directory } = prepared();
    saveAffinities(ROOT, tree([7]));
    assert.deepEqual(loadAffinities(ROOT), tree([0, 1]));
    assert.equal(readdirSync(directory).length, 1, 'nothing else is left behind');
  });
  it("are nobody else's to read or write", () => {
    const { directory, file } = prepared();
    assert.equal(statSync(directory).mode & 0o777, 0o700);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });
  it('are not those of a process that has got the same pid', () => {
    prepared();
    assert.equal(loadAffinities({ pid: ROOT.pid, startTime: ROOT.startTime + 1 }), null);
  });
  it('are not those of the machine before it was started anew', () => {
    prepared();
    forgetAffinities(ROOT);
    saveAffinities(ROOT, tree([0], { boot: 'another' }));
    assert.equal(loadAffinities(ROOT), null);
    saveAffinities(ROOT, tree([1]));
    assert.deepEqual(loadAffinities(ROOT), tree([1]), 'and do not stand in the way');
  });
  it('are in /tmp where XDG_RUNTIME_DIR is none, or not ours', () => {
    for (const runtime of [undefined, '', 'relative', '/', '/nonexistent', '/etc/passwd']) {
      if (runtime === undefined) delete process.env['XDG_RUNTIME_DIR'];
      else process.env['XDG_RUNTIME_DIR'] = runtime;
      saveAffinities(ROOT, tree([0]));
      try {
        const name = new RegExp(`-${ROOT.pid}-${ROOT.startTime}$`);
        assert.ok(
          readdirSync(`/tmp/thread-governor-${process.geteuid!()}`).some(file => name.test(file)),
          runtime,
        );
      } finally {
        forgetAffinities(ROOT);
      }
    }
  });
});

describe('saved affinities that are not trusted', () => {
  const asRoot = process.geteuid?.() === 0;

  const files: [string, (file: string) => void, RegExp][] = [
    [
      'a link',
      file => {
        renameSync(file, `${file}.real`);
        symlinkSync(`${file}.real`, file);
      },
      /not trusted: it is a link; nothing was changed\. Remove it$/,
    ],
    [
      'a pipe',
      file => {
        rmSync(file);
        execFileSync('mkfifo', ['-m', '600', file]);
      },
      /it is no file/,
    ],
    [
      'a directory',
      file => {
        rmSync(file);
        mkdirSync(file);
      },
      /it is no file/,
    ],
    ['one that others may write to', file => chmodSync(file, 0o622), /it is open to others/],
    ['one that is too long', file => truncateSync(file, 2 ** 40), /it is too long/],
    ['an empty one', file => truncateSync(file), /it is not as governor pin writes it/],
    ['one with another text', file => writeFileSync(file, '\0'.repeat(10_000)), /it is not as governor pin writes it/],
    [
      'one about another process',
      file => writeFileSync(file, readFileSync(file, 'utf8').replace(`process ${process.pid} `, 'process 1 ')),
      /it is not as governor pin writes it/,
    ],
    ...(asRoot
      ? [
          ['one of another user', (file: string) => chownSync(file, 65534, 65534), /it belongs to another user/] as [
            string,
            (file: string) => void,
            RegExp,
          ],
        ]
      : []),
  ];
  for (const [what, spoil, text] of files) {
    it(what, () => {
      const { file } = prepared();
      spoil(file);
      assert.throws(() => loadAffinities(ROOT), NOT_SAVED(text));
    });
  }

  const directories: [string, (directory: string) => void, RegExp][] = [
    [
      'a directory that is a link',
      directory => {
        renameSync(directory, `${directory}.real`);
        symlinkSync(`${directory}.real`, directory);
      },
      /it is no directory/,
    ],
    ['a directory that others may write to', directory => chmodSync(directory, 0o777), /it is open to others/],
    ...(asRoot
      ? [
          [
            'a directory of another user',
            (directory: string) => chownSync(directory, 65534, 65534),
            /it belongs to another user/,
          ] as [string, (directory: string) => void, RegExp],
        ]
      : []),
  ];
  for (const [what, spoil, text] of directories) {
    it(`${what}, neither for reading nor for writing`, () => {
      const { directory } = prepared();
      spoil(directory);
      assert.throws(() => loadAffinities(ROOT), NOT_SAVED(text));
      assert.throws(
        () => saveAffinities(ROOT, tree([0])),
        NOT_SAVED(/cannot be kept there: it .*; nothing was changed$/),
      );
    });
  }

  it('end governor pin by one line, with and without --restore', async () => {
    const { runtime, file } = prepared();
    writeFileSync(file, 'process 1 1\n');
    for (const options of [[], ['--restore']]) {
      const { status, stdout, stderr } = await governor(['pin', ...options, String(process.pid)], {
        XDG_RUNTIME_DIR: runtime,
      });
      assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
      assert.match(
        stderr,
        /^governor: .* not trusted: it is not as governor pin writes it; nothing was changed\. Remove it\n$/,
      );
    }
  });
});
