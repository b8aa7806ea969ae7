import { cpuset, parseCpulist, type Cpuset } from '../cpuset.js';
import { CHOSEN_CPUS } from './chosen-cpus.js';
import { GovernorError } from '../../errors.js';

/** Characters or CPUs in one variable above which we do not read it. */
const LONGEST = 65_536;

/** The CPUs that a variable lists by number; none if it names places another way (`cores`), or is malformed. */
export function namedCpus(variable: string, value: string): Cpuset {
  if (value.length > LONGEST) return [];
  switch (variable) {
    case CHOSEN_CPUS:
      return cpulist(value);
    case 'GOMP_CPU_AFFINITY':
      return cpulist(
        value
          .trim()
          .split(/[\s,]+/)
          .join(),
      );
    case 'KMP_AFFINITY':
      return cpulist(/(?:^|,)\s*proclist\s*=\s*\[([^\]]*)\]/i.exec(value)?.[1]?.replace(/[{}\s]/g, '') ?? '');
    case 'OMP_PLACES':
      return places(value);
    default:
      return [];
  }
}

function cpulist(text: string): Cpuset {
  try {
    return parseCpulist(text);
  } catch (error) {
    if (error instanceof GovernorError) return [];
    throw error;
  }
}

/** `{0,1},{4:4},{8:2:2}:3:4`: places of CPUs or first:count:stride; `:3:4` repeats a place 3 times, 4 CPUs apart. */
function places(text: string): Cpuset {
  const cpus: number[] = [];
  const list = text.replace(/\s/g, '');
  if (!/^\{[^{}]*\}(:\d+(:-?\d+)?)?(,\{[^{}]*\}(:\d+(:-?\d+)?)?)*$/.test(list)) return [];
  for (const [, inside, count, apart] of list.matchAll(/\{([^{}]*)\}(?::(\d+)(?::(-?\d+))?)?/g)) {
    const place = inside!.split(',').map(part => /^(\d{1,6})(?::([1-9]\d{0,5})(?::(-?\d{1,6}))?)?$/.exec(part));
    for (let repeat = 0; repeat < Number(count ?? 1); repeat++) {
      for (const interval of place) {
        if (!interval) return [];
        for (let i = 0; i < Number(interval[2] ?? 1); i++)
          cpus.push(Number(interval[1]) + i * Number(interval[3] ?? 1) + repeat * Number(apart ?? 1));
        if (cpus.length > LONGEST) return [];
      }
    }
  }
  return cpuset(cpus.filter(cpu => cpu >= 0));
}
