import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { ledgerDirectory, makeClaim, readClaims, type Claim } from '../../../lib/system/claims/ledger.js';
import { finished } from '../../helpers/processes/run.js';
import { TWO_CPUS } from '../../helpers/processes/governed.js';
import { GOVERNOR } from '../../helpers/shared.js';

const [FIRST, SECOND] = TWO_CPUS as [number, number];
const launch = (options: string[], command: string[]) =>
  finished([
    'taskset',
    '-c',
    TWO_CPUS.join(),
    process.execPath,
    GOVERNOR,
    'launch',
    '-q',
    ...options,
    '--',
    ...command,
  ]);
const foreseen = async (...options: string[]) =>
  (
    JSON.parse((await launch(['--dry-run', '--json', ...options], ['true'])).stdout) as { ranks: { place: number[] }[] }
  ).ranks.map(({ place }) => place);
const given = async (...options: string[]) =>
  (await launch(['--no-prefix', ...options], ['sh', '-c', 'echo $GOVERNOR_CPUS'])).stdout.trim().split('\n').sort();

describe('governor launch --dry-run beside claims of others', () => {
  let claim: Claim;
  const firstClaimed = async () => ({ claim } = await makeClaim('a test', () => ({ cpus: [FIRST] })));
  afterEach(() => claim?.close());

  it('prints the places that the launch would get', async () => {
    assert.deepEqual(await foreseen('-n', '1'), [[FIRST]]);
    await firstClaimed();
    assert.deepEqual(await foreseen('-n', '1'), [[SECOND]]);
    assert.deepEqual(await given('-n', '1'), [String(SECOND)]);
    assert.deepEqual(await foreseen(), [[SECOND]]);
    assert.deepEqual(await given(), [String(SECOND)]);
  });
  it('is refused if the launch would be refused', async () => {
    await firstClaimed();
    const [dry, real] = [await launch(['--dry-run', '-n', '2'], ['true']), await launch(['-n', '2'], ['true'])];
    assert.equal(dry.status, 2);
    assert.match(dry.stderr, new RegExp(`^governor: .*held: CPU ${FIRST} by pid ${process.pid} `));
    assert.deepEqual(dry, real);
  });
  it('ignores the claims with --share', async () => {
    await firstClaimed();
    assert.deepEqual(await foreseen('-n', '2', '--share'), [[FIRST], [SECOND]]);
  });
  it('claims nothing', async () => {
    await foreseen('-n', '2');
    assert.ok(!existsSync(ledgerDirectory()));
    await firstClaimed();
    await foreseen('-n', '1');
    assert.deepEqual(
      readClaims().map(({ cpus }) => cpus),
      [[FIRST]],
    );
  });
  it('reports a ledger that cannot be used', async () => {
    writeFileSync(ledgerDirectory(), '');
    const { status, stderr } = await launch(['--dry-run', '-n', '2'], ['true']);
    assert.equal(status, 0);
    assert.match(stderr, /^governor: .*cannot be used/);
  });
});
