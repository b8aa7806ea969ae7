import type { ProgramLever, ProgramOption } from './program.js';

/** A row for programs whose workers an option sets. */
function workers(
  names: string,
  flags: string,
  source: string,
  more: Partial<Pick<ProgramOption, 'variable' | 'place' | 'runs'>> & { threads?: ProgramOption } = {},
): ProgramLever {
  const { threads, ...rest } = more;
  return {
    names: names.split(' '),
    workers: { flags: flags.split(' '), source, ...rest },
    ...(threads && { threads }),
  };
}

function configured(names: string, source: string, configuration: (count: number) => string): ProgramLever {
  return { names: names.split(' '), workers: { flags: [], source, configuration } };
}

const GUNICORN = 'https://docs.gunicorn.org/en/stable/settings.html';
const UWSGI = 'https://uwsgi-docs.readthedocs.io/en/latest/Options.html';
const DRAMATIQ = 'https://github.com/Bogdanp/dramatiq/blob/master/dramatiq/cli.py';
const DASK = 'https://docs.dask.org/en/stable/deploying-cli.html';
const ACCELERATE = 'https://huggingface.co/docs/accelerate/package_reference/cli#accelerate-launch';
const PM2 = 'https://pm2.keymetrics.io/docs/usage/cluster-mode/';
const OPEN_MPI = 'https://docs.open-mpi.org/en/main/man-openmpi/man1/mpirun.1.html';

