import type { ProgramLever, ProgramOption } from './program.js';

/** A row for programs whose threads an option sets. */
function threads(
  names: string,
  flags: string,
  source: string,
  more: Partial<Pick<ProgramOption, 'variable' | 'place' | 'after' | 'owners' | 'fit'>> = {},
): ProgramLever {
  return { names: names.split(' '), threads: { flags: flags.split(' ').filter(Boolean), source, ...more } };
}

function configured(names: string, source: string, configuration: (count: number) => string): ProgramLever {
  return { names: names.split(' '), threads: { flags: [], source, configuration } };
}

/** The owners of OpenMP's threads, for programs that set their number by an option. */
const OPENMP = ['libgomp', 'libomp', 'libiomp5'];
const MARIADB = 'https://mariadb.com/docs/server/ha-and-performance/optimization-and-tuning';

/** Programs that compute with threads, and the option for how many. Sources are the programs' own pages. */
export const THREAD_PROGRAMS: readonly ProgramLever[] = [
  // Media. Before -i, ffmpeg's -threads counts for decoding only: the encoder's goes before the output file.
  threads('ffmpeg', '-threads', 'https://ffmpeg.org/ffmpeg-codecs.html', { place: 'before last', after: '-i' }),
  threads('x264', '--threads', 'https://code.videolan.org/videolan/x264/-/blob/master/x264.c'),
  threads('x265', '--pools', 'https://x265.readthedocs.io/en/master/cli.html'),
  threads('vpxenc', '--threads= -t', 'https://www.webmproject.org/docs/encoder-parameters/'),
  threads('dav1d', '--threads', 'https://code.videolan.org/videolan/dav1d/-/blob/master/tools/dav1d_cli_parse.c'),
  threads('avifenc', '-j --jobs', 'https://github.com/AOMediaCodec/libavif/blob/main/doc/avifenc.1.md'),
  threads('blender', '-t --threads', 'https://docs.blender.org/manual/en/latest/advanced/command_line/arguments.html'),
  // Compression
  threads('xz unxz lzma', '-T# --threads=', 'https://tukaani.org/xz/man/xz.1.html', {
    variable: { name: 'XZ_DEFAULTS', value: count => `-T${count}`, part: /(-T ?|--threads=)\d+/g },
  }),
  threads('zstd zstdmt', '-T# --threads=', 'https://github.com/facebook/zstd/blob/dev/programs/zstd.1.md', {
    variable: { name: 'ZSTD_NBTHREADS' },
  }),
  threads('pigz unpigz', '-p --processes', 'https://zlib.net/pigz/pigz.pdf'),
  threads('lbzip2 lbunzip2', '-n', 'https://github.com/kjn/lbzip2/blob/master/man/lbzip2.1'),
  threads('pbzip2', '-p#', 'https://linux.die.net/man/1/pbzip2'),
  threads('plzip', '-n --threads=', 'https://www.nongnu.org/lzip/manual/plzip_manual.html'),
  threads('7z 7za 7zz 7zr', '-mmt# -mmt=', 'https://7-zip.opensource.jp/chm/cmdline/switches/method.htm', {
    place: 'before last',
  }),
  threads('mksquashfs', '-processors', 'https://manpages.debian.org/testing/squashfs-tools/mksquashfs.1.en.html', {
    place: 'end',
  }),
  threads('sort', '--parallel=', 'https://www.gnu.org/software/coreutils/manual/html_node/sort-invocation.html'),
  // Servers
  threads(
    'redis-server valkey-server',
    '--io-threads',
    'https://redis.io/docs/latest/operate/oss_and_stack/management/config-file/',
    {
      place: 'end',
      fit: cpus => (cpus < 4 ? 1 : cpus - 1), // its configuration file: from 4 cores on, with one to spare
    },
  ),
  threads('memcached', '-t', 'https://docs.memcached.org/serverguide/configuring/'),
  threads('dragonfly', '--proactor_threads=', 'https://www.dragonflydb.io/docs/managing-dragonfly/flags'),
  threads('sidekiq', '-c --concurrency', 'https://github.com/sidekiq/sidekiq/wiki/Advanced-Options', {
    variable: { name: 'RAILS_MAX_THREADS' },
  }),
  threads('envoy', '--concurrency', 'https://www.envoyproxy.io/docs/envoy/latest/operations/cli'),
  configured('haproxy', 'https://docs.haproxy.org/3.0/configuration.html#3.1-nbthread', count => `nbthread ${count}`),
  configured(
    'nginx',
    'https://nginx.org/en/docs/ngx_core_module.html#thread_pool',
    count => `thread_pool default threads=${count};`,
  ),
  configured(
    'mysqld',
    'https://dev.mysql.com/doc/refman/8.4/en/innodb-parameters.html#sysvar_innodb_thread_concurrency',
    count => `innodb_thread_concurrency = ${count}`,
  ),
  configured(
    'mariadbd',
    `${MARIADB}/buffers-caches-and-threads/thread-pool/thread-pool-system-status-variables`,
    count => `thread_pool_size = ${count}`,
  ),
  configured(
    'clickhouse clickhouse-server',
    'https://clickhouse.com/docs/operations/settings/settings#max_threads',
    count => `max_threads = ${count}`,
  ),
  // Models
  threads(
    'llama-cli llama-server llama-bench llama-completion',
    '-t --threads',
    'https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md',
    { variable: { name: 'LLAMA_ARG_THREADS' }, place: 'end' },
  ),
  threads('whisper-cli', '-t --threads', 'https://github.com/ggml-org/whisper.cpp/blob/master/examples/cli/README.md', {
    place: 'end',
  }),
  // Languages and compilers
  threads('java', '-XX:ActiveProcessorCount=', 'https://docs.oracle.com/en/java/javase/21/docs/specs/man/java.html', {
    variable: {
      name: 'JAVA_TOOL_OPTIONS',
      value: count => `-XX:ActiveProcessorCount=${count}`,
      part: /-XX:ActiveProcessorCount=\d+/g,
    },
    owners: ['JVM'],
  }),
  threads('julia', '-t --threads', 'https://docs.julialang.org/en/v1/manual/multi-threading/', {
    variable: { name: 'JULIA_NUM_THREADS' },
    owners: ['Julia'],
  }),
  threads(
    'rustc',
    '-Ccodegen-units= codegen-units=',
    'https://doc.rust-lang.org/rustc/codegen-options/index.html#codegen-units',
  ),
  threads('ld.lld lld', '--threads=', 'https://github.com/llvm/llvm-project/blob/main/lld/docs/ld.lld.1'),
  threads('mold', '--thread-count=', 'https://github.com/rui314/mold/blob/main/docs/mold.md'),
  threads('rg', '-j --threads', 'https://github.com/BurntSushi/ripgrep/blob/master/crates/core/flags/defs.rs'),
  threads('fd fdfind', '-j --threads', 'https://github.com/sharkdp/fd/blob/master/doc/fd.1'),
  threads('magick convert mogrify', '', 'https://imagemagick.org/script/resources.php', {
    variable: { name: 'MAGICK_THREAD_LIMIT' },
  }),
  // Sequences
  threads('samtools', '-@ --threads', 'https://www.htslib.org/doc/samtools.html', { place: 'subcommand' }),
  threads('bcftools', '--threads -@', 'https://www.htslib.org/doc/bcftools.html', { place: 'subcommand' }),
  threads('bwa bwa-mem2', '-t', 'https://bio-bwa.sourceforge.net/bwa.shtml', { place: 'subcommand' }),
  threads('minimap2', '-t', 'https://lh3.github.io/minimap2/minimap2.html'),
  threads(
    'bowtie2 bowtie2-align-s bowtie2-align-l hisat2 hisat2-align-s hisat2-align-l',
    '-p --threads',
    'https://bowtie-bio.sourceforge.net/bowtie2/manual.shtml',
  ),
  threads('STAR', '--runThreadN', 'https://github.com/alexdobin/STAR/blob/master/doc/STARmanual.pdf'),
  threads('salmon', '-p --threads', 'https://salmon.readthedocs.io/en/latest/salmon.html', { place: 'subcommand' }),
  threads('kallisto', '-t --threads', 'https://pachterlab.github.io/kallisto/manual', { place: 'subcommand' }),
  threads('fastp', '-w --thread', 'https://github.com/OpenGene/fastp'),
  threads('featureCounts', '-T', 'https://subread.sourceforge.net/featureCounts.html'),
  threads('blastn blastp blastx tblastn', '-num_threads', 'https://www.ncbi.nlm.nih.gov/books/NBK279684/'),
  threads('diamond', '-p --threads', 'https://github.com/bbuchfink/diamond/wiki/3.-Command-line-options', {
    place: 'subcommand',
  }),
  threads(
    'hmmsearch hmmscan phmmer jackhmmer nhmmer',
    '--cpu',
    'https://github.com/EddyRivasLab/hmmer/blob/master/documentation/man/hmmsearch.man.in',
    { variable: { name: 'HMMER_NCPU' } },
  ),
  threads('vsearch', '--threads', 'https://github.com/torognes/vsearch', { place: 'end' }),
  threads('iqtree iqtree2 iqtree3', '-T -nt', 'https://iqtree.github.io/doc/Command-Reference', { owners: OPENMP }),
  threads('gmx gmx_mpi', '-ntomp', 'https://manual.gromacs.org/current/onlinehelp/gmx-mdrun.html', {
    place: 'end',
    owners: OPENMP,
  }),
  // Measurements
  threads('sysbench', '--threads=', 'https://github.com/akopytov/sysbench'),
];
