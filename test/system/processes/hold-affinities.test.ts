import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { pin } from '../../../lib/index.js';
import type { Wanted } from '../../../lib/core/processes/saved-affinities.js';
import { holdAffinities, readAffinities, readTreeOf } from '../../../lib/system/processes/hold-affinities.js';
import { requireProcess } from '../../../lib/system/processes/processes.js';
import { affinitiesByTaskset, onlyCpu, temporaryDirectory, TWO_CPUS } from '../../helpers/processes/governed.js';
import { eventually } from '../../helpers/processes/eventually.js';
import { started } from '../../helpers/processes/printing.js';
import { finished } from '../../helpers/processes/run.js';
import { GOVERNOR } from '../../helpers/shared.js';
import { requireRoot } from '../../helpers/skip.js';

const [FIRST, SECOND] = TWO_CPUS as [number, number];
const NO_CPU = 1_000_000;

/** Two programs below a shell, all on two CPUs. */
async function twoBelowShell({
  above = [],
  below = [],
}: {
  above?: string[];
  below?: string[];
} = {}): Promise<{ shell: number; children: number[] }> {
  const { pid } = await started([
    ...above,
    'taskset',
    '-c',
    TWO_CPUS.join(),
    'sh',
    '-c',
    '"$@" sleep infinity & "$@" sleep infinity & echo ready; wait',
    'sh',
    ...below,
  ]);
  const children = () => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  await eventually(() => children().every(child => readFileSync(`/proc/${child}/comm`, 'utf8') === 'sleep\n'));
  return { shell: pid, children: children() };
}

const to = (pid: number, startTime: number, ...cpus: number[]): Wanted => ({ pid, startTime, affinityOf: () => cpus });

describe('holdAffinities', () => {
  it('restores all threads if one cannot be pinned', async () => {
    const { shell, children } = await twoBelowShell();
    const root = requireProcess(shell);
    const tree = readTreeOf(root);
    const wanted = tree.map(({ pid, startTime }, i) => to(pid, startTime, i < 2 ? FIRST : NO_CPU));
    const { pid } = tree[2]!;
    let first: (number | null)[] = [];
    const look = () => {
      first = tree.map(({ pid }) => onlyCpu(pid));
      return wanted;
    };
    await assert.rejects(holdAffinities(root, readAffinities(tree), look), {
      code: 'PIN_NOT_HELD',
      message: new RegExp(
        `^pid ${pid}: cannot pin thread ${pid} to CPUs ${NO_CPU}: none of them .*; all affinities were restored$`,
      ),
    });
    assert.deepEqual(first, [null, null, null]);
    for (const pid of [shell, ...children]) assert.deepEqual(affinitiesByTaskset(pid), [TWO_CPUS]);
  });

  it('skips a process that has ended, and a process that has its pid now', async () => {
    const { shell, children } = await twoBelowShell();
    const root = requireProcess(shell);
    const tree = readTreeOf(root);
    const ended = spawn('true');
    await once(ended, 'exit');
    const wanted = [
      to(ended.pid!, 1, FIRST),
      to(children[0]!, tree[1]!.startTime + 1, FIRST),
      to(children[1]!, tree[2]!.startTime, SECOND),
    ];
    assert.equal(await holdAffinities(root, readAffinities(tree), () => wanted), true);
    assert.deepEqual(children.map(onlyCpu), [null, SECOND]);
  });

  it('repeats until nothing is left to change: pins what is moved after the first round', async () => {
    const { shell, children } = await twoBelowShell();
    const root = requireProcess(shell);
    const tree = readTreeOf(root);
    let looks = 0;
    const look = () => {
      if (++looks === 2) execFileSync('taskset', ['-acp', String(SECOND), String(children[0])]);
      return tree.map(({ pid, startTime }) => to(pid, startTime, FIRST));
    };
    assert.equal(await holdAffinities(root, readAffinities(tree), look), true);
    assert.deepEqual([shell, ...children].map(onlyCpu), [FIRST, FIRST, FIRST]);
    assert.equal(looks, 3, 'the last round proves that the affinities hold');
  });

  it('restores all threads if it is aborted between two rounds', async () => {
    const { shell, children } = await twoBelowShell();
    const root = requireProcess(shell);
    const tree = readTreeOf(root);
    const abort = new AbortController();
    const why = new Error('enough');
    let looks = 0;
    const look = () => {
      if (++looks === 2) abort.abort(why);
      return tree.map(({ pid, startTime }) => to(pid, startTime, TWO_CPUS[looks % 2]!));
    };
    await assert.rejects(holdAffinities(root, readAffinities(tree), look, abort.signal), error => error === why);
    assert.equal(looks, 2);
    for (const pid of [shell, ...children]) assert.deepEqual(affinitiesByTaskset(pid), [TWO_CPUS]);
  });

  it('returns false for a program that keeps moving', async () => {
    const { shell, children } = await twoBelowShell();
    const root = requireProcess(shell);
    const tree = readTreeOf(root);
    let looks = 0;
    const look = () => [to(children[0]!, tree[1]!.startTime, TWO_CPUS[looks++ % 2]!)];
    assert.equal(await holdAffinities(root, readAffinities(tree), look), false);
  });
});

describe('processes that we may not pin', () => {
  /** root without CAP_SYS_NICE, as in many containers: it may pin only its own processes */
  const WITHOUT = ['setpriv', '--bounding-set', '-sys_nice', '--inh-caps', '-sys_nice'];
  const NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];

  const refused = async (pid: number, ...options: string[]): Promise<string> => {
    const { status, stdout, stderr } = await finished(
      [...WITHOUT, process.execPath, GOVERNOR, 'pin', ...options, String(pid)],
      { XDG_RUNTIME_DIR: temporaryDirectory() },
    );
    assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
    return stderr;
  };

  it('are refused with a line that names the process, its user, and the remedy', async function () {
    requireRoot(this, 'run programs as other users');
    const { pid } = await started([...NOBODY, 'sh', '-c', 'echo ready; read line']);
    const remedy = 'run as that user, or with CAP_SYS_NICE \\(sudo\\)';
    const text = new RegExp(
      `^governor: cannot pin pid ${pid} \\(sh\\): it belongs to nobody; ${remedy}; nothing was changed\n$`,
    );
    assert.match(await refused(pid), text);
    assert.match(await refused(pid, '--dry-run'), text);
  });

  it('are refused before anything is changed if they are further down in the tree', async function () {
    requireRoot(this, 'run programs as other users');
    const { shell, children } = await twoBelowShell({ above: WITHOUT, below: NOBODY });
    assert.match(
      await refused(shell, '--reserve', '0'),
      new RegExp(
        `^governor: cannot pin pid ${children[0]} \\(sleep\\), a descendant of ${shell}: it belongs to nobody; `,
      ),
    );
    for (const pid of [shell, ...children]) assert.deepEqual(affinitiesByTaskset(pid), [TWO_CPUS]);
  });

  it('are refused if they are ours but have more capabilities', async function () {
    requireRoot(this, 'run programs as other users');
    const { pid } = await started(['sh', '-c', 'echo ready; read line']);
    assert.match(await refused(pid), /\(sh\): it has capabilities that we lack; run with CAP_SYS_NICE \(sudo\); /);
  });

  it('can be pinned by root', async function () {
    requireRoot(this, 'run programs as other users');
    const { shell, children } = await twoBelowShell({ below: NOBODY });
    process.env['XDG_RUNTIME_DIR'] = temporaryDirectory();
    await pin(shell, { reserve: 0 });
    assert.deepEqual(children.map(onlyCpu), [FIRST, SECOND]);
  });
});
