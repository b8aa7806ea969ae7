// The files that our reading opens, one a line, in its order and as often as it opens them:
//   opened_files.mjs [ROOT]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = process.argv[2] ?? '';
const directory = mkdtempSync(join(tmpdir(), 'opened-files-'));
try {
  const trace = join(directory, 'trace');
  const ours = fileURLToPath(new URL('ours.mjs', import.meta.url));
  // Not -f: the reading is the main thread's, and each line stands whole.
  const options = ['-y', '-s', '4096', '-e', 'trace=openat', '-o', trace];
  const { status, stderr, error } = spawnSync('strace', [...options, process.execPath, ours, 'once', root], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`strace: ${error?.message ?? stderr}`);
  const [, reading] = readFileSync(trace, 'utf8').split(/^.*\/mark of ours\.mjs.*\n/m);
  for (const line of reading.split('\n')) {
    const [, below, path] =
      /^openat\((?:AT_FDCWD(?:<[^>]*>)?|\d+<([^>]*)>), "([^"]*)", (?!.*O_DIRECTORY).* = \d+</.exec(line) ?? [];
    if (path !== undefined) console.log(path.startsWith('/') ? path : join(below, path));
  }
} finally {
  rmSync(directory, { recursive: true });
}
