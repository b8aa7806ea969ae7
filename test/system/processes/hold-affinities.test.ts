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

describe('affinities that are given to a tree', () => {
  it('where one cannot be had all threads get back what they had', async () => {
    const { shell, children } = await twoBelowShell();
    const root = requireProcess(shell);
    const tree = readTreeOf(root);
    const wanted = tree.map(({ pid, startTime }, i) => to(pid, startTime, i < 2 ? FIRST : NO_CPU));
    let first: (number | null)[] = [];
    const look = () => {
      first = tree.map(({ pid }) => onlyCpu(pid));
      return wanted;
    };
    await assert.rejects(holdAffinities(root, readAffinities(tree), look), {
      code: 'PIN_NOT_HELD',
      message: new RegExp(
        `^pid ${tree[2]!.pid}: pin thread ${tree[2]!.pid} to CPUs ${NO_CPU}: .*; all threads have got back what they had$`,
      ),
    });
    assert.deepEqual(first, [null, null, null]);
    for (const pid of [shell, ...children]) assert.deepEqual(affinitiesByTaskset(pid), [TWO_CPUS]);
  });

  it('a process that has ended is no error, and one that has got its number is left alone', async () => {
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

  it('looks again until nothing is left to change: what is moved after the first look is pinned too', async () => {
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
    assert.equal(looks, 3, 'the last one proves that it holds');
  });

  it('where it is aborted between two looks all threads get back what they had', async () => {
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

  it('gives up on a program that always moves on, and says so', async () => {
    const { shell, children } = await twoBelowShell();
    const root = requireProcess(shell);
    const tree = readTreeOf(root);
    let looks = 0;
    const look = () => [to(children[0]!, tree[1]!.startTime, TWO_CPUS[looks++ % 2]!)];
    assert.equal(await holdAffinities(root, readAffinities(tree), look), false);
  });
});

describe('affinities of processes that we may not pin', () => {
  /** root without CAP_SYS_NICE, as in many containers: it may pin its own processes alone */
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

  it('are refused by a line that names the process, its user, and what would do', async function () {
    requireRoot(this, 'run programs as other users');
    const { pid } = await started([...NOBODY, 'sh', '-c', 'echo ready; read line']);
    const text = new RegExp(
      `^governor: pid ${pid} \\(sh\\) belongs to nobody, and we may not pin it: it needs that user, or CAP_SYS_NICE \\(sudo\\); nothing was changed\n$`,
    );
    assert.match(await refused(pid), text);
    assert.match(await refused(pid, '--dry-run'), text);
  });

  it('are refused before anything is changed where they are further down in the tree', async function () {
    requireRoot(this, 'run programs as other users');
    const { shell, children } = await twoBelowShell({ above: WITHOUT, below: NOBODY });
    assert.match(
      await refused(shell, '--reserve', '0'),
      new RegExp(`^governor: pid ${children[0]} \\(sleep\\), which ${shell} has started, belongs to nobody, `),
    );
    for (const pid of [shell, ...children]) assert.deepEqual(affinitiesByTaskset(pid), [TWO_CPUS]);
  });

  it('and our own that have more capabilities than we have', async function () {
    requireRoot(this, 'run programs as other users');
    const { pid } = await started(['sh', '-c', 'echo ready; read line']);
    assert.match(
      await refused(pid),
      /\(sh\) has capabilities that we do not have, so we may not pin it: it needs CAP_SYS_NICE/,
    );
  });

  it('are pinned by root who may', async function () {
    requireRoot(this, 'run programs as other users');
    const { shell, children } = await twoBelowShell({ below: NOBODY });
    process.env['XDG_RUNTIME_DIR'] = temporaryDirectory();
    await pin(shell, { reserve: 0 });
    assert.deepEqual(children.map(onlyCpu), [FIRST, SECOND]);
  });
});
