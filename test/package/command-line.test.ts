import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { succeeded, Workbench } from '../helpers/package/package.js';
import { finished } from '../helpers/processes/run.js';
import { GOVERNOR, PROJECT } from '../helpers/shared.js';

const FILES = ['starting', 'governor'];
const COMMAND_LINE = 'dist/lib/cli';

/** The package without what is kept of its code, to be changed: its command line and its addon. */
function copyOfPackage(bench: Workbench): string {
  const copy = bench.directory('command-line');
  const files = FILES.map(name => join(COMMAND_LINE, `${name}.cjs`));
  for (const file of ['package.json', 'bin', ...files]) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(PROJECT, file), join(copy, file), { recursive: true });
  }
  for (const folder of ['build', 'prebuilds'].filter(name => existsSync(join(PROJECT, name))))
    symlinkSync(join(PROJECT, folder), join(copy, folder));
  return copy;
}

const keptIn = (copy: string) =>
  readdirSync(join(copy, COMMAND_LINE))
    .filter(name => name.endsWith('.cache'))
    .sort();
const keep = (copy: string) => succeeded([process.execPath, join(copy, 'bin/cache.js')]);

describe("the command line's two files", () => {
  it('are made of what tsc has compiled last: npm run compile, not tsc alone', () => {
    const compiled = (readdirSync(join(PROJECT, 'dist/lib'), { recursive: true }) as string[]).filter(name =>
      name.endsWith('.js'),
    );
    const newest = Math.max(...compiled.map(name => statSync(join(PROJECT, 'dist/lib', name)).mtimeMs));
    for (const name of FILES) assert.ok(statSync(join(PROJECT, COMMAND_LINE, `${name}.cjs`)).mtimeMs >= newest, name);
  });
  it('have the licences beside them of all that has gone into them', () => {
    const text = FILES.map(name => readFileSync(join(PROJECT, COMMAND_LINE, `${name}.cjs`), 'utf8')).join('\n');
    const packages = new Set(
      [...text.matchAll(/^\/\/ node_modules\/((?:@[^/]+\/)?[^/]+)\//gm)].map(match => match[1]!),
    );
    assert.ok(packages.has('commander'));
    const licences = readFileSync(join(PROJECT, COMMAND_LINE, 'LICENSES.txt'), 'utf8')
      .split(/^-{80}$/m)
      .map(part => part.trim());
    assert.deepEqual(
      licences.map(part => part.split('\n')[0]),
      [...packages].sort(),
    );
    for (const licence of licences) assert.match(licence, /copyright/i);
  });
});

describe('what V8 has compiled of the command line', function () {
  this.timeout(120_000);
  const bench = new Workbench();
  after(() => bench.remove());

  it('is kept by bin/cache.js, for this Node, and taken', async () => {
    const copy = copyOfPackage(bench);
    const told = () => finished([join(copy, 'bin/governor.js'), 'budget', '--workers', '2', '--json']);
    const before = await told();
    assert.equal(before.status, 0);
    await keep(copy);
    assert.deepEqual(keptIn(copy), FILES.map(name => `${name}-${process.version}-${process.arch}.cache`).sort());
    const script = `console.log(['starting', 'governor'].map(name => require('${copy}/bin/load.js').load(name).script.cachedDataRejected).join())`;
    assert.equal((await succeeded([process.execPath, '-e', script])).stdout, 'false,false\n');
    assert.deepEqual(await told(), before);
  });
  it('is refused where it is none, and nobody notices', async () => {
    const copy = copyOfPackage(bench);
    await keep(copy);
    for (const name of keptIn(copy)) writeFileSync(join(copy, COMMAND_LINE, name), 'no such code');
    const { status, stdout, stderr } = await finished([join(copy, 'bin/governor.js'), 'exec', '--', 'echo', 'started']);
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: 'started\n', stderr: '' });
  });
  it('does not count any more where a file was changed, even to one of the same length', async () => {
    const copy = copyOfPackage(bench);
    await keep(copy);
    const file = join(copy, COMMAND_LINE, 'governor.cjs');
    const text = readFileSync(file, 'utf8');
    assert.ok(text.includes('print this help'));
    writeFileSync(file, text.replaceAll('print this help', 'shows that help'));
    const later = new Date(Date.now() + 10_000);
    utimesSync(file, later, later);
    assert.match((await finished([join(copy, 'bin/governor.js'), '--help'])).stdout, /shows that help/);
  });
});

describe('NODE_EXTRA_CA_CERTS', () => {
  const environment = { NODE_EXTRA_CA_CERTS: '/nonexistent/certificates.pem' };
  const tell = ['sh', '-c', 'echo "${NODE_EXTRA_CA_CERTS-none} ${GOVERNOR_EXTRA_CA_CERTS-none}"'];

  it('is not read for governor itself: it takes Node longer than all else of its start', async () => {
    const { status, stderr } = await finished([GOVERNOR, 'topology', '--json'], environment);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  });
  for (const command of [
    ['exec'],
    ['run', '--quiet', '--share'],
    ['launch', '--quiet', '--share', '-n', '1', '--no-prefix'],
  ]) {
    it(`is there for a program of governor ${command[0]}`, async () => {
      assert.equal(
        (await finished([GOVERNOR, ...command, '--', ...tell], environment)).stdout,
        '/nonexistent/certificates.pem none\n',
      );
      assert.equal(
        (await finished([GOVERNOR, ...command, '--', ...tell], { NODE_EXTRA_CA_CERTS: undefined })).stdout,
        'none none\n',
      );
    });
  }
});
