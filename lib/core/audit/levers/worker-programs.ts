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
const DASK = 'https://docs.dask.org/en/stable/deploying-cli.html';
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
  workers('bazel', '--jobs', 'https://bazel.build/docs/user-manual#jobs', { place: 'end' }),
  workers('cargo', '-j --jobs', 'https://doc.rust-lang.org/cargo/reference/config.html#buildjobs', {
    variable: { name: 'CARGO_BUILD_JOBS' },
    place: 'end',
  }),
  workers('go', '-p', 'https://pkg.go.dev/cmd/go#hdr-Compile_packages_and_dependencies', {
    variable: { name: 'GOMAXPROCS' },
    place: 'end',
  }),
  workers('gradle gradlew', '--max-workers', 'https://docs.gradle.org/current/userguide/command_line_interface.html'),
  workers('sphinx-build', '-j --jobs', 'https://www.sphinx-doc.org/en/master/man/sphinx-build.html'),
  workers('run-clang-tidy', '-j', 'https://clang.llvm.org/extra/clang-tidy/'),
  // Tests and linters
  workers('pytest py.test', '-n --numprocesses', 'https://pytest-xdist.readthedocs.io/en/stable/distribution.html'),
  workers('ctest', '-j --parallel', 'https://cmake.org/cmake/help/latest/manual/ctest.1.html', {
    variable: { name: 'CTEST_PARALLEL_LEVEL' },
  }),
  workers('jest', '--maxWorkers -w', 'https://jestjs.io/docs/cli#--maxworkersnumstring', { place: 'end' }),
  workers('vitest', '--maxWorkers=', 'https://vitest.dev/config/maxworkers', { place: 'end' }),
  workers('mocha', '--jobs -j', 'https://mochajs.org/running/cli/', { place: 'end' }),
  workers('ava', '--concurrency -c', 'https://github.com/avajs/ava/blob/main/docs/05-command-line.md'),
  workers('playwright', '--workers= -j', 'https://playwright.dev/docs/test-parallel', { place: 'end' }),
  workers('pylint', '-j --jobs', 'https://pylint.readthedocs.io/en/stable/user_guide/usage/run.html'),
  workers('black', '-W --workers', 'https://black.readthedocs.io/en/stable/usage_and_configuration/the_basics.html'),
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
  workers('snakemake', '-j --jobs --cores -c', 'https://snakemake.readthedocs.io/en/stable/executing/cli.html'),
  // Ranks
  workers('mpirun mpiexec orterun prterun prun mpiexec.hydra', '-n -np --np', OPEN_MPI, { runs: true }),
  workers('srun', '-n --ntasks=', 'https://slurm.schedmd.com/srun.html', { runs: true }),
  workers(
    'torchrun torch.distributed.run torch.distributed.launch',
    '--nproc-per-node= --nproc_per_node=',
    'https://docs.pytorch.org/docs/stable/elastic/run.html',
    { runs: true },
  ),
  workers('accelerate', '--num_processes', 'https://huggingface.co/docs/accelerate/package_reference/cli', {
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
  workers('uvicorn', '--workers', 'https://www.uvicorn.org/settings/', { variable: { name: 'WEB_CONCURRENCY' } }),
  workers('hypercorn', '-w --workers', 'https://hypercorn.readthedocs.io/en/latest/how_to_guides/configuring.html'),
  workers('granian', '--workers', 'https://github.com/emmett-framework/granian#options'),
  workers('fastapi', '--workers', 'https://fastapi.tiangolo.com/deployment/server-workers/', { place: 'end' }),
  workers('uwsgi uwsgi-core', '-p --processes --workers', UWSGI, {
    place: 'end',
    threads: { flags: ['--threads'], place: 'end', source: UWSGI, owners: ['Python thread'] },
  }),
  workers('celery', '-c --concurrency=', 'https://docs.celeryq.dev/en/stable/userguide/workers.html#concurrency', {
    place: 'end',
  }),
  workers('dask dask-worker', '--nworkers', DASK, {
    place: 'end',
    threads: { flags: ['--nthreads'], place: 'end', source: DASK, owners: ['Python thread'] },
  }),
  workers('puma', '-w --workers', 'https://puma.io/puma/', {
    variable: { name: 'WEB_CONCURRENCY' },
    threads: { flags: ['-t'], source: 'https://puma.io/puma/', owners: ['Ruby thread'] },
  }),
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
