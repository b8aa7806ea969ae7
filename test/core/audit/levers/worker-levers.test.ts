import assert from 'node:assert/strict';
import { workerLever } from '../../../../lib/core/audit/levers/worker-levers.js';
import { madeProcess, madeWorkers, type MadeProcess } from '../../../helpers/audit/audited.js';

/** What sets the number of workers of such a parent. */
function settingOf(parent: MadeProcess, worker: MadeProcess = {}): string | null {
  const workers = madeWorkers(8, () => worker);
  const lever = workerLever(workers, [madeProcess(parent), ...workers], 2);
  return lever && `${lever.owner}: ${lever.kind}: ${lever.set}`;
}
const by = (line: string, worker: MadeProcess = {}) => settingOf({ commandLine: line.split(' ') }, worker);

describe('levers: the number of workers', () => {
  for (const [line, set] of [
    ['make -j8', 'make: option: -j 2'],
    ['python3 -m pytest -n 8', 'pytest: option: -n 2'],
    ['/usr/bin/python3 /usr/bin/gunicorn -w 8 app:app', 'gunicorn: option: -w 2'],
    ['mpirun -n 8 ./solve', 'mpirun: option: -n 2'],
    ['/usr/bin/perl /usr/bin/parallel -j 8 gzip', 'parallel: option: -j 2'],
    ['node /app/node_modules/.bin/jest --maxWorkers=8', 'jest: option: --maxWorkers 2'],
    ['nginx: master process nginx', 'nginx: configuration: worker_processes 2;'],
    ['/usr/lib/R/bin/exec/R --no-echo', 'R parallel: code: mc.cores = 2, or makeCluster(2)'],
    ['sh -c ./a', 'a shell: code: run 2 at a time: xargs -P 2'],
    ['/opt/ray/raylet/raylet --node_ip=x', 'Ray: code: ray.init(num_cpus=2)  # or: ray start --num-cpus=2'],
    ['PM2 v5.4.2: God Daemon (/home/ann/.pm2)', 'PM2: configuration: instances: 2  // or: pm2 scale APP 2'],
  ] as const) {
    it(line, () => assert.equal(by(line), set));
  }
  it("by the workers, if the parent's program says nothing", () => {
    assert.match(by('python3 train.py', { command: 'pt_data_worker' })!, /DataLoader\(…, num_workers=2\)/);
    const loky = ['python3', '-m', 'joblib.externals.loky.backend.popen_loky_posix'];
    assert.match(by('python3 fit.py', { commandLine: loky })!, /^joblib: code: n_jobs=2$/);
    assert.match(by('python3 fit.py')!, /^multiprocessing: code: Pool\(2\)/);
    assert.match(by('node server.js')!, /cluster\.fork\(\).* 2 times/);
  });
  it('by a variable that the program reads, if it is set and the command line sets nothing', () => {
    const commandLine = ['gunicorn', 'app:app'];
    assert.equal(
      settingOf({ commandLine, environment: { WEB_CONCURRENCY: '8' } }),
      'gunicorn: variable: WEB_CONCURRENCY=2',
    );
  });
  it('of a starter above the parent, such as make above a shell', () => {
    const shell = madeProcess({ pid: 100, ppid: 50, role: 'other', commandLine: ['sh', '-c', 'for i in 1 2'] });
    const workers = madeWorkers(8);
    const make = madeProcess({ pid: 50, commandLine: ['make', '-j8'] });
    assert.equal(workerLever(workers, [make, shell, ...workers], 2)?.set, '-j 2');
  });
  it('unknown, if nothing says what starts them', () => assert.equal(by('/opt/solver/bin/solve'), null));
});
