import assert from 'node:assert/strict';
import { existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { NODE_VERSIONS, nodeOf } from '../helpers/processes/nodes.js';
import { ranIn, succeeded, succeededIn, Workbench } from '../helpers/package/package.js';
import { packedProject } from '../helpers/package/packed.js';
import { allowedList, assertThisMachine } from '../helpers/package/this-machine.js';
import { PROJECT } from '../helpers/shared.js';

const INSTALL = ['npm', 'install', '--no-audit', '--no-fund', '--prefer-offline'];
/** What a machine without a compiler has. */
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

/** Starts two workers of a kind and prints, for each, its place and what the kernel says of its threads. */
const PIN_SCRIPT = `
import { readFileSync, readdirSync } from 'node:fs';
import { formatCpulist, pinWorkers } from 'thread-governor';
const [kind] = process.argv.slice(2);
const pool = await pinWorkers(new URL('./worker.mjs', import.meta.url), { kind, workers: 2, reserve: 0 });
const threads = worker => kind === 'thread' ? ['/proc/self/task/' + worker.tid] : readdirSync('/proc/' + worker.pid + '/task').map(tid => '/proc/' + worker.pid + '/task/' + tid);
const held = thread => /^Cpus_allowed_list:\\s*(\\S+)$/m.exec(readFileSync(thread + '/status', 'utf8'))[1];
console.log(JSON.stringify(pool.workers.map(worker => ({ place: formatCpulist(worker.place), held: [...new Set(threads(worker).map(held))] }))));
await pool.close();
`;
const WORKER_SCRIPT = `
import { parentPort } from 'node:worker_threads';
(parentPort ?? process).on('message', () => undefined);
`;

describe('the package', function () {
  this.timeout(400_000);
  const bench = new Workbench();
  let tarball = '';

  before('npm run prebuild and npm pack, in a copy', async () => ({ tarball } = await packedProject()));
  after(() => bench.remove());

  describe('where there is no compiler', () => {
    let project = '';
    let environment: NodeJS.ProcessEnv = {};

    before('npm install TARBALL into an empty project', async () => {
      environment = { PATH: directoryOfPrograms(bench.directory('path')), PREBUILDS_ONLY: '1' };
      project = emptyProject(bench);
      await succeededIn(project, [...INSTALL, tarball], environment);
    });

    it('there is none indeed', async () => {
      const { stdout } = await ranIn(
        project,
        ['sh', '-c', COMPILERS.map(name => `command -v ${name}`).join('; ')],
        environment,
      );
      assert.equal(stdout, '');
    });
    it('its install script finds the prebuilt addon', async () => {
      await succeededIn(join(project, 'node_modules/thread-governor'), ['npm', 'run', 'install'], environment);
    });
    it('installs with --ignore-scripts too', async () => {
      const other = emptyProject(bench);
      await succeededIn(other, [...INSTALL, '--ignore-scripts', tarball], environment);
      const { stdout } = await succeededIn(other, ['node_modules/.bin/governor', 'topology', '--json'], environment);
      assertThisMachine(stdout);
    });
    it('npx governor topology --json names the CPUs of this machine', async () => {
      assertThisMachine((await succeededIn(project, ['npx', 'governor', 'topology', '--json'], environment)).stdout);
    });
    it('node_modules/.bin/governor runs by itself', async () => {
      assertThisMachine(
        (await succeededIn(project, ['node_modules/.bin/governor', 'topology', '--json'], environment)).stdout,
      );
    });
    it('governor launch starts ranks', async () => {
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
    it('governor exec becomes a program', async () => {
      const { stdout } = await succeededIn(
        project,
        ['node_modules/.bin/governor', 'exec', '--', 'sh', '-c', 'echo $OMP_NUM_THREADS'],
        environment,
      );
      assert.match(stdout, /^\d+\n$/);
    });
    it("import { budget } from 'thread-governor' works", async () => {
      const script =
        "import { budget } from 'thread-governor'; console.log(budget({ workers: 3, threadsPerWorker: 1 }).workers)";
      const { stdout } = await succeededIn(project, ['node', '--input-type=module', '-e', script], environment);
      assert.equal(stdout, '3\n');
    });
    it('its types hold for a strict program', async () => {
      const program =
        "import { budget, type Budget } from 'thread-governor';\nexport const found: Budget = budget({ reserve: 0 });\n// @ts-expect-error: a text is no number of workers\nbudget({ workers: '3' });\n";
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

        it('it is that version', async () => {
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
          it(`pinWorkers, kind ${kind}: the kernel confirms each place`, async () => {
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

  describe('where there is no prebuilt addon', () => {
    it('is built from the sources that it brings', async () => {
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

/** A directory to be the whole PATH: this node, npm, a shell, and what coreutils has. */
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
