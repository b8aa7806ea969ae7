import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { native } from '../../../lib/system/native.js';
import { Warden, type WardenEvent } from '../../../lib/system/launch/warden.js';
import { eventually } from '../../helpers/processes/eventually.js';
import { temporaryDirectory } from '../../helpers/processes/governed.js';

const script = (text: string) => ({
  program: '/bin/sh',
  arguments: ['sh', '-c', text],
  environment: [`PATH=${process.env['PATH']}`],
  directory: '',
  cpus: [],
  memory: null,
  openFiles: 1024,
  ignoredSignals: [],
  descriptors: [],
});

describe('the warden holds what it is told to, and its ranks do not', () => {
  it('a lock lives as long as it does', async () => {
    const directory = temporaryDirectory();
    const [file, told] = [join(directory, 'file'), join(directory, 'told')];
    writeFileSync(file, '');
    const lock = openSync(file, 'r+');
    assert.ok(native.lockFile(lock));
    const events: WardenEvent[] = [];
    const warden = new Warden([script(`ls -l /proc/self/fd >${told}`)], event => events.push(event), [lock]);
    closeSync(lock);
    const reader = openSync(file, 'r');
    try {
      assert.ok(native.isLocked(reader));
      const null3 = Array.from({ length: 3 }, () => openSync('/dev/null', 'r+'));
      warden.start(0, null3 as [number, number, number]);
      for (const descriptor of null3) closeSync(descriptor);
      await eventually(() => events.some(({ event }) => event === 'ended'));
      assert.doesNotMatch(readFileSync(told, 'utf8'), new RegExp(file));
      assert.ok(native.isLocked(reader));
      warden.finish(1000);
      await eventually(() => events.some(({ event }) => event === 'finished') && !native.isLocked(reader));
    } finally {
      closeSync(reader);
    }
  });
});
