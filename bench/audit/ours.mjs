// Our audit as a library, a round for each line that comes in:
//   ours.mjs census|owners|audit PID      owners: with the census; audit: the whole, of two looks
import { createInterface } from 'node:readline';
import { audit } from '../../dist/lib/api/audit.js';
import { SIZE_VARIABLES } from '../../dist/lib/core/libraries.js';
import { native } from '../../dist/lib/system/native.js';

const [mode, argument] = process.argv.slice(2);
const pid = Number(argument);

async function census() {
  await native.listProcesses();
  return native.sampleThreads([pid]);
}

const readings = {
  census,
  owners: async () => native.readOwners([[pid, [...(await census()).tid]]], SIZE_VARIABLES),
  audit: () => audit(pid, { window: 0.001 }),  // too short for a third look
};

for await (const _ of createInterface({ input: process.stdin })) {
  const [start, spent] = [process.hrtime.bigint(), process.cpuUsage()];
  await readings[mode]();
  const wall = process.hrtime.bigint() - start;
  const { user, system } = process.cpuUsage(spent);
  console.log(`${wall} ${(user + system) * 1000}`);
}
