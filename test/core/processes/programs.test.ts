import assert from 'node:assert/strict';
import fc from 'fast-check';
import { programsOf, type Listed, type SessionFacts } from '../../../lib/core/processes/programs.js';
import { holds } from '../../helpers/property.js';

interface Made extends Listed, Partial<SessionFacts> {}

/** Programs as `root: members`, from processes written as `pid ppid comm`; `facts` about shells and process 1. */
function programs(lines: readonly string[], facts: Record<number, Partial<SessionFacts>> = {}): string[] {
  const processes = lines.map((line): Made => {
    const [pid, ppid, ...comm] = line.split(' ');
    return { pid: Number(pid), ppid: Number(ppid), comm: comm.join(' ') };
  });
  const factsOf = ({ pid, comm }: Made) => ({ commandLine: [comm, 'script.sh'], session: 0, ...facts[pid] });
  return programsOf(processes, factsOf).map(
    ({ root, members }) => `${root.pid}: ${members.map(({ pid }) => pid).join(' ')}`,
  );
}

const alone = (found: string[], ...pids: number[]) =>
  pids.forEach(pid => assert.ok(found.includes(`${pid}: ${pid}`), `${pid} in ${found.join('; ')}`));

describe('programs: a tree is what its user would name', () => {
  it("a pool started in a terminal is its parent's program, not the shell's or sshd's", () => {
    const found = programs(
      ['1 0 systemd', '50 1 sshd', '51 50 sshd', '52 51 bash', '60 52 python3', '61 60 python3', '62 60 python3'],
      { 52: { session: 52 } },
    );
    assert.ok(found.includes('60: 60 61 62'));
    alone(found, 1, 50, 51, 52);
  });
  it('wrappers are not the root: sudo, timeout, a shell that runs a script', () => {
    const found = programs(
      ['1 0 systemd', '52 1 bash', '53 52 sudo', '54 53 timeout', '55 54 sh', '60 55 python3', '61 60 python3'],
      { 52: { session: 52 } },
    );
    assert.ok(found.includes('60: 60 61'));
    alone(found, 53, 54, 55);
  });
  it('a shell that a program starts belongs to it, with its children', () => {
    assert.deepEqual(programs(['1 0 systemd', '60 1 node', '61 60 sh', '62 61 python3']), ['1: 1', '60: 60 61 62']);
  });
  it("an editor's terminal is a session below a program", () => {
    const lines = ['1 0 systemd', '40 1 node', '52 40 bash', '60 52 python3'];
    assert.deepEqual(programs(lines, { 52: { commandLine: ['bash', '--init-file', '/x/integration.sh'] } }), [
      '1: 1',
      '40: 40',
      '52: 52',
      '60: 60',
    ]);
    assert.deepEqual(programs(lines, { 52: { commandLine: ['bash', '-lc', 'python3 x'] } }), ['1: 1', '40: 40 52 60']);
  });
  it('jobs of one script are separate programs', () => {
    assert.deepEqual(programs(['52 1 bash', '60 52 python3', '61 52 python3']), ['52: 52', '60: 60', '61: 61']);
  });
  it('sessions: terminals, multiplexers, containers, job schedulers', () => {
    for (const name of [
      'tmux: server',
      'screen',
      'containerd-shim',
      'cron',
      'slurmstepd',
      'gnome-terminal-',
      'supervisord',
      'systemd',
      'sshd-session',
    ]) {
      assert.deepEqual(programs(['40 1 node', `50 40 ${name}`, '60 50 python3']), ['40: 40', '50: 50', '60: 60'], name);
    }
  });
  it("a user's own systemd is a session too", () => {
    assert.deepEqual(programs(['1 0 systemd', '30 1 systemd', '60 30 jupyter-lab', '61 60 python3']), [
      '1: 1',
      '30: 30',
      '60: 60 61',
    ]);
  });
});

describe('programs: a shell starts a session', () => {
  const begins = (facts: Partial<SessionFacts>) =>
    programs(['40 0 node', '50 40 zsh', '60 50 python3'], { 50: facts }).includes('60: 60');

  it('if it reads commands from a person or a pipe', () => {
    for (const line of ['zsh', '-zsh', 'zsh -l', 'zsh --login -i', 'zsh -s', 'zsh -o vi', '/bin/zsh +x'])
      assert.ok(begins({ commandLine: line.split(' ') }), line);
  });
  it('if it is a session leader', () => assert.ok(begins({ session: 50 })));
  it('not if it runs a script or a command line', () => {
    for (const line of ['zsh x.sh', 'zsh -c true', 'zsh -lc true', 'zsh -x x.sh', 'zsh -o vi x.sh'])
      assert.ok(!begins({ commandLine: line.split(' ') }), line);
  });
  it('not if nothing may be read', () => assert.ok(!begins({ commandLine: [], session: null })));
});

describe('programs: process 1', () => {
  const container = ['1 0 python3', '10 1 python3', '11 1 python3'];
  it('is the program of a container', () =>
    assert.deepEqual(programs(container, { 1: { session: 1 } }), ['1: 1 10 11']));
  it('is an init if the kernel started it', () =>
    assert.deepEqual(programs(container, { 1: { session: 0 } }), ['1: 1', '10: 10', '11: 11']));
  it('is an init by its name', () =>
    assert.deepEqual(programs(['1 0 tini', '10 1 python3', '11 10 python3'], { 1: { session: 1 } }), [
      '1: 1',
      '10: 10 11',
    ]));
});

describe('programs: any list', () => {
  const anyList = fc.uniqueArray(
    fc.record({
      pid: fc.integer({ min: 1, max: 30 }),
      ppid: fc.integer({ min: 0, max: 30 }),
      comm: fc.constantFrom('node', 'bash', 'sudo', 'sshd'),
    }),
    { selector: made => made.pid },
  );

  it('each process is in one program, the root first, even in a cycle', () => {
    holds([anyList], list => {
      const found = programsOf(list, () => ({ commandLine: ['bash', 'x'], session: 0 }));
      assert.deepEqual(
        found
          .flatMap(({ members }) => members)
          .map(({ pid }) => pid)
          .sort(),
        list.map(({ pid }) => pid).sort(),
      );
      for (const { root, members } of found) assert.equal(members[0], root);
    });
  });
  it('a chain of 100,000 processes', () => {
    const chain = Array.from({ length: 100_000 }, (_, i) => ({ pid: i + 2, ppid: i + 1, comm: 'node' }));
    assert.equal(programsOf(chain.reverse(), () => ({ commandLine: [], session: 0 })).length, 1);
  });
});
