import { z } from 'zod';
import { badInput } from '../../errors.js';
import type { Host } from './host.js';

const cpu = z
  .int()
  .min(0)
  .max(2 ** 20);
const index = cpu.nullable().default(null);
const cpus = z.array(cpu);
const found = <Value extends z.ZodType>(value: Value) => z.object({ value, source: z.string() });
const counted = found(z.number().min(0)).extend({ left: z.number().min(0).nullable() });

const host = z.object({
  version: z.literal(1).default(1),
  platform: z.string().default('linux'),
  cpus: z
    .array(
      z.object({
        cpu,
        online: z.boolean(),
        allowed: z.boolean(),
        core: index,
        package: index,
        numa: index,
        kind: index,
      }),
    )
    .min(1)
    .superRefine(consistent)
    .transform(list => list.sort((a, b) => a.cpu - b.cpu)),
  caches: z.object({ L1d: z.array(cpus), L2: z.array(cpus), L3: z.array(cpus) }).default({ L1d: [], L2: [], L3: [] }),
  numaNodes: z.array(z.object({ node: cpu, cpus })).default([]),
  isolated: cpus.default([]),
  gpus: z
    .array(
      z.object({
        address: z.string(),
        vendor: z.string(),
        device: z.string().nullable().default(null),
        numa: index,
        cpus,
      }),
    )
    .default([]),
  limits: z
    .object({
      quota: found(z.number().positive()).nullable().default(null),
      cpuset: found(cpus).nullable().default(null),
      affinity: found(cpus).nullable().default(null),
      chosen: found(cpus).nullable().default(null),
      free: found(cpus).nullable().default(null),
      weight: found(z.number().positive()).extend({ usual: z.number().positive() }).nullable().default(null),
      memory: counted.nullable().default(null),
      pids: counted.nullable().default(null),
    })
    .default({
      quota: null,
      cpuset: null,
      affinity: null,
      chosen: null,
      free: null,
      weight: null,
      memory: null,
      pids: null,
    }),
  interrupts: z
    .array(z.object({ cpu, count: z.number().min(0) }))
    .nullable()
    .default(null),
  memory: z
    .object({
      total: z.number().positive().nullable(),
      available: z.number().min(0).nullable(),
    })
    .default({ total: null, available: null }),
});

/** Rejects a CPU that is listed twice, or is allowed but not online. */
function consistent(
  list: readonly Pick<Host['cpus'][number], 'cpu' | 'online' | 'allowed'>[],
  context: z.RefinementCtx,
): void {
  const seen = new Set<number>();
  for (const [i, { cpu, online, allowed }] of list.entries()) {
    if (seen.has(cpu)) context.addIssue({ code: 'custom', path: [i, 'cpu'], message: `CPU ${cpu} is listed twice` });
    if (allowed && !online)
      context.addIssue({ code: 'custom', path: [i, 'allowed'], message: `CPU ${cpu} is allowed but not online` });
    seen.add(cpu);
  }
}

/**
 * Reads a Host from the JSON that `governor topology --json` prints. Only `cpus` is required.
 * @throws GovernorError BAD_INPUT, naming the first field that is wrong
 */
export function parseHost(text: string, file: string): Host {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw badInput('host', file, 'JSON as `governor topology --json` prints it');
  }
  const result = host.safeParse(json);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw badInput(
      'host',
      file,
      `JSON as \`governor topology --json\` prints it; ${issue!.path.join('.') || 'the whole'}: ${issue!.message}`,
    );
  }
  if (!result.data.cpus.some(cpu => cpu.allowed && cpu.online))
    throw badInput('host', file, 'at least one CPU that is online and allowed');
  return result.data;
}
