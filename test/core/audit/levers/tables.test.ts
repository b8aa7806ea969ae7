import assert from 'node:assert/strict';
import { LIBRARIES } from '../../../../lib/core/audit/libraries.js';
import { libraryLever, LIBRARY_LEVERS } from '../../../../lib/core/audit/levers/library-levers.js';
import { LEVER_VARIABLES } from '../../../../lib/core/audit/levers/lever-variables.js';
import { numberIn, settingOf, type VariableSetting } from '../../../../lib/core/audit/levers/lever.js';
import { PROGRAM_LEVERS } from '../../../../lib/core/audit/levers/program-levers.js';
import { optionNow, optionText, withOption } from '../../../../lib/core/audit/levers/program.js';
import { STARTER_LEVERS } from '../../../../lib/core/audit/levers/worker-levers.js';
import { PINNING_VARIABLES } from '../../../../lib/core/budget/thread-variables.js';
import { variablesOf } from '../../../../lib/core/budget/library-variables.js';

const PAGE = /^https:\/\/[\w.-]+\.[a-z]+\/\S*$/;

function checkVariable(setting: VariableSetting): void {
  assert.match(setting.name, /^[A-Z][A-Z0-9_]+$/);
  assert.ok(LEVER_VARIABLES.has(setting.name), 'the audit reads it');
  assert.ok(!PINNING_VARIABLES.includes(setting.name));
  for (const value of [settingOf(setting, 3, undefined), settingOf(setting, 3, settingOf(setting, 8, undefined))])
    assert.equal(numberIn(setting, value), 3, `${setting.name}=${value}`);
}

describe('levers: every owner of threads has one', () => {
  for (const name of new Set(LIBRARIES.map(library => library.name))) {
    it(name, () => {
      const lever = libraryLever(name);
      assert.ok(lever, `${name} has no row in LIBRARY_LEVERS`);
      assert.match(lever.source, PAGE);
      assert.ok(lever.code || (lever.variables ?? []).length > 0);
      if (lever.code) assert.match(lever.code(7), /(^|\D)7(\D|$)/);
      lever.variables?.forEach(checkVariable);
    });
  }
  it('no row is for a library that nobody owns threads as', () => {
    const known = new Set(LIBRARIES.map(library => library.name));
    assert.deepEqual(
      LIBRARY_LEVERS.flatMap(({ owners }) => owners).filter(owner => !known.has(owner)),
      [],
    );
  });
  it('a library has one row', () => {
    const owners = LIBRARY_LEVERS.flatMap(lever => lever.owners);
    assert.equal(new Set(owners).size, owners.length);
  });
  it('agrees with the variables that findings know', () => {
    for (const { owners, variables = [] } of LIBRARY_LEVERS)
      for (const owner of owners)
        for (const name of variablesOf(owner))
          assert.ok(
            variables.some(variable => variable.name === name),
            name,
          );
  });
});

describe('levers: every program that starts workers or threads', () => {
  for (const { names, workers, threads } of PROGRAM_LEVERS) {
    it(names.join(' '), () => {
      assert.ok(workers || threads);
      for (const option of [workers, threads]) {
        if (!option) continue;
        assert.match(option.source, PAGE);
        if (option.variable) checkVariable(option.variable);
        if (option.configuration) assert.match(option.configuration(7), /(^|\D)7(\D|$)/);
        else if (option.flags.length > 0) {
          assert.match(optionText(option, 7), /^\S+[ =]?7$/);
          const words = withOption(option, [names[0]!, 'x'], 7);
          assert.equal(optionNow(option, words), 7, words.join(' '));
          assert.deepEqual(withOption(option, withOption(option, [names[0]!, 'x'], 64), 7), words);
        } else assert.ok(option.variable, 'neither an option, nor a variable, nor a configuration');
      }
    });
  }
  it('no two rows set the same of one program', () => {
    for (const of of ['workers', 'threads'] as const) {
      const names = PROGRAM_LEVERS.filter(lever => lever[of]).flatMap(lever => lever.names);
      assert.deepEqual(
        names.filter((name, i) => names.indexOf(name) !== i),
        [],
      );
    }
  });
});

describe('levers: workers that code starts', () => {
  for (const { owner, code, source } of STARTER_LEVERS) {
    it(owner, () => {
      assert.match(source, PAGE);
      assert.match(code(7), /(^|\D)7(\D|$)/);
    });
  }
});

describe('levers: a variable that holds options keeps the others', () => {
  const java = libraryLever('JVM')!.variables![0]!;
  it('and replaces the number wherever it is', () => {
    assert.equal(settingOf(java, 2, '-Xmx2g'), '-Xmx2g -XX:ActiveProcessorCount=2');
    assert.equal(
      settingOf(java, 2, '-XX:ActiveProcessorCount=8 -Xmx2g -XX:ActiveProcessorCount=4'),
      '-Xmx2g -XX:ActiveProcessorCount=2',
    );
  });
  it('and reads the last number, which wins', () => {
    assert.equal(numberIn(java, '-XX:ActiveProcessorCount=8 -Xmx2g -XX:ActiveProcessorCount=4'), 4);
    assert.equal(numberIn(java, '-Xmx2g'), null);
  });
});
