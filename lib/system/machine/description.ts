/** Memory and GPUs as people know them. For the banner only: no decision rests on it. */
export interface Description {
  memory: { total: number; available: number } | null;
  /** names of the GPUs that compute */
  gpus: string[];
}

/** It asks other programs (lspci, nvidia-smi); a launch does not wait longer for them than this, in milliseconds. */
const PATIENCE = 3000;

/** Asks systeminformation, which is loaded here and nowhere else; what it cannot tell is left out. */
export async function describeMachine(): Promise<Description> {
  const { default: information } = await import('systeminformation');
  const [memory, graphics] = await Promise.all([inTime(information.mem()), inTime(information.graphics())]);
  const gpus = (graphics?.controllers ?? []).filter(isCompute).map(controller => controller.name || controller.model);
  return { memory: memory && memory.total > 0 ? { total: memory.total, available: memory.available } : null, gpus };
}

/** NVIDIA, AMD and Intel make what trains; a server's console adapter or a virtual screen does not count. */
function isCompute(controller: { vendor: string; model: string; vram: number | null }): boolean {
  const text = `${controller.vendor} ${controller.model}`;
  return /nvidia|\bamd\b|advanced micro devices|\bati\b|radeon|instinct|intel.*(arc|data center|ponte vecchio|max series)/i.test(
    text,
  );
}

async function inTime<T>(answer: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>(resolve => {
    timer = setTimeout(resolve, PATIENCE, null);
  });
  return Promise.race([answer.catch(() => null), late]).finally(() => clearTimeout(timer));
}
