import { badInput } from '../../errors.js';
import type { Gpu, Host } from './host.js';
import type { Environment } from '../environment.js';

/** A variable that names the GPUs that a program is to see. */
export interface GpuVariable {
  name: string;
  value: string;
}

export interface SeenGpus {
  host: Host;
  /** names a GPU by what /sys does not tell of it, so that it counts for nothing */
  unresolved: GpuVariable | null;
}

/**
 * The machine with those GPUs alone that a program of this environment sees, in its order: where variables of a vendor
 * are set, what they leave of his, and none of the others. Without any, and where one cannot be resolved, all.
 * @throws GovernorError BAD_INPUT where they leave none
 */
export function withVisibleGpus(host: Host, environment: Environment): SeenGpus {
  const chosen = VENDORS.map(vendor => host.gpus.filter(gpu => gpu.vendor === vendor))
    .filter(gpus => gpus.length > 0)
    .map(gpus => ({ gpus, variables: variablesOf(gpus[0]!.vendor, host.gpus, environment) }))
    .filter(({ variables }) => variables.length > 0);
  const variables = chosen.flatMap(one => one.variables);
  if (variables.length === 0) return { host, unresolved: null };
  const unresolved = variables.find(({ value }) => namesUuid(value));
  if (unresolved) return { host, unresolved };
  const gpus = chosen.flatMap(one => one.variables.reduce((left, { value }) => chosenOf(left, value), one.gpus));
  if (gpus.length === 0)
    throw badInput(
      'near',
      'gpu',
      `a GPU that ${variables.map(({ name, value }) => `${name}=${value}`).join(' and ')} leaves of ${host.gpus.length}`,
    );
  return { host: { ...host, gpus }, unresolved: null };
}

const [NVIDIA, AMD] = ['NVIDIA', 'AMD'];
const VENDORS = [NVIDIA, AMD];
const CUDA = 'CUDA_VISIBLE_DEVICES';

/** Those that are set, each choosing of what the one before has left. HIP takes CUDA's where its own is not set. */
function variablesOf(vendor: string, all: readonly Gpu[], environment: Environment): GpuVariable[] {
  const value = (name: string): GpuVariable[] =>
    environment[name] === undefined ? [] : [{ name, value: environment[name] }];
  if (vendor === NVIDIA) return value(CUDA);
  const ownHip = value('HIP_VISIBLE_DEVICES');
  const hip = ownHip.length > 0 || all.some(gpu => gpu.vendor === NVIDIA) ? ownHip : value(CUDA);
  return [...value('ROCR_VISIBLE_DEVICES'), ...hip];
}

/** "0,2": an entry that is no index of theirs hides itself and all behind it. */
function chosenOf(gpus: readonly Gpu[], value: string): Gpu[] {
  const found = entriesOf(value).map(entry => (/^\d{1,4}$/.test(entry) ? gpus[Number(entry)] : undefined));
  const end = found.indexOf(undefined);
  return (end < 0 ? found : found.slice(0, end)) as Gpu[];
}

function namesUuid(value: string): boolean {
  return entriesOf(value).some(entry => /^(GPU|MIG)-/i.test(entry));
}

function entriesOf(value: string): string[] {
  return value.split(',').map(entry => entry.trim());
}
