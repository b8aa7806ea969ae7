import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { GovernorError } from '../../lib/errors.js';
import { native, type OsError } from '../../lib/system/native.js';
import { cannot, causedBy, ifReadable, onOsError, unreadable, withOwnErrors } from '../../lib/system/os-errors.js';

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

  const refusal = (code: 'EPERM' | 'ENOSYS' | 'EMFILE' | 'ENOENT', about: object = {}): OsError =>
    Object.assign(new Error('no'), { code, errno: constants.errno[code], syscall: 'openat', ...about });
  it('of a policy name the call, and what it was about', () => {
    const error = cannot('list the processes', refusal('EPERM', { path: '/proc' }));
    assert.ok(error instanceof GovernorError);
    assert.equal(error.message, 'cannot list the processes: the kernel refused openat of /proc (EPERM)');
    assert.deepEqual([error.code, error.details], ['NOT_PERMITTED', { syscall: 'openat' }]);
    const { code } = cannot('list the processes', refusal('ENOSYS', { subject: 'thread 7' }));
    assert.equal(code, 'NOT_SUPPORTED');
  });
  it('of a limit name the limit', () => {
    for (const error of [cannot('list it', refusal('EMFILE')), unreadable('cannot list it', refusal('EMFILE'))]) {
      assert.equal(error.code, 'LIMIT_REACHED');
      assert.match(error.message, /^cannot list it: no descriptor is left \(RLIMIT_NOFILE: \d+\); raise it/);
    }
  });
  it('about what a call was asked stay as they are', async () => {
    const missing = refusal('ENOENT');
    assert.equal(cannot('list it', missing), missing);
    await assert.rejects(withOwnErrors(Promise.reject(missing)), error => error === missing);
    await assert.rejects(withOwnErrors(Promise.reject(refusal('EPERM'))), { code: 'NOT_PERMITTED' });
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
