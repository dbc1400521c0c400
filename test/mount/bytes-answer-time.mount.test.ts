import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { DAEMON_TIMEOUT_SECONDS } from '../../src/mount/mount-options.js';
import { LATE_MS } from '../../src/mount/waiting-requests.js';
import { runProgram } from '../support/child-mount.js';
import { withLibrary } from '../support/with-library.js';

/** Far under the time after which macFUSE ends the whole mount, with room for a machine that is slow. */
const BOUND_MS = 50_000;
/** More than a host is asked for at once, so that some wait for their turn. */
const FILES = 48;

/** Asks for everything at once, by as many threads as there are calls. */
const ASK_ALL = `
const fs = require('fs/promises');
const folder = process.argv[1];
(async () => {
  const names = await fs.readdir(folder);
  const calls = names.flatMap((name) => [fs.stat(folder + '/' + name), fs.readFile(folder + '/' + name)]);
  const ends = await Promise.allSettled([fs.statfs(folder), ...calls]);
  console.log(JSON.stringify({ names: names.length, failed: ends.filter(({ status }) => status === 'rejected').length }));
})();
`;

describe('the longest answer of a mount', () => {
  it(`deadlines: no call waits 50 seconds for its answer where the media host delivers a byte a second and ${FILES} files are asked for at once`, () =>
    withLibrary(
      (library, emulator) => {
        for (let index = 0; index < FILES; index++) library.add({ filename: `${index}.jpg`, size: 300_000 });
        emulator.faults.add({ match: { route: /^media\./ }, action: { type: 'drip', part: 'body' }, times: Infinity });
      },
      ({ mount }) =>
        mount({ until: 'synced' }, async ({ path, log }) => {
          const folder = join(path, 'media/all');
          const threads = `UV_THREADPOOL_SIZE=${FILES * 2 + 8}`;
          const asked = ['env', threads, process.execPath, '-e', ASK_ALL, folder] as const;
          const [program, ...args] = asked;
          const { code, stdout, stderr } = await runProgram(program, args, { deadlineMs: 300_000 });
          assert.equal(code, 0, stderr);
          const { names, failed } = JSON.parse(stdout) as { names: number; failed: number };
          assert.equal(names, FILES);
          assert.ok(failed > 0, 'the fault was met');
          // The mount tells of each call that waits so long.
          const limits: readonly number[] = [LATE_MS, BOUND_MS, DAEMON_TIMEOUT_SECONDS * 1000];
          assert.deepEqual(
            limits,
            limits.toSorted((one, other) => one - other),
          );
          assert.doesNotMatch(log(), /a call has waited/);
          assert.equal((await runProgram('ls', [folder])).code, 0, 'the mount lives');
        }),
    ));
});
