// Our audit as a library; does a round for each line it reads:
//   ours.mjs census|owners|audit PID
import { createInterface } from 'node:readline';
import { readings } from './readings.mjs';

const [mode, pid] = process.argv.slice(2);
const read = readings(Number(pid))[mode];
for await (const _ of createInterface({ input: process.stdin })) {
  const [start, spent] = [process.hrtime.bigint(), process.cpuUsage()];
  await read();
  const wall = process.hrtime.bigint() - start;
  const { user, system } = process.cpuUsage(spent);
  console.log(`${wall} ${(user + system) * 1000}`);
}
