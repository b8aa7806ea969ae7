import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
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
import { forgetAffinities, loadAffinities, saveAffinities } from '../../../lib/system/processes/saved-affinities.js';
import { readBoot } from '../../../lib/system/processes/saved-files.js';
import { requireProcess } from '../../../lib/system/processes/processes.js';
import { temporaryDirectory } from '../../helpers/processes/governed.js';
import { governor } from '../../helpers/processes/run.js';
import { PROJECT } from '../../helpers/shared.js';

const ROOT = requireProcess(process.pid);
const NOT_SAVED = (text: RegExp) => ({ name: 'GovernorError', code: 'NOT_SAVED', message: text });

function tree(cpus: number[], { startTime = ROOT.startTime, boot = readBoot() } = {}): SavedTree {
  return {
    boot,
    processes: [{ pid: process.pid, startTime, threads: [{ tid: process.pid, startTime, affinity: cpus }] }],
  };
}

/** The test's own runtime directory, with saved affinities of this process. */
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
  it('are not replaced by later ones', () => {
    const { directory } = prepared();
    saveAffinities(ROOT, tree([7]));
    assert.deepEqual(loadAffinities(ROOT), tree([0, 1]));
    assert.equal(readdirSync(directory).length, 1, 'no unfinished file is left');
  });
  it('may not be read or written by other users', () => {
    const { directory, file } = prepared();
    assert.equal(statSync(directory).mode & 0o777, 0o700);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });
  it('are not those of an earlier process with the same pid', () => {
    prepared();
    assert.equal(loadAffinities({ pid: ROOT.pid, startTime: ROOT.startTime + 1 }), null);
  });
  it('are not those from before a reboot', () => {
    prepared();
    forgetAffinities(ROOT);
    saveAffinities(ROOT, tree([0], { boot: 'another' }));
    assert.equal(loadAffinities(ROOT), null);
    saveAffinities(ROOT, tree([1]));
    assert.deepEqual(loadAffinities(ROOT), tree([1]), 'old ones do not keep new ones from being saved');
  });
  it('are in /tmp if XDG_RUNTIME_DIR is unset or not ours', () => {
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

const asRoot = process.geteuid?.() === 0;

if (asRoot)
  describe('saved affinities in a /tmp', () => {
    /** Runs a shell script with an empty /tmp; `$1` is a process, `$2` governor. The project may be in /tmp. */
    function withNewTmp(script: string) {
      const setUp = 'mount --rbind "$2" /mnt; mount -t tmpfs none /tmp; cd /mnt; set -- "$1" /mnt/bin/governor.js';
      return spawnSync(
        'unshare',
        [
          '--mount',
          'sh',
          '-c',
          `set -e; ${setUp}; unset XDG_RUNTIME_DIR; ${script}`,
          'sh',
          String(process.pid),
          PROJECT,
        ],
        { encoding: 'utf8' },
      );
    }

    it('where another user has taken the name are kept under another one, and found again', () => {
      const { status, stdout, stderr } = withNewTmp(`
        install -d -m 700 -o 65534 /tmp/thread-governor-0
        node "$2" pin $1 >/dev/null; ls /tmp | sed 's/-......$/-RANDOM/'
        node "$2" pin --restore $1 >/dev/null; ls /tmp/thread-governor-0-*
        install -d -m 700 -o 65534 /tmp/thread-governor-0-planted; node "$2" pin $1 >/dev/null
        node "$2" pin --restore $1 | grep -o restored; ls /tmp | wc -l`);
      const kept = 'thread-governor-0\nthread-governor-0-RANDOM\n';
      assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: `${kept}restored\n3\n`, stderr: '' });
    });
    it('are refused where all users have one number', () => {
      const { status, stderr } = withNewTmp(
        `exec unshare --user sh -c 'sleep 1000 & node "$1" pin $!; status=$?; kill $!; exit $status' sh "$2"`,
      );
      assert.equal(status, 2);
      assert.match(
        stderr,
        /^governor: cannot save affinities for --restore in \/tmp\S*: .* all users have one number; nothing was /,
      );
    });
  });

describe('saved affinities that are not trusted', () => {
  const files: [string, (file: string) => void, RegExp][] = [
    [
      'a link',
      file => {
        renameSync(file, `${file}.real`);
        symlinkSync(`${file}.real`, file);
      },
      /^cannot trust the saved affinities in .*: it is a symbolic link; nothing was changed; remove it$/,
    ],
    [
      'a pipe',
      file => {
        rmSync(file);
        execFileSync('mkfifo', ['-m', '600', file]);
      },
      /it is not a file/,
    ],
    [
      'a directory',
      file => {
        rmSync(file);
        mkdirSync(file);
      },
      /it is not a file/,
    ],
    ['one that others may write to', file => chmodSync(file, 0o622), /other users may access it/],
    ['one that is too long', file => truncateSync(file, 2 ** 40), /it is longer than 16777216 bytes/],
    ['an empty one', file => truncateSync(file), /governor pin did not write it/],
    ['one with another text', file => writeFileSync(file, '\0'.repeat(10_000)), /governor pin did not write it/],
    [
      'one about another process',
      file => writeFileSync(file, readFileSync(file, 'utf8').replace(`process ${process.pid} `, 'process 1 ')),
      /governor pin did not write it/,
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
      'a directory that is a symbolic link',
      directory => {
        renameSync(directory, `${directory}.real`);
        symlinkSync(`${directory}.real`, directory);
      },
      /it is not a directory/,
    ],
    ['a directory that others may write to', directory => chmodSync(directory, 0o777), /other users may access it/],
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
        NOT_SAVED(/^cannot save affinities for --restore in \S+: (it|other users) .*; nothing was changed$/),
      );
    });
  }

  it('make governor pin end with one line, with and without --restore', async () => {
    const { runtime, file } = prepared();
    writeFileSync(file, 'process 1 1\n');
    for (const options of [[], ['--restore']]) {
      const { status, stdout, stderr } = await governor(['pin', ...options, String(process.pid)], {
        XDG_RUNTIME_DIR: runtime,
      });
      assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
      assert.match(
        stderr,
        /^governor: cannot trust .*: governor pin did not write it; nothing was changed; remove it\n$/,
      );
    }
  });
});
