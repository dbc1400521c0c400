import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { parseDarwinMounts } from '../../../src/mount/mount-table.js';
import { unmountPath, type UnmountDeps } from '../../../src/mount/unmount-path.js';
import { UserError } from '../../../src/support/user-error.js';
import { InstantClock } from '../remote/instant-clock.js';

const PATH = "/nowhere/Ada's Photos (old) on disk";
const LINE = `gphotos-mount on ${PATH} (macfuse, nodev, nosuid, read-only, synchronous, mounted by ada)`;
const FUSE_T = `fuse-t:/photos on ${PATH} (nfs, nodev, nosuid, read-only, mounted by ada)`;

/** What a fake program does: takes the mount away, refuses it, or says that it did although the mount stays. */
type Doing = 'unmounts' | 'refuses' | 'lies';

/** macOS's programs as scripts that keep a mount table in a file and note their arguments. */
function macPrograms(test: TestContext, line: string, doing: Readonly<Record<'umount' | 'diskutil' | 'force', Doing>>) {
  const folder = mkdtempSync(join(tmpdir(), 'gphotos-mount-mac-'));
  test.after(() => rmSync(folder, { recursive: true }));
  const table = join(folder, 'table');
  const calls = join(folder, 'calls');
  writeFileSync(table, `/dev/disk1 on / (apfs, local)\n${line}\n`);
  writeFileSync(calls, '');
  for (const name of ['umount', 'diskutil']) {
    const script = join(folder, name);
    const act = (what: Doing): string =>
      what === 'unmounts'
        ? `grep -vF -- " on $last (" '${table}' > '${table}.new'; mv '${table}.new' '${table}'`
        : what === 'refuses'
          ? 'echo "Resource busy -- try diskutil unmount" >&2; exit 1'
          : ':';
    writeFileSync(
      script,
      [
        '#!/bin/sh',
        `printf '%s' '${name}' >> '${calls}'; for one in "$@"; do printf '|%s' "$one" >> '${calls}'; last=$one; done; echo >> '${calls}'`,
        `case " $* " in *" force "*|*" -f "*) ${act(doing.force)};; *) ${act(doing[name as 'umount'])};; esac`,
      ].join('\n'),
    );
    chmodSync(script, 0o755);
  }
  const deps: UnmountDeps = {
    platform: 'darwin',
    clock: new InstantClock(),
    readTable: () => Promise.resolve(parseDarwinMounts(readFileSync(table, 'utf8'))),
    run: (program, args) =>
      new Promise((resolve) => {
        assert.match(program, /^\/(?:sbin\/umount|usr\/sbin\/diskutil)$/);
        execFile(join(folder, basename(program)), [...args], (error, _stdout, stderr) => {
          resolve(error === null ? undefined : stderr.trim());
        });
      }),
  };
  return { deps, calls: () => readFileSync(calls, 'utf8').trim().split('\n') };
}

describe("unmounting by macOS's programs", () => {
  it('unmounting by macOS’s programs gives umount the path as one word, whatever is in it', async (test) => {
    const { deps, calls } = macPrograms(test, LINE, { umount: 'unmounts', diskutil: 'refuses', force: 'refuses' });
    await unmountPath(PATH, {}, deps);
    assert.deepEqual(calls(), [`umount|--|${PATH}`]);
  });

  it('unmounting by macOS’s programs asks diskutil where umount is refused, as while the Finder looks into the volume', async (test) => {
    const { deps, calls } = macPrograms(test, LINE, { umount: 'refuses', diskutil: 'unmounts', force: 'refuses' });
    await unmountPath(PATH, {}, deps);
    assert.deepEqual(calls(), [`umount|--|${PATH}`, `diskutil|unmount|${PATH}`]);
  });

  it('unmounting by macOS’s programs believes the mount table and not a program that says it has unmounted', async (test) => {
    const { deps } = macPrograms(test, LINE, { umount: 'lies', diskutil: 'lies', force: 'lies' });
    await assert.rejects(unmountPath(PATH, { lazy: true }, deps), UserError);
  });

  it('unmounting by macOS’s programs reports the words of umount and the command that lists the users of the volume', async (test) => {
    const { deps, calls } = macPrograms(test, LINE, { umount: 'refuses', diskutil: 'refuses', force: 'unmounts' });
    await assert.rejects(unmountPath(PATH, {}, deps), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /Resource busy/);
      assert.match(error.hint, /lsof \+f -- '\/nowhere\/Ada'\\''s Photos/);
      return true;
    });
    assert.ok(calls().every((call) => !call.includes('force')));
  });

  it('unmounting by macOS’s programs takes a volume of FUSE-T away by force of umount where diskutil does not know it', async (test) => {
    const { deps, calls } = macPrograms(test, FUSE_T, { umount: 'refuses', diskutil: 'refuses', force: 'unmounts' });
    await unmountPath(PATH, { lazy: true }, deps);
    assert.match(calls().at(-1) ?? '', /^diskutil\|unmount\|force\||^umount\|-f\|--\|/);
  });
});
