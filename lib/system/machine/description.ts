import { create as createDomain } from 'node:domain';

/** Memory and GPUs as people know them. Only for the banner: no decision depends on it. */
export interface Description {
  memory: { total: number; available: number } | null;
  /** names of the GPUs that can compute */
  gpus: string[];
}

/** systeminformation runs other programs (lspci, nvidia-smi), and a launch waits no longer for them. */
const ANSWER_TIMEOUT_MS = 3000;

/** Asks systeminformation, which only this function loads. Leaves out what it does not know. */
export async function describeMachine(): Promise<Description> {
  const loaded = await import('systeminformation').catch(() => null); // its files cannot be opened
  if (!loaded) return { memory: null, gpus: [] };
  const information = loaded.default;
  const [memory, graphics] = await Promise.all([
    inTime(information.mem()),
    inTime(withoutThrows(() => information.graphics())),
  ]);
  const gpus = (graphics?.controllers ?? []).filter(isCompute).map(controller => controller.name || controller.model);
  return { memory: memory && memory.total > 0 ? { total: memory.total, available: memory.available } : null, gpus };
}

/** GPUs of NVIDIA, AMD and Intel can train; a server's console adapter and a virtual screen cannot. */
const COMPUTE =
  /nvidia|\bamd\b|advanced micro devices|\bati\b|radeon|instinct|intel.*(arc|data center|ponte vecchio|max series)/i;

function isCompute(controller: { vendor: string; model: string; vram: number | null }): boolean {
  return COMPUTE.test(`${controller.vendor} ${controller.model}`);
}

/**
 * systeminformation starts programs in callbacks. If the kernel refuses one for lack of memory or by a policy, Node
 * throws there, where only a domain catches it.
 */
function withoutThrows<T>(ask: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const domain = createDomain();
    domain.on('error', reject);
    domain.run(() => void ask().then(resolve, reject));
  });
}

/** The answer, or null if it fails or comes too late. */
async function inTime<T>(answer: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>(resolve => {
    timer = setTimeout(resolve, ANSWER_TIMEOUT_MS, null);
  });
  return Promise.race([answer.catch(() => null), late]).finally(() => clearTimeout(timer));
}
