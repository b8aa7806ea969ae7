// One run of one variant: from its start to the rate that it reports.
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { execFile } from 'node:child_process';
import { killAll, start, sweep } from './processes.mjs';

/** How long a pool works before it is audited, so that its first tasks do not count. */
const SETTLE_MS = 300;
const CONNECT_PAUSE_MS = 20;

/**
 * Runs a command to its end, or a server as long as its client works.
 * @param command `{ argv, env, client?, port?, rate }`
 * @param limit seconds after which it is killed
 * @returns `{ rate }`, or `{ failure }` in words
 */
export async function measure(command, environment, limit) {
  return running(command, environment, limit, async (program, client) => {
    const worker = client ?? program;
    const began = Date.now();
    const status = await worker.exit;
    const seconds = (Date.now() - began) / 1000;
    if (status !== 0) return { failure: `exit ${status}: ${reasonIn(worker.stderr() || worker.stdout())}` };
    const rate = command.rate({ stdout: worker.stdout(), stderr: worker.stderr(), seconds });
    return rate > 0 && Number.isFinite(rate) ? { rate } : { failure: `no rate: ${reasonIn(worker.stdout())}` };
  });
}

/** Audits a command while it works, and ends it. */
export async function audited(command, environment, limit, governor) {
  return running(command, environment, limit, async (program, client) => {
    const worker = client ?? program;
    const ready = command.begun ? worker.said(command.begun) : pause(command.settle ?? 1000);
    const ended = await Promise.race([ready.then(() => null), worker.exit]);
    if (ended !== null) return { failure: `it ended before the audit: ${reasonIn(worker.stderr())}` };
    await pause(SETTLE_MS);
    const { stdout, stderr } = await output([process.execPath, governor, 'audit', '--json', String(program.pid)]);
    try {
      return { audit: JSON.parse(stdout) };
    } catch {
      return { failure: `audit: ${reasonIn(stderr)}` };
    }
  });
}

async function running(command, environment, limit, use) {
  const program = start(command.argv, { ...environment, ...command.env });
  let client;
  let timer;
  const late = new Promise(resolve => {
    timer = setTimeout(() => resolve({ failure: `killed after ${limit} s` }), limit * 1000);
  });
  const done = async () => {
    if (command.client) {
      if (!(await connected(command.port, program))) return { failure: `no server: ${reasonIn(program.stderr())}` };
      client = start(command.client, environment);
    }
    return use(program, client);
  };
  const result = await Promise.race([done(), late]);
  clearTimeout(timer);
  if (result.failure) killAll();
  await client?.end();
  await program.end();
  const left = await sweep();
  return left && !result.failure && !result.audit ? { ...result, left } : result;
}

/** Whether a server accepts connections before it ends. */
async function connected(port, program) {
  let ended = false;
  program.exit.then(() => {
    ended = true;
  });
  while (!ended) {
    const answered = await new Promise(resolve => {
      const socket = connect(port, '127.0.0.1');
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (answered) return true;
    await pause(CONNECT_PAUSE_MS);
  }
  return false;
}

function output([command, ...words]) {
  return new Promise(resolve =>
    execFile(command, words, { maxBuffer: 1 << 26 }, (_, stdout, stderr) => resolve({ stdout, stderr })),
  );
}

/** The line of an output that says best why a program failed: the first that names an error, or the last. */
function reasonIn(text) {
  const lines = text.trim().split('\n');
  return (lines.find(line => /error/i.test(line)) ?? lines.at(-1)).trim().slice(0, 200);
}

/** Units per second, from the first start to the last end of all `span START END UNITS` lines. */
export function spans({ stdout }) {
  const found = [...stdout.matchAll(/span (\d+\.?\d*) (\d+\.?\d*) (\d+)/g)].map(match => match.slice(1).map(Number));
  const first = Math.min(...found.map(([start]) => start));
  const last = Math.max(...found.map(([, end]) => end));
  return found.reduce((sum, [, , units]) => sum + units, 0) / (last - first);
}
