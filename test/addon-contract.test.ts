import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
// @ts-expect-error: the package has no types
import load from 'node-gyp-build';
import { THREAD_KINDS } from '../lib/core/audit/records.js';
import { POOL_KINDS } from '../lib/core/resize/records.js';
import { CALLS, COMMAND, EVENTS } from '../lib/system/launch/warden.js';
import { PROJECT } from './helpers/shared.js';

/** The names of the interface `Native`: its members are the lines with two spaces before a name. */
function interfaceNames(): string[] {
  const source = readFileSync(join(PROJECT, 'lib/system/native.ts'), 'utf8');
  const body = /^export interface Native \{\n(.*?)^\}/ms.exec(source)![1]!;
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)(?:\(|: )/gm)].map(match => match[1]!);
}

/** The text of all headers of the native core. */
function headers(): string {
  const directory = join(PROJECT, 'native/core');
  return (readdirSync(directory, { recursive: true }) as string[])
    .filter(file => file.endsWith('.h'))
    .map(file => readFileSync(join(directory, file), 'utf8'))
    .join('\n');
}

/** The enumerators of a C++ enum in their order, `kNotStarted` as `not-started`. */
function enumerators(text: string, name: string): string[] {
  const found = [...text.matchAll(new RegExp(`^\\s*enum class ${name}(?: : [\\w:]+)? \\{(.*?)\\}`, 'gms'))];
  assert.equal(found.length, 1, `enum class ${name} is declared once in native/core`);
  const body = found[0]![1]!.replace(/\/\/.*$/gm, '').replace(/\/\*.*?\*\//gs, '');
  assert.doesNotMatch(body, /=/, `the enumerators of ${name} count from 0`);
  return body
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
    .map(part =>
      part
        .replace(/^k/, '')
        .replace(/(?<=.)[A-Z]/g, '-$&')
        .toLowerCase(),
    );
}

describe('the addon and its TypeScript interface', () => {
  it('export the same names', () => {
    const addon: object = (load as (directory: string) => object)(PROJECT);
    const names = interfaceNames();
    assert.ok(names.includes('platform') && names.includes('readOwners') && names.includes('isLocked'));
    assert.deepEqual(Object.keys(addon).sort(), names.sort());
  });
  it('every exported name but `platform` is a function', () => {
    const addon = (load as (directory: string) => Record<string, unknown>)(PROJECT);
    const others = Object.keys(addon).filter(name => typeof addon[name] !== 'function');
    assert.deepEqual(others, ['platform']);
  });

  const text = headers();
  it('THREAD_KINDS are the names of ThreadKind', () =>
    assert.deepEqual([...THREAD_KINDS], enumerators(text, 'ThreadKind')));
  it('POOL_KINDS are the names of PoolKind', () => assert.deepEqual([...POOL_KINDS], enumerators(text, 'PoolKind')));
  it('CALLS are the names of WardenCall', () =>
    assert.deepEqual(
      CALLS.map(name => name.replaceAll('_', '-')),
      enumerators(text, 'WardenCall'),
    ));
  it('EVENTS are the names of WardenEvent', () => assert.deepEqual([...EVENTS], enumerators(text, 'WardenEvent')));
  it('COMMAND has the names and values of WardenCommand', () =>
    assert.deepEqual(
      COMMAND,
      Object.fromEntries(enumerators(text, 'WardenCommand').map((name, value) => [name, value])),
    ));
});
