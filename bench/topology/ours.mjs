// readHost() and its addon calls:
//   ours.mjs addon|host ROOT          does a round for each line it reads; ROOT '': this machine
//   ours.mjs once ROOT                reads once, between two attempts to open a file, which mark it in a trace
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
    // it never exists
  }
}

if (mode === 'once') {
  void native.platform; // the addon loads on first use
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
