import type { Audit } from '../../../core/audit/audit.js';
import { printable } from '../../printable.js';
import { colourOf } from './chart.js';
import type { Paint } from '../../paint.js';

/** Pools that one line names. */
const MOST_POOLS = 6;

/** An audit as one line. */
export function formatSample(audit: Audit, time: Date, paint: Paint): string {
  const { verdict, demand, run, wait, ratio, threads, pools } = audit;
  const named = pools
    .slice(0, MOST_POOLS)
    .map(
      pool => `${printable(pool.library)} ${pool.processes > 1 ? `${pool.processes}×` : ''}${pool.threadsPerProcess}`,
    );
  const more = pools.length > MOST_POOLS ? [`${pools.length - MOST_POOLS} more`] : [];
  return [
    time.toISOString().replace(/\.\d+/, ''),
    paint(colourOf(verdict), verdict),
    `demand ${demand.toFixed(2)}`,
    `ran ${run.toFixed(2)}`,
    `waited ${wait.toFixed(2)}`,
    `ratio ${ratio.toFixed(2)}`,
    `threads ${threads.all}`,
    `pools ${[...named, ...more].join(', ') || 'none'}`,
  ].join('  ');
}
