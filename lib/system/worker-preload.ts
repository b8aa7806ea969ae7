/**
 * Runs inside of a worker thread before the user's code (`execArgv: ['--import', 'worker-preload.js?cpus=3&channel=NAME']`):
 * pins the thread and tells the channel. A pin that does not hold arrives as the worker's `error`.
 */
import { BroadcastChannel } from 'node:worker_threads';
import { parseCpulist } from '../core/cpuset.js';
import { pinThread, readAffinity } from './affinity.js';
import { native } from './native.js';

const { searchParams } = new URL(import.meta.url);
pinThread(0, parseCpulist(searchParams.get('cpus') ?? ''));
const channel = new BroadcastChannel(searchParams.get('channel') ?? '');
channel.postMessage({ index: Number(searchParams.get('index')), tid: native.threadId(), affinity: readAffinity(0) });
channel.close();
