/** The sweep: `node dist/test/faults/sweep.js --help`. README.md describes it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { COMMANDS } from './commands.js';
import { compileInject, Place } from './fault.js';
import { faultsOf, refusedFaults, tryAll } from './try.js';

const HELP = `Lets each system call of governor's commands fail, one at a time, and prints what breaks.
  --command NAME  only this command; may be repeated (default: all)
  --call CALL     only this system call; may be repeated (default: all)
  --role ROLE     only governor, keeper, warden or rank
  --most N        at most the first N calls of each kind (default: 20; 0: all)
  --errors N      at most N errors for each call, in turn (default: 0: all)
  --refused       every call of a kind fails, by seccomp, instead of one
  --jobs N        commands at the same time (default: 2)
  --verbose       also print what is refused, and how`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      command: { type: 'string', multiple: true },
      call: { type: 'string', multiple: true },
      role: { type: 'string' },
      most: { type: 'string', default: '20' },
      errors: { type: 'string', default: '0' },
      refused: { type: 'boolean', default: false },
      jobs: { type: 'string', default: '2' },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) console.log(HELP);
  if (values.help) return 0;
  const directory = mkdtempSync(join(tmpdir(), 'governor-faults-'));
  const inject = compileInject(directory);
  const places = Array.from({ length: Number(values.jobs) }, () => new Place(inject));
  let broken = 0;
  try {
    for (const command of COMMANDS) {
      if (values.command && !values.command.includes(command.name)) continue;
      const [counts] = await Promise.all(places.map(place => place.count(command)));
      const all = values.refused
        ? refusedFaults(command)
        : faultsOf(command, counts!, Number(values.most), Number(values.errors));
      const wanted = all.filter(
        ({ of, call }) =>
          (!values.call || values.call.includes(call)) && (!values.role || of?.startsWith(`${values.role}:`)),
      );
      const began = performance.now();
      const tried = await tryAll(command, wanted, places, line => {
        if (values.verbose || line.startsWith('broken')) console.log(line);
      });
      broken += tried.broken.length;
      const seconds = ((performance.now() - began) / 1000).toFixed(0);
      const { runs, right, refused } = tried;
      const summary = `${right} right, ${refused} refused, ${tried.broken.length} broken`;
      console.log(`${command.name}: ${runs} failures: ${summary}; ${seconds} s`);
    }
  } finally {
    await Promise.all(places.map(place => place.close()));
    rmSync(directory, { recursive: true });
  }
  return broken > 0 ? 1 : 0;
}

process.exitCode = await main();
