import assert from 'node:assert/strict';
import { programLever } from '../../../../lib/core/audit/levers/program-levers.js';
import { optionNow, withOption } from '../../../../lib/core/audit/levers/program.js';

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
    ['python3 -m accelerate.commands.launch train.py', 'accelerate.commands.launch'],
    ['php vendor/bin/paratest -p8', 'paratest'],
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
    ['PM2 v5.4.2: God Daemon (/home/ann/.pm2)', 'workers', 'PM2'],
    ['sidekiq 7.3.0 app [8 of 8 busy]', 'threads', 'sidekiq'],
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
    ['xz -T 8 file', 'xz -T2 file'],
    ['pbzip2 -k file', 'pbzip2 -p2 -k file'],
    ['7z a -mmt8 x.7z dir', '7z a -mmt2 x.7z dir'],
    ['7z a -mmt=8 x.7z dir', '7z a -mmt=2 x.7z dir'],
    ['7z a x.7z dir', '7z a x.7z -mmt2 dir'],
    ['rustc -C codegen-units=16 main.rs', 'rustc -C codegen-units=2 main.rs'],
    ['puma -t 8:32 -p 80', 'puma -t 2 -p 80'],
    ['julia -t 8,1 main.jl', 'julia -t 2 main.jl'],
    ['featureCounts -T 8 -a x.gtf', 'featureCounts -T 2 -a x.gtf'],
    ['iqtree2 -s x.phy -T AUTO', 'iqtree2 -s x.phy -T 2'],
  ] as const) {
    it(before, () => assert.equal(with2(before, 'threads'), after));
  }
  it('puma: of a minimum and a maximum, the maximum counts', () => {
    const now = (words: string) => optionNow(programLever(words.split(' '), 'threads')!.option, words.split(' '));
    assert.equal(now('puma -t 8:32'), 32);
    assert.equal(now('julia -t 8,1'), 8);
  });
  it("ffmpeg: before the output file, and the decoder's too", () => {
    assert.equal(with2('ffmpeg -i in.mp4 out.mkv', 'threads'), 'ffmpeg -i in.mp4 -threads 2 out.mkv');
    assert.equal(
      with2('ffmpeg -threads 8 -i in.mp4 out.mkv', 'threads'),
      'ffmpeg -threads 2 -i in.mp4 -threads 2 out.mkv',
    );
    assert.equal(with2('ffmpeg -i in.mp4 -threads 8 out.mkv', 'threads'), 'ffmpeg -i in.mp4 -threads 2 out.mkv');
  });
  for (const [before, after, of] of [
    ['go build ./...', 'go build -p 2 ./...', 'workers'],
    ['go test -p 8 ./...', 'go test -p 2 ./...', 'workers'],
    ['cargo run in.txt', 'cargo run -j 2 in.txt', 'workers'],
    ['cargo +nightly build', 'cargo +nightly build -j 2', 'workers'],
    ['cargo nextest run x', 'cargo nextest run -j 2 x', 'workers'],
    ['bazel --output_base=/x run //a -- -j 8', 'bazel --output_base=/x run --jobs=2 //a -- -j 8', 'workers'],
    ['accelerate launch train.py --n 4', 'accelerate launch --num_processes 2 train.py --n 4', 'workers'],
    ['accelerate launch --num_processes=8 train.py', 'accelerate launch --num_processes=2 train.py', 'workers'],
    ['samtools sort -o out.bam in.bam', 'samtools sort -@ 2 -o out.bam in.bam', 'threads'],
    ['bcftools view --threads=8 x.bcf', 'bcftools view --threads=2 x.bcf', 'threads'],
    ['bwa mem ref.fa 1.fq 2.fq', 'bwa mem -t 2 ref.fa 1.fq 2.fq', 'threads'],
  ] as const) {
    it(`behind a subcommand: ${before}`, () => assert.equal(with2(before, of), after));
  }
  it('options behind -- belong to another program', () => {
    assert.equal(with2('cargo test -- -j 8'), 'cargo test -j 2 -- -j 8');
  });
});