/** Programs that start workers, and the option for how many. Sources are the programs' own pages. */
export const WORKER_PROGRAMS: readonly ProgramLever[] = [
  // Builds
  workers('make gmake', '-j --jobs', 'https://www.gnu.org/software/make/manual/html_node/Parallel.html'),
  workers('ninja ninja-build', '-j', 'https://ninja-build.org/manual.html#_running_ninja'),
  workers('cmake', '-j --parallel', 'https://cmake.org/cmake/help/latest/manual/cmake.1.html#build-a-project', {
    variable: { name: 'CMAKE_BUILD_PARALLEL_LEVEL' },
    place: 'end',
  }),
  workers('scons', '-j --jobs=', 'https://scons.org/doc/production/HTML/scons-man.html'),
  workers('bazel bazelisk', '--jobs= -j', 'https://bazel.build/docs/user-manual', { place: 'subcommand' }),
  workers('cargo', '-j --jobs', 'https://doc.rust-lang.org/cargo/reference/config.html#buildjobs', {
    variable: { name: 'CARGO_BUILD_JOBS' },
    place: 'subcommand',
  }),
  workers('go', '-p', 'https://pkg.go.dev/cmd/go#hdr-Compile_packages_and_dependencies', {
    variable: { name: 'GOMAXPROCS' },
    place: 'subcommand',
  }),
  workers('gradle gradlew', '--max-workers', 'https://docs.gradle.org/current/userguide/command_line_interface.html'),
  workers('sphinx-build', '-j --jobs', 'https://www.sphinx-doc.org/en/master/man/sphinx-build.html', { place: 'end' }),
  workers(
    'run-clang-tidy',
    '-j',
    'https://github.com/llvm/llvm-project/blob/main/clang-tools-extra/clang-tidy/tool/run-clang-tidy.py',
  ),
  workers('turbo', '--concurrency=', 'https://turborepo.com/docs/reference/run', { place: 'end' }),
  workers('nx', '--parallel=', 'https://nx.dev/docs/reference/nx-commands', { place: 'end' }),
  workers(
    'colcon',
    '--parallel-workers',
    'https://colcon.readthedocs.io/en/released/reference/executor-arguments.html',
    { place: 'subcommand' },
  ),
  // Tests and linters
  workers('pytest py.test', '-n --numprocesses', 'https://pytest-xdist.readthedocs.io/en/stable/distribution.html'),
  workers('ctest', '-j --parallel', 'https://cmake.org/cmake/help/latest/manual/ctest.1.html', {
    variable: { name: 'CTEST_PARALLEL_LEVEL' },
  }),
  workers('jest', '--maxWorkers -w', 'https://jestjs.io/docs/cli#--maxworkersnumstring', { place: 'end' }),
  workers('vitest', '--maxWorkers=', 'https://vitest.dev/config/maxworkers', { place: 'end' }),
  workers('mocha', '--jobs -j', 'https://mochajs.org/running/cli/', { place: 'end' }),
  workers('ava', '--concurrency -c', 'https://github.com/avajs/ava/blob/main/docs/05-command-line.md'),
  workers('playwright', '--workers= -j', 'https://playwright.dev/docs/test-cli', { place: 'end' }),
  workers('parallel_test parallel_rspec', '-n', 'https://github.com/grosser/parallel_tests', {
    variable: { name: 'PARALLEL_TEST_PROCESSORS' },
  }),
  workers('paratest', '-p --processes', 'https://github.com/paratestphp/paratest'),
  workers('pylint', '-j --jobs', 'https://pylint.readthedocs.io/en/stable/user_guide/usage/run.html'),
  workers('black', '-W --workers', 'https://black.readthedocs.io/en/stable/usage_and_configuration/the_basics.html', {
    variable: { name: 'BLACK_NUM_WORKERS' },
  }),
  workers('flake8', '-j --jobs', 'https://flake8.pycqa.org/en/latest/user/options.html'),
  workers('isort', '-j --jobs', 'https://pycqa.github.io/isort/docs/configuration/options.html'),
  workers('tox', '-p --parallel', 'https://tox.wiki/en/latest/cli_interface.html', { place: 'end' }),
  workers('eslint', '--concurrency', 'https://eslint.org/docs/latest/use/command-line-interface'),
  // Many commands at once
  workers(
    'xargs',
    '-P --max-procs=',
    'https://www.gnu.org/software/findutils/manual/html_node/find_html/xargs-options.html',
    { runs: true },
  ),
  workers('parallel', '-j --jobs -P --max-procs', 'https://www.gnu.org/software/parallel/man.html', { runs: true }),
  workers('snakemake', '--cores -c -j --jobs', 'https://snakemake.readthedocs.io/en/stable/executing/cli.html'),
  workers('stress-ng', '--cpu -c', 'https://github.com/ColinIanKing/stress-ng'),
  workers('pg_restore', '-j --jobs', 'https://www.postgresql.org/docs/current/app-pgrestore.html'),
  workers('cutadapt', '-j --cores', 'https://cutadapt.readthedocs.io/en/stable/guide.html'),
  // Ranks
  workers('mpirun mpiexec orterun prterun prun mpiexec.hydra', '-n -np --np --n', OPEN_MPI, { runs: true }),
  workers('srun', '-n --ntasks=', 'https://slurm.schedmd.com/srun.html', { runs: true }),
  workers(
    'torchrun torch.distributed.run torch.distributed.launch',
    '--nproc-per-node= --nproc_per_node=',
    'https://docs.pytorch.org/docs/stable/elastic/run.html',
    { runs: true },
  ),
  workers('accelerate', '--num_processes --num-processes', ACCELERATE, { place: 'subcommand', runs: true }),
  workers('accelerate-launch accelerate.commands.launch', '--num_processes --num-processes', ACCELERATE, {
    runs: true,
  }),
  workers('horovodrun', '-np --num-proc', 'https://horovod.readthedocs.io/en/stable/running_include.html', {
    runs: true,
  }),
  // Servers
  workers('gunicorn', '-w --workers', `${GUNICORN}#workers`, {
    variable: { name: 'WEB_CONCURRENCY' },
    threads: { flags: ['--threads'], source: `${GUNICORN}#threads`, owners: ['Python thread'] },
  }),
  workers('uvicorn', '--workers', 'https://uvicorn.dev/settings/', { variable: { name: 'WEB_CONCURRENCY' } }),
  workers('hypercorn', '-w --workers', 'https://hypercorn.readthedocs.io/en/latest/how_to_guides/configuring.html'),
  workers('granian', '--workers', 'https://github.com/emmett-framework/granian#options', {
    variable: { name: 'GRANIAN_WORKERS' },
  }),
  workers('fastapi', '--workers', 'https://fastapi.tiangolo.com/deployment/server-workers/', { place: 'end' }),
  workers('uwsgi uwsgi-core', '-p --processes --workers', UWSGI, {
    place: 'end',
    threads: { flags: ['--threads'], place: 'end', source: UWSGI, owners: ['Python thread'] },
  }),
  workers('celery', '-c --concurrency=', 'https://docs.celeryq.dev/en/stable/userguide/workers.html#concurrency', {
    place: 'end',
  }),
  workers('dramatiq', '-p --processes', DRAMATIQ, {
    threads: { flags: ['-t', '--threads'], source: DRAMATIQ, owners: ['Python thread'] },
  }),
  workers('huey_consumer', '-w --workers', 'https://huey.readthedocs.io/en/latest/consumer.html'),
  workers('dask dask-worker', '--nworkers', DASK, {
    place: 'end',
    threads: { flags: ['--nthreads'], place: 'end', source: DASK, owners: ['Python thread'] },
  }),
  workers('puma', '-w --workers', 'https://puma.io/puma/', {
    variable: { name: 'WEB_CONCURRENCY' },
    threads: { flags: ['-t', '--threads'], source: 'https://puma.io/puma/', owners: ['Ruby thread'] },
  }),
  workers('pm2-runtime', '-i --instances', PM2, { place: 'end' }),
  configured('PM2', PM2, count => `instances: ${count}  // or: pm2 scale APP ${count}`),
  configured(
    'nginx',
    'https://nginx.org/en/docs/ngx_core_module.html#worker_processes',
    count => `worker_processes ${count};`,
  ),
  configured(
    'apache2 httpd',
    'https://httpd.apache.org/docs/current/mod/mpm_common.html#maxrequestworkers',
    count => `MaxRequestWorkers ${count}`,
  ),
  configured(
    'php-fpm',
    'https://www.php.net/manual/en/install.fpm.configuration.php',
    count => `pm.max_children = ${count}`,
  ),
  configured('unicorn', 'https://yhbt.net/unicorn/Unicorn/Configurator.html', count => `worker_processes ${count}`),
  configured(
    'postgres postmaster',
    'https://www.postgresql.org/docs/current/runtime-config-resource.html',
    count => `max_parallel_workers = ${count}  # and at most ${count} busy connections (max_connections)`,
  ),
];
