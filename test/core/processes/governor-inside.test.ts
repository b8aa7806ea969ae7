import assert from 'node:assert/strict';
import { governorCommand, programTree } from '../../../lib/core/processes/governor-inside.js';
import { programsOf } from '../../../lib/core/processes/programs.js';

/** Processes as `pid ppid command line`; the last digit of a pid is the number of threads. */
function listed(lines: readonly string[]) {
  return lines.map(line => {
    const [pid, ppid, ...words] = line.split(' ');
    const name = words[0]!.replace(/^.*\//, '');
    const commandLine = name.startsWith('thread-') ? [words.join(' ')] : words;
    return {
      pid: Number(pid),
      ppid: Number(ppid),
      startTime: Number(pid),
      threads: Number(pid) % 10,
      comm: name,
      commandLine,
    };
  });
}

/** `root: pid<ppid …`, and what was left out. */
function seen(...lines: string[]): string {
  const all = listed(lines);
  const { tree, root, governor } = programTree(all, pid => all.find(process => process.pid === pid)!.commandLine);
  const left = governor
    ? ` without ${governor.command} ${governor.pid}: ${governor.processes}, ${governor.threads}`
    : '';
  return `${root}: ${tree.map(({ pid, ppid }) => `${pid}<${ppid}`).join(' ')}${left}`;
}

const RUN = [
  '104 1 node /opt/bin/governor run -- train',
  '111 104 thread-keeper for 104',
  '121 111 thread-warden for 104',
];
const LAUNCH = ['104 1 node /opt/bin/governor.js launch -n 2 -- train', ...RUN.slice(1)];

describe('a tree without the processes of a governor', () => {
  it('run: its program is the root', () => {
    assert.equal(seen(...RUN, '131 121 train', '141 131 train'), '131: 131<1 141<131 without run 104: 3, 6');
  });
  it('run: what the program has left behind belongs to it', () => {
    assert.equal(seen(...RUN, '120 121 daemon', '119 121 train'), '119: 119<1 120<119 without run 104: 3, 6');
  });
  it('launch: the ranks are below the governor', () => {
    assert.equal(
      seen(...LAUNCH, '131 121 train', '132 121 train', '141 131 train'),
      '104: 131<104 132<104 141<131 without launch 104: 3, 6',
    );
  });
  it('launch of one rank: that is the root', () => {
    assert.equal(seen(...LAUNCH, '131 121 train'), '131: 131<1 without launch 104: 3, 6');
  });
  it('a child that the shell had before it became the governor is not the program', () => {
    assert.equal(seen(...RUN, '105 104 sleep', '131 121 train'), '131: 131<1 without run 104: 3, 6');
  });
  it('within a program: what is run belongs to it', () => {
    const inside = RUN.map(line => line.replace('104 1 ', '104 100 '));
    assert.equal(seen('100 1 python3 main.py', ...inside, '131 121 train'), '100: 100<1 131<100');
  });
  it('a program that uses the library is the root; its ranks are its children', () => {
    const library = ['104 1 node app.mjs', ...RUN.slice(1)];
    assert.equal(seen(...library, '131 121 train', '132 121 train'), '104: 104<1 131<104 132<104');
  });
  it('a title that was cut, as there was no room for more', () => {
    assert.equal(
      seen(RUN[0]!, '111 104 thread-keeper', '121 111 thread-warden f', '131 121 train').split(':')[0],
      '131',
    );
  });
  it('nothing started yet: the governor itself', () => {
    assert.equal(seen(...RUN), '104: 104<1 111<104 121<111');
  });
  it('a program that only has the name of a supervisor is none', () => {
    assert.equal(seen('104 1 node app.mjs', '111 104 /bin/thread-keeper'), '104: 104<1 111<104');
  });
});

describe('the command of a governor', () => {
  it('is known by the words that start it', () => {
    assert.equal(governorCommand(['node', '--no-warnings', '/x/bin/governor.js', 'launch', '-n', '2']), 'launch');
    assert.equal(governorCommand(['/usr/bin/node', '/usr/local/bin/governor', 'run']), 'run');
    assert.equal(governorCommand(['node', '/x/governor', 'audit', '7']), null);
    assert.equal(governorCommand(['node', '/x/governor-tool', 'run']), null);
  });
});

describe('programs of the machine below a governor', () => {
  const programs = (...lines: string[]) => {
    const found = programsOf(listed(lines), ({ commandLine }) => ({ commandLine, session: 0 }));
    return found.map(({ root, members }) => `${root.pid}: ${members.map(({ pid }) => pid).join(' ')}`);
  };

  it('what run has started is a program; the governor and its supervisors are others', () => {
    assert.deepEqual(programs(...RUN, '131 121 train', '132 131 train'), [
      '104: 104',
      '111: 111',
      '121: 121',
      '131: 131 132',
    ]);
  });
  it('the ranks of a launch are one program, even if they are shells', () => {
    assert.ok(programs(...LAUNCH, '131 121 sh -c x', '132 121 sh -c x', '141 131 x').includes('131: 131 132 141'));
  });
  it('a child that the shell had before is no part of it', () => {
    assert.ok(programs(...RUN, '105 104 sleep', '131 121 train').includes('131: 131'));
  });
  it('a program that runs a governor is one program with it', () => {
    const inside = RUN.map(line => line.replace('104 1 ', '104 100 '));
    assert.deepEqual(programs('100 1 python3 x', ...inside, '131 121 train'), ['100: 100 104 111 121 131']);
  });
});
