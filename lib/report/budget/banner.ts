import { gibibytes, type Budget, type BudgetLimit, type LimitName } from '../../core/budget/budget.js';
import { coresOf, type Host } from '../../core/machine/host.js';
import { AFFINITY_SOURCE } from '../../core/machine/limits.js';
import { count } from '../../core/text.js';
import { printable } from '../printable.js';

const RULE = '='.repeat(70);
const TAG = '[HW AUTO-DETECT]';

/** Names of the limits that the banner shows if they decided. */
const LIMIT_TEXT: Partial<Record<LimitName, (limit: BudgetLimit) => string>> = {
  allowed: ({ source }) => (source === AFFINITY_SOURCE ? 'affinity' : 'cpuset'),
  quota: () => 'CPU quota',
  GOVERNOR_CPUS: () => 'your choice',
  claims: () => 'claims of others',
  memory: () => 'memory',
  pids: () => 'process limit',
};

/**
 * The banner: the machine, the budget, and what it prevents, without a line break at the end. Its text is contractual,
 * "Physical Cores" and "GB" (which are GiB) included: programs parse it. Do not reword it.
 */
export function formatBanner(
  host: Host,
  budget: Budget,
  machine: { memory: Host['memory']; gpus: readonly string[] },
): string {
  const online = host.cpus.filter(cpu => cpu.online);
  const { expected, ungoverned } = budget;
  const lines = [
    `Physical Cores: ${coresOf(online).length} | Logical Cores: ${online.length}`,
    ...limitLine(budget),
    `Worker Processes: ${budget.workers} x BLAS Threads: ${expected.threadsPerWorker} ` +
      `= ~${expected.compute} compute threads`,
    `Thread Strategy: ${strategy(budget)}`,
    ramLine(machine.memory),
    `GPU: ${gpuList(machine.gpus)}`,
    `Expected total threads: ~${expected.low}-${expected.high} (vs ${ungoverned.threads} ungoverned)`,
  ];
  return [RULE, ...lines.map(line => `${TAG} ${line}`), RULE].join('\n');
}

function limitLine({ limits, winner }: Budget): string[] {
  const limit = limits.find(found => found.name === winner);
  const name = limit && LIMIT_TEXT[limit.name]?.(limit);
  return name ? [`Limited by ${name}: ${limit.found} (${printable(limit.source)})`] : [];
}

function strategy({ workers, expected, usable }: Budget): string {
  if (expected.threadsPerWorker === 1) return 'Single-threaded BLAS (prevents N_workers x N_threads explosion)';
  const product = `${workers} x ${expected.threadsPerWorker} = ${expected.compute}`;
  return `${expected.threadsPerWorker}-threaded BLAS (${product} threads on ${count(usable, 'usable CPU')})`;
}

function ramLine({ total, available }: Host['memory']): string {
  if (total === null) return 'Total RAM: unknown';
  if (available === null) return `Total RAM: ${gibibytes(total)}`;
  const used = (100 * (1 - available / total)).toFixed(1);
  return `Total RAM: ${gibibytes(total)} | Available: ${gibibytes(available)} (${used}% used)`;
}

function gpuList(gpus: readonly string[]): string {
  const numbers = new Map<string, number>();
  for (const gpu of gpus) numbers.set(gpu, (numbers.get(gpu) ?? 0) + 1);
  const names = [...numbers].map(([name, n]) => printable(n > 1 ? `${n} x ${name}` : name));
  return names.join(', ') || 'None detected';
}
