import assert from 'node:assert/strict';
import { programLever } from '../../../../lib/core/audit/levers/program-levers.js';
import { withOption } from '../../../../lib/core/audit/levers/program.js';

const nameOf = (line: string, of: 'workers' | 'threads' = 'workers') => programLever(line.split(' '), of)?.name ?? null;
/** The line with the option set to 2. */
const with2 = (line: string, of: 'workers' | 'threads' = 'workers') =>
  withOption(programLever(line.split(' '), of)!.option, line.split(' '), 2).join(' ');

describe('programs: known by their file, their script or their module', () => {
  for (const [line, name] of [
    ['/usr/bin/make -j8', 'make'],
    ['/usr/bin/python3 -m pytest -n 8', 'pytest'],
    ['/venv/bin/python /venv/bin/gunicorn -w 4 app:app', 'gunicorn'],
    ['gunicorn: master [app:app]', 'gunicorn'],
    ['nginx: master process nginx', 'nginx'],
    ['node --max-old-space-size=4096 /app/node_modules/.bin/jest', 'jest'],
    ['node node_modules/vitest/vitest.mjs run', 'vitest'],
    ['npx mocha --parallel', 'mocha'],
    ['/usr/bin/perl /usr/bin/parallel -j8 gzip', 'parallel'],
    ['python3 -m torch.distributed.run --nproc-per-node=8 train.py', 'torch.distributed.run'],
    ['env CC=clang nice make -j8', 'make'],
  ] as const) {
    it(line, () => assert.equal(nameOf(line), name));
  }
  it('not by an argument, nor by code', () => {
    assert.equal(nameOf('python3 train.py make'), null);
    assert.equal(nameOf('python3 -c pytest'), null);
    assert.equal(nameOf('vim Makefile'), null);
    assert.equal(nameOf('cp make gmake'), null);
  });
});

describe('programs: known by a title that is one word', () => {
  for (const [title, of, name] of [
    ['nginx: master process /usr/sbin/nginx -g daemon off;', 'workers', 'nginx'],
    ['/usr/bin/redis-server 127.0.0.1:6379', 'threads', 'redis-server'],
    ['gunicorn: master [app:app]', 'workers', 'gunicorn'],
    ['postgres: checkpointer', 'workers', 'postgres'],
    ['node (vitest)', 'workers', 'vitest'],
  ] as const) {
    it(title, () => assert.equal(programLever([title], of)?.name, name));
  }
});

describe('programs: the option is set where it is, else where it belongs', () => {
  for (const [before, after] of [
    ['make -j8 all', 'make -j2 all'],
    ['make -j all', 'make -j2 all'],
    ['make --jobs=8 all', 'make --jobs=2 all'],
    ['make --jobs 8 all', 'make --jobs 2 all'],
    ['make all', 'make -j 2 all'],
    ['python3 -m pytest -n auto tests', 'python3 -m pytest -n 2 tests'],
    ['python3 /usr/bin/pytest tests', 'python3 /usr/bin/pytest -n 2 tests'],
    ['node /app/.bin/jest --maxWorkers=50% src', 'node /app/.bin/jest --maxWorkers=2 src'],
    ['gunicorn --workers 9 app:app', 'gunicorn --workers 2 app:app'],
    ['xargs -0 -P 8 -n 1 gzip -9', 'xargs -0 -P 2 -n 1 gzip -9'],
    ['mpirun -n 8 ./solve -n 1000', 'mpirun -n 2 ./solve -n 1000'],
    ['mpirun --bind-to none -np 8 sh -c 8', 'mpirun --bind-to none -np 2 sh -c 8'],
    ['mpirun ./solve -n 1000', 'mpirun -n 2 ./solve -n 1000'],
    ['parallel gzip -j 4', 'parallel -j 2 gzip -j 4'],
    [
      'torchrun --nproc_per_node=8 train.py --nproc_per_node=3',
      'torchrun --nproc_per_node=2 train.py --nproc_per_node=3',
    ],
  ] as const) {
    it(before, () => assert.equal(with2(before), after));
  }
  for (const [before, after] of [
    ['xz -T8 -k file', 'xz -T2 -k file'],
    ['xz --threads=8 file', 'xz --threads=2 file'],
    ['xz file', 'xz -T2 file'],
    ['pigz -p 8 file', 'pigz -p 2 file'],
    ['sort --parallel=8 file', 'sort --parallel=2 file'],
    ['redis-server /etc/redis.conf', 'redis-server /etc/redis.conf --io-threads 2'],
    ['java -XX:ActiveProcessorCount=8 Main', 'java -XX:ActiveProcessorCount=2 Main'],
    ['java -jar app.jar', 'java -XX:ActiveProcessorCount=2 -jar app.jar'],
  ] as const) {
    it(before, () => assert.equal(with2(before, 'threads'), after));
  }
  it("ffmpeg: before the output file, and the decoder's too", () => {
    assert.equal(with2('ffmpeg -i in.mp4 out.mkv', 'threads'), 'ffmpeg -i in.mp4 -threads 2 out.mkv');
    assert.equal(
      with2('ffmpeg -threads 8 -i in.mp4 out.mkv', 'threads'),
      'ffmpeg -threads 2 -i in.mp4 -threads 2 out.mkv',
    );
    assert.equal(with2('ffmpeg -i in.mp4 -threads 8 out.mkv', 'threads'), 'ffmpeg -i in.mp4 -threads 2 out.mkv');
  });
  it('options behind -- belong to another program', () => {
    assert.equal(with2('cargo test -- -j 8'), 'cargo test -j 2 -- -j 8');
  });
});
