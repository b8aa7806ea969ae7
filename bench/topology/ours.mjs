// Our reading as a library:
//   ours.mjs addon|host ROOT          a round for each line that comes in; ROOT '' = this machine
//   ours.mjs once ROOT                one reading, between two attempts to open a file that marks it in a trace
import { openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { readHost } from '../../dist/lib/system/machine/host.js';
import { native } from '../../dist/lib/system/native.js';

const [mode, root] = process.argv.slice(2);
const readings = {
  addon: () => [native.readTopology(root), native.readLimits(root, 0), native.readMemory(root)],
  host: () => readHost(root ? { sysroot: root } : {}),
};

function mark() {
  try {
    openSync('/mark of ours.mjs');
  } catch {
    // it is never there
  }
}

if (mode === 'once') {
  mark();
  readings.host();
  mark();
} else {
  for await (const _ of createInterface({ input: process.stdin })) {
    const start = process.hrtime.bigint();
    readings[mode]();
    console.log(String(process.hrtime.bigint() - start));
  }
}
