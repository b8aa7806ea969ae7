import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { native, type OsError } from '../../lib/system/native.js';
import { causedBy, ifReadable, onOsError, unreadable } from '../../lib/system/os-errors.js';

const NO_THREAD = 2 ** 31 - 1;
const BUG = new TypeError('a bug');

/** The error of a call that must fail. */
function errorOf(call: () => unknown): OsError {
  try {
    call();
  } catch (error) {
    return error as OsError;
  }
  throw new Error('the call succeeded');
}

const fail = () => {
  throw BUG;
};

describe('errors of the operating system', () => {
  const failures: [string, () => unknown, string][] = [
    ['of the addon', () => native.getAffinity(NO_THREAD), 'ESRCH'],
    ['of fs', () => readFileSync('/proc/no-such-file'), 'ENOENT'],
  ];
  for (const [whose, call, code] of failures) {
    it(`${whose} reach the handler`, () => {
      assert.equal(
        onOsError(call, error => error.code),
        code,
      );
    });
    it(`${whose} become the default`, () => assert.equal(ifReadable(call, 'default'), 'default'));
    it(`${whose} stay the cause of ours, with code and system call`, () => {
      const cause = errorOf(call);
      const error = causedBy(cause, 'NOT_PERMITTED', 'text', 7);
      assert.deepEqual([error.code, error.message, error.cause], ['NOT_PERMITTED', 'text', cause]);
      assert.deepEqual(error.details, { pid: 7, syscall: cause.syscall });
      assert.equal(cause.code, code);
    });
  }
  it('a call that succeeds returns its value', () => {
    assert.equal(
      onOsError(() => 1, fail),
      1,
    );
    assert.equal(
      ifReadable(() => 1, 2),
      1,
    );
  });
  it('a bug is neither handled nor hidden', () => {
    assert.throws(() => onOsError(fail, () => undefined), BUG);
    assert.throws(() => ifReadable(fail, null), BUG);
  });
  it('ENOTSUP means that the platform is not supported, anything else that the machine cannot be read', () => {
    const cause = errorOf(() => native.getAffinity(NO_THREAD));
    const [other, missing] = [cause, Object.assign(new Error('no'), { ...cause, code: 'ENOTSUP' })].map(error =>
      unreadable('cannot list the processes', error),
    );
    assert.deepEqual([other!.code, other!.message], ['HOST_UNREADABLE', `cannot list the processes: ${cause.message}`]);
    assert.equal(missing!.code, 'NOT_SUPPORTED');
    assert.match(missing!.message, /^\S+ is not supported yet; .*--host/);
  });
});
