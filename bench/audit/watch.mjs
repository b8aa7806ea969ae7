// Reads a process without a pause until it is killed; prints a line after the first reading:
//   watch.mjs census|owners|audit|nothing PID      nothing: uses its CPU and reads nothing
import { readings } from './readings.mjs';

const [mode, pid] = process.argv.slice(2);
const read = readings(Number(pid))[mode];
await read();
console.log('reading');
for (;;) await read();
