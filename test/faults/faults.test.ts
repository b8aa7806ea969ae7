import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allRequirePackages } from '../helpers/debian.js';
import { skip } from '../helpers/skip.js';
import { COMMANDS } from './commands.js';
import { compileInject, Place, type Fault } from './fault.js';
import { faultsOf, refusedFaults, tryAll } from './try.js';

const named = (name: string) => COMMANDS.find(command => command.name === name)!;

// A part of the sweep; `npm run faults` tries all of it.
describe('a system call that fails ends in the right answer or in one line, and leaves nothing behind', () => {
  allRequirePackages('gcc', 'util-linux');
  const directory = mkdtempSync(join(tmpdir(), 'governor-faults-'));
  let places: Place[] = [];
  before(function () {
    if (process.arch !== 'x64') skip(this, 'the sweep of system calls runs on x86-64 only');
    const inject = compileInject(directory);
    places = [new Place(inject), new Place(inject)];
  });
  after(async () => {
    await Promise.all(places.map(place => place.close()));
    rmSync(directory, { recursive: true });
  });

  async function sweep(name: string, most: number, choose: (fault: Fault) => boolean): Promise<void> {
    const command = named(name);
    const faults = faultsOf(command, await places[0]!.count(command), most, 1).filter(choose);
    assert.ok(faults.length > 0);
    assert.deepEqual((await tryAll(command, faults, places)).broken, []);
  }

  for (const role of ['keeper', 'warden', 'rank'])
    it(`each kind of call of the ${role}`, () => sweep('launch', 2, ({ of }) => of!.startsWith(role)));
  it('each kind of call of governor, before the ranks start and while they run', () =>
    sweep('launch', 1, ({ of }) => of!.startsWith('governor')));
  it('descriptors and threads that run needs to follow workers', () =>
    sweep('run of workers', 6, ({ of, call }) => of === 'governor:addon' && /thread|pipe2|eventfd2|mmap/.test(call)));
  it('descriptors and memory that topology reads the machine with', () =>
    sweep('topology', 20, ({ of, call }) => of === 'governor:addon' && /openat|read|getdents64/.test(call)));

  it('what pinWorkers needs to start a worker on its place', () =>
    sweep('pinWorkers of processes', 3, ({ call }) => /sched_|fork|pipe2/.test(call)));

  for (const name of ['run', 'launch of a parent'])
    it(`${name}, without one of the calls that policies refuse`, async () => {
      const command = named(name);
      const { broken, right, refused } = await tryAll(command, refusedFaults(command), places);
      assert.deepEqual(broken, []);
      assert.ok(right > 0 && refused > 0);
    });

  it('what Node does not survive is seen as broken', async () => {
    const command = named('status');
    const fault = { of: 'governor:addon', call: 'thread', k: 1, error: 'EAGAIN' };
    const { verdict, text } = await places[0]!.try(command, fault);
    assert.equal(verdict, 'broken');
    assert.match(text, /^killed ABRT/);
  });
});
