import assert from 'node:assert/strict';
import { existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { NODE_VERSIONS, nodeOf } from '../helpers/processes/nodes.js';
import { ranIn, succeeded, succeededIn, Workbench } from '../helpers/package/package.js';
import { packedProject } from '../helpers/package/packed.js';
import { allowedList, assertThisMachine } from '../helpers/package/this-machine.js';
import { PROJECT } from '../helpers/shared.js';

const INSTALL = ['npm', 'install', '--no-audit', '--no-fund', '--prefer-offline'];
/** The programs of a machine without a compiler. */
const PROGRAMS = [
  'npm',
  'npx',
  'sh',
  'env',
  'uname',
  'cat',
  'ls',
  'true',
  'mkdir',
  'rm',
  'cp',
  'mv',
  'ln',
  'chmod',
  'dirname',
  'basename',
  'readlink',
];
const COMPILERS = ['gcc', 'g++', 'cc', 'c++', 'clang', 'make', 'python', 'python3', 'node-gyp'];

/** Starts two workers of a kind, and prints each one's place and its threads' CPUs by the kernel. */
const PIN_SCRIPT = `
import { readFileSync, readdirSync } from 'node:fs';
import { formatCpulist, pinWorkers } from 'thread-governor';
const [kind] = process.argv.slice(2);
const pool = await pinWorkers(new URL('./worker.mjs', import.meta.url), { kind, workers: 2, reserve: 0 });
const threads = worker =>
  kind === 'thread'
    ? ['/proc/self/task/' + worker.tid]
    : readdirSync('/proc/' + worker.pid + '/task').map(tid => '/proc/' + worker.pid + '/task/' + tid);
const held = thread => /^Cpus_allowed_list:\\s*(\\S+)$/m.exec(readFileSync(thread + '/status', 'utf8'))[1];
const found = pool.workers.map(worker => ({
  place: formatCpulist(worker.place),
  held: [...new Set(threads(worker).map(held))],
}));
console.log(JSON.stringify(found));
await pool.close();
`;
const WORKER_SCRIPT = `
import { parentPort } from 'node:worker_threads';
(parentPort ?? process).on('message', () => undefined);
`;

describe('the installed package', function () {
  this.timeout(400_000);
  const bench = new Workbench();
  let tarball = '';

  before('npm run prebuild and npm pack, in a copy', async () => ({ tarball } = await packedProject()));
  after(() => bench.remove());

  describe('on a machine without a compiler', () => {
    let project = '';
    let environment: NodeJS.ProcessEnv = {};

    before('npm install TARBALL into an empty project', async () => {
      environment = { PATH: directoryOfPrograms(bench.directory('path')), PREBUILDS_ONLY: '1' };
      project = emptyProject(bench);
      await succeededIn(project, [...INSTALL, tarball], environment);
    });

    it('finds no compiler on PATH', async () => {
      const { stdout } = await ranIn(
        project,
        ['sh', '-c', COMPILERS.map(name => `command -v ${name}`).join('; ')],
        environment,
      );
      assert.equal(stdout, '');
    });
    it('has an install script that finds the prebuilt addon', async () => {
      await succeededIn(join(project, 'node_modules/thread-governor'), ['npm', 'run', 'install'], environment);
    });
    it('works after an installation with --ignore-scripts', async () => {
      const other = emptyProject(bench);
      await succeededIn(other, [...INSTALL, '--ignore-scripts', tarball], environment);
      const { stdout } = await succeededIn(other, ['node_modules/.bin/governor', 'topology', '--json'], environment);
      assertThisMachine(stdout);
    });
    it('lets npx governor topology --json print the CPUs of this machine', async () => {
      assertThisMachine((await succeededIn(project, ['npx', 'governor', 'topology', '--json'], environment)).stdout);
    });
    it('runs as node_modules/.bin/governor', async () => {
      assertThisMachine(
        (await succeededIn(project, ['node_modules/.bin/governor', 'topology', '--json'], environment)).stdout,
      );
    });
    it('starts ranks with governor launch', async () => {
      const { stdout } = await succeededIn(
        project,
        [
          'node_modules/.bin/governor',
          'launch',
          '--quiet',
          '-n',
          '2',
          '--share',
          '--',
          'sh',
          '-c',
          'echo $RANK of $WORLD_SIZE',
        ],
        environment,
      );
      assert.deepEqual(stdout.trim().split('\n').sort(), ['[0] 0 of 2', '[1] 1 of 2']);
    });
    it('becomes a program with governor exec', async () => {
      const { stdout } = await succeededIn(
        project,
        ['node_modules/.bin/governor', 'exec', '--', 'sh', '-c', 'echo $OMP_NUM_THREADS'],
        environment,
      );
      assert.match(stdout, /^\d+\n$/);
    });
    it("can be imported: import { budget } from 'thread-governor'", async () => {
      const script =
        "import { budget } from 'thread-governor'; console.log(budget({ workers: 3, threadsPerWorker: 1 }).workers)";
      const { stdout } = await succeededIn(project, ['node', '--input-type=module', '-e', script], environment);
      assert.equal(stdout, '3\n');
    });
    it('has types that a strict program compiles with', async () => {
      const program =
        "import { budget, type Budget } from 'thread-governor';\n" +
        'export const found: Budget = budget({ reserve: 0 });\n' +
        "// @ts-expect-error: a text is no number of workers\nbudget({ workers: '3' });\n";
      writeFileSync(join(project, 'program.mts'), program);
      const types = ['--types', 'node', '--typeRoots', join(PROJECT, 'node_modules/@types')];
      await succeededIn(project, [
        process.execPath,
        join(PROJECT, 'node_modules/typescript/bin/tsc'),
        '--noEmit',
        '--strict',
        '--module',
        'nodenext',
        '--target',
        'es2022',
        ...types,
        'program.mts',
      ]);
    });

    for (const version of NODE_VERSIONS) {
      describe(`under Node ${version}`, () => {
        let node = '';
        const command = 'node_modules/thread-governor/bin/governor.js';

        before('download it, once', async () => {
          node = await nodeOf(version);
          writeFileSync(join(project, 'pin.mjs'), PIN_SCRIPT);
          writeFileSync(join(project, 'worker.mjs'), WORKER_SCRIPT);
        });

        it('runs that version', async () => {
          assert.equal((await succeeded([node, '--version'])).stdout, `v${version}\n`);
        });
        it('governor topology --json', async () => {
          assertThisMachine((await succeededIn(project, [node, command, 'topology', '--json'], environment)).stdout);
        });
        it('governor budget --json', async () => {
          const { stdout } = await succeededIn(
            project,
            [node, command, 'budget', '--workers', '3', '--json'],
            environment,
          );
          assert.equal((JSON.parse(stdout) as { workers: number }).workers, 3);
        });
        it('governor run -- true', async () => {
          const { stdout, stderr } = await succeededIn(project, [node, command, 'run', '--', 'true'], environment);
          assert.equal(stdout, '');
          assert.match(stderr, /Worker Processes: \d+ x BLAS Threads: 1 /);
        });
        for (const kind of ['thread', 'process']) {
          it(`pinWorkers of kind ${kind} pins each worker to its place, as the kernel shows`, async () => {
            const { stdout } = await succeededIn(project, [node, 'pin.mjs', kind], environment);
            const workers = JSON.parse(stdout) as { place: string; held: string[] }[];
            assert.equal(workers.length, 2);
            for (const { place, held } of workers) assert.deepEqual(held, [place]);
            if (allowedList() !== '0') assert.notEqual(workers[0]!.place, workers[1]!.place);
          });
        }
      });
    }
  });

  describe('without its prebuilt addon', () => {
    it('builds the addon from its sources', async () => {
      const project = emptyProject(bench);
      await succeededIn(project, [...INSTALL, '--ignore-scripts', tarball]);
      const installed = join(project, 'node_modules/thread-governor');
      rmSync(join(installed, 'prebuilds'), { recursive: true });
      await succeededIn(installed, ['npm', 'run', 'install']);
      assertThisMachine((await succeededIn(project, ['node_modules/.bin/governor', 'topology', '--json'])).stdout);
    });
  });
});

function emptyProject(bench: Workbench): string {
  const project = bench.directory('project');
  writeFileSync(join(project, 'package.json'), '{}');
  return project;
}

/** Fills a directory that is to be the whole PATH: this node, npm, a shell, and programs of coreutils. */
function directoryOfPrograms(directory: string): string {
  symlinkSync(process.execPath, join(directory, 'node'));
  for (const name of PROGRAMS) symlinkSync(programOf(name), join(directory, name));
  return directory;
}

function programOf(name: string): string {
  const found = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map(directory => join(directory, name))
    .find(file => existsSync(file));
  assert(found, `${name} is not in PATH`);
  return found;
}
