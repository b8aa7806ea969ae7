import { badInput } from '../../errors.js';
import { joinAnd } from '../text.js';
import type { Gpu, Host } from './host.js';
import type { Environment } from '../environment.js';

/** A variable that limits the GPUs that a program can use. */
export interface GpuVariable {
  /** CUDA_VISIBLE_DEVICES, HIP_VISIBLE_DEVICES or ROCR_VISIBLE_DEVICES */
  name: string;
  /** the variable's value */
  value: string;
}

export interface SeenGpus {
  host: Host;
  /** a variable that names a GPU by its UUID, which /sys does not contain; it is ignored */
  unresolved: GpuVariable | null;
}

/**
 * The machine with only the GPUs that a program with this environment can use, in its order: if a vendor's variables
 * are set, the GPUs that they select, and no other vendor's. All GPUs if none is set, or one cannot be resolved.
 * @throws GovernorError BAD_INPUT if the variables select no GPU
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
  if (gpus.length === 0) {
    const settings = joinAnd(variables.map(({ name, value }) => `${name}=${value}`));
    throw badInput('near', 'gpu', `a visible GPU; ${settings} hides all ${host.gpus.length}`);
  }
  return { host: { ...host, gpus }, unresolved: null };
}

const [NVIDIA, AMD] = ['NVIDIA', 'AMD'];
const VENDORS = [NVIDIA, AMD];
const CUDA = 'CUDA_VISIBLE_DEVICES';

/** The vendor's variables that are set; each selects from what the previous one left. HIP falls back to CUDA's. */
function variablesOf(vendor: string, all: readonly Gpu[], environment: Environment): GpuVariable[] {
  const value = (name: string): GpuVariable[] =>
    environment[name] === undefined ? [] : [{ name, value: environment[name] }];
  if (vendor === NVIDIA) return value(CUDA);
  const ownHip = value('HIP_VISIBLE_DEVICES');
  const hip = ownHip.length > 0 || all.some(gpu => gpu.vendor === NVIDIA) ? ownHip : value(CUDA);
  return [...value('ROCR_VISIBLE_DEVICES'), ...hip];
}

/** `0,2`: an entry that is no valid index hides itself and all entries after it. */
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
