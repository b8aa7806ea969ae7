import { computeBudget, gibibytes, type Budget, type BudgetOptions, type LimitName } from '../core/budget.js';
import { coresOf, type Host } from '../core/host.js';
import type { Environment } from '../core/thread-variables.js';
import { describeMachine } from '../system/description.js';
import { readHost } from '../system/host.js';

const RULE = '='.repeat(70);
const TAG = '[HW AUTO-DETECT]';

/** What people should know of a limit that decided. */
const LIMIT_TEXT: Partial<Record<LimitName, string>> = {
  allowed: 'cpuset', quota: 'CPU quota', memory: 'memory', pids: 'process limit',
};

export interface BannerOptions extends BudgetOptions {
  /** default: this machine */
  host?: Host | undefined;
  /** the variables that libraries would see; default: this process's */
  environment?: Environment | undefined;
  /** default: computed from the host and these options */
  budget?: Budget | undefined;
}

/**
 * The banner that a governed program starts with: cores, budget, memory, GPUs, expected threads.
 * Memory and GPUs of this machine come from systeminformation, of a given host from the host.
 * @returns its lines, without a line break at the end
 * @throws GovernorError BAD_INPUT, UNREADABLE
 */
export async function banner(options: BannerOptions = {}): Promise<string> {
  const host = options.host ?? readHost();
  const budget = options.budget ?? computeBudget(host, options, options.environment ?? process.env);
  const described = options.host ? { memory: null, gpus: [] } : await describeMachine();
  return formatBanner(host, budget, { memory: described.memory ?? host.memory, gpus: described.gpus });
}

/** The banner: the machine, the budget, and what it prevents. No line break at the end. */
export function formatBanner(host: Host, budget: Budget, machine: { memory: Host['memory']; gpus: readonly string[] }): string {
  const online = host.cpus.filter(cpu => cpu.online);
  const { expected, ungoverned } = budget;
  const limit = budget.limits.find(found => found.name === budget.winner);
  const lines = [
    `Physical Cores: ${coresOf(online).length} | Logical Cores: ${online.length}`,
    ...(limit && LIMIT_TEXT[limit.name] ? [`Limited by ${LIMIT_TEXT[limit.name]}: ${limit.found} (${limit.source})`] : []),
    `Worker Processes: ${budget.workers} x BLAS Threads: ${expected.threadsPerWorker} = ~${expected.compute} compute threads`,
    `Thread Strategy: ${strategy(budget)}`,
    ramLine(machine.memory),
    `GPU: ${gpuList(machine.gpus)}`,
    `Expected total threads: ~${expected.low}-${expected.high} (vs ${ungoverned.threads} ungoverned)`,
  ];
  return [RULE, ...lines.map(line => `${TAG} ${line}`), RULE].join('\n');
}

function strategy({ workers, expected, usable }: Budget): string {
  if (expected.threadsPerWorker === 1) return 'Single-threaded BLAS (prevents N_workers x N_threads explosion)';
  const cpus = `${usable} usable CPU${usable === 1 ? '' : 's'}`;
  return `${expected.threadsPerWorker}-threaded BLAS (${workers} x ${expected.threadsPerWorker} = ${expected.compute} threads on ${cpus})`;
}

function ramLine({ total, available }: Host['memory']): string {
  if (total === null) return 'Total RAM: unknown';
  if (available === null) return `Total RAM: ${gibibytes(total)}`;
  return `Total RAM: ${gibibytes(total)} | Available: ${gibibytes(available)} (${(100 * (1 - available / total)).toFixed(1)}% used)`;
}

function gpuList(gpus: readonly string[]): string {
  const count = new Map<string, number>();
  for (const gpu of gpus) count.set(gpu, (count.get(gpu) ?? 0) + 1);
  const names = [...count].map(([name, n]) => (n > 1 ? `${n} x ${name}` : name));
  return names.join(', ') || 'None detected';
}
