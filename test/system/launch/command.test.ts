import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { notStarted } from '../../../lib/system/launch/command.js';

describe('a program that the kernel does not start', () => {
  const { EINVAL, ENOENT, EPERM } = constants.errno;
  const rows: [what: string, error: ReturnType<typeof notStarted>, text: string][] = [
    ['lacks its interpreter', notStarted('a.sh', ENOENT), 'a.sh: the interpreter that its first line names is missing'],
    ['is in no format that it knows', notStarted('a', EINVAL), 'a: EINVAL'],
    [
      'cannot be pinned',
      notStarted('a', EPERM, 'sched_setaffinity'),
      'cannot start a: the kernel refused sched_setaffinity (EPERM)',
    ],
  ];
  for (const [what, { code, message }, text] of rows)
    it(what, () => assert.deepEqual([code, message], ['COMMAND_NOT_EXECUTABLE', text]));
});
