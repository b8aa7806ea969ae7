import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from '../helpers/processes/run.js';
import { GOVERNOR, PROJECT } from '../helpers/shared.js';

const FILES = ['starting', 'governor'];
const COMMAND_LINE = 'dist/lib/cli';

describe("the command line's two files", () => {
  it('are as new as the output of tsc (run npm run compile, not only tsc)', () => {
    const compiled = (readdirSync(join(PROJECT, 'dist/lib'), { recursive: true }) as string[]).filter(name =>
      name.endsWith('.js'),
    );
    const newest = Math.max(...compiled.map(name => statSync(join(PROJECT, 'dist/lib', name)).mtimeMs));
    for (const name of FILES) assert.ok(statSync(join(PROJECT, COMMAND_LINE, `${name}.cjs`)).mtimeMs >= newest, name);
  });
  it('come with the licence of every package that is bundled into them', () => {
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

describe('NODE_EXTRA_CA_CERTS', () => {
  const environment = { NODE_EXTRA_CA_CERTS: '/nonexistent/certificates.pem' };
  const tell = ['sh', '-c', 'echo "${NODE_EXTRA_CA_CERTS-none} ${GOVERNOR_EXTRA_CA_CERTS-none}"'];

  it('is not read by governor itself, since that takes Node longer than the rest of its start', async () => {
    const { status, stderr } = await finished([GOVERNOR, 'topology', '--json'], environment);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  });
  for (const command of [
    ['exec'],
    ['run', '--quiet', '--share'],
    ['launch', '--quiet', '--share', '-n', '1', '--no-prefix'],
  ]) {
    it(`is passed on to a program of governor ${command[0]}`, async () => {
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
