import { CALLS_OF_NODE, errorsOf, POLICIES, REFUSED, type SweptCommand } from './commands.js';
import type { Counts, Fault, Place } from './fault.js';

export interface Tried {
  runs: number;
  right: number;
  refused: number;
  broken: string[];
}

/** The failures of single calls that a command can meet. @param errors how many of a call's errors, in turn; 0: all */
export function faultsOf(command: SweptCommand, counts: Counts, most: number, errors: number): Fault[] {
  return [...counts].flatMap(([kind, count]) => {
    const [role, caller, call] = kind.split(':') as [string, string, string];
    if (caller === 'node' && !CALLS_OF_NODE.includes(call)) return [];
    if (command.ofNode?.includes(call)) return [];
    const all = errorsOf(call);
    const numbers = Array.from({ length: most > 0 ? Math.min(count, most) : count }, (_, i) => i + 1);
    return numbers.flatMap(k => {
      const chosen = errors > 0 ? all.filter((_, i) => (i + k) % Math.ceil(all.length / errors) === 0) : all;
      return chosen.map(error => ({ of: `${role}:${caller}`, call, k, error }));
    });
  });
}

export function refusedFaults(command: SweptCommand): Fault[] {
  return REFUSED.filter(call => !command.ofNode?.includes(call)).flatMap(call =>
    POLICIES.map(error => ({ of: null, call, k: 0, error })),
  );
}

/** Tries each failure, several at the same time. */
export async function tryAll(
  command: SweptCommand,
  faults: readonly Fault[],
  places: readonly Place[],
  show: (line: string) => void = () => {},
): Promise<Tried> {
  const tried: Tried = { runs: 0, right: 0, refused: 0, broken: [] };
  const rest = [...faults];
  const work = async (place: Place) => {
    for (let fault = rest.shift(); fault; fault = rest.shift()) {
      const { verdict, text, fired } = await place.try(command, fault);
      if (!fired) continue; // the command made fewer calls this time
      tried.runs++;
      const line = `${command.name}: ${fault.of ?? 'all'} ${fault.call} ${fault.k} ${fault.error}: ${text}`;
      if (verdict === 'broken') tried.broken.push(line);
      else tried[verdict]++;
      if (verdict !== 'right') show(`${verdict} ${line}`);
    }
  };
  await Promise.all(places.map(work));
  return tried;
}
