/**
 * Runs inside of a worker thread before the user's code (`execArgv: ['--import', 'worker-preload.js?cpus=3&…']`): pins
 * the thread, has it prefer its NUMA node's memory, tells the channel, and waits until every worker of the pool is
 * pinned. A pin that does not hold arrives as the worker's `error`.
 */
import { once } from 'node:events';
import { BroadcastChannel } from 'node:worker_threads';
import { parseCpulist } from '../../core/cpuset.js';
import { pinThread, readAffinity } from '../processes/affinity.js';
import { preferMemory } from '../machine/memory-policy.js';
import { native } from '../native.js';

// What this thread starts itself is not of the pool: it inherits the place, and must not wait for the pool's word.
process.execArgv.splice(process.execArgv.indexOf(import.meta.url) - 1, 2);

const { searchParams } = new URL(import.meta.url);
pinThread(0, parseCpulist(searchParams.get('cpus') ?? ''));
const node = searchParams.get('memory');
const memory = preferMemory(node === null ? null : Number(node));

const pinned = new BroadcastChannel(`${searchParams.get('channel')} pinned`);
const go = new BroadcastChannel(`${searchParams.get('channel')} go`);
const told = once(go as unknown as EventTarget, 'message');
pinned.postMessage({
  index: Number(searchParams.get('index')),
  tid: native.threadId(),
  affinity: readAffinity(0),
  memory,
});
await told;
pinned.close();
go.close();
