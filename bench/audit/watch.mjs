// Looks at a program without a pause until it is ended; says so after the first look:
//   watch.mjs census|owners|audit|nothing PID      nothing: uses its CPU, and looks at nobody
import { readings } from './readings.mjs';

const [mode, pid] = process.argv.slice(2);
const look = readings(Number(pid))[mode];
await look();
console.log('looks');
for (;;) await look();
