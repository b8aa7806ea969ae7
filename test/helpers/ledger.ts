import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { makeClaim, readClaims } from '../../lib/system/claims/ledger.js';
import { OBSERVERS } from './processes/governed.js';
import { PROJECT } from './shared.js';

export const LEDGER = join(PROJECT, 'dist/lib/system/claims/ledger.js');
/** A program that claims CPUs and holds them; they follow as arguments. */
export const HOLD = [process.execPath, join(OBSERVERS, 'claim_and_hold.mjs'), LEDGER];

/** Makes a claim of these CPUs in this process. */
export const claimed = (...cpus: number[]) => makeClaim('a test', () => ({ cpus }));
/** The CPUs of each claim in the ledger. */
export const held = () => readClaims().map(({ cpus }) => cpus);

/** The exit status of a child, once it has ended. */
export async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}
