import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runProgram, withChildMount, type ChildMountOptions } from '../support/child-mount.js';

const USER = '65534';

/**
 * Starts the server as an ordinary user in a mount namespace of its own, where `prepare` has changed the system first
 * and /dev/fuse is open to all, as on most systems.
 */
function asOrdinaryUser(prepare: string): Pick<ChildMountOptions, 'under' | 'quiet'> {
  const script = `set -e
    folder=$(dirname "$MOUNTPOINT"); chmod 755 "$folder"
    mkdir "$folder/bin" "$folder/dev"; mount -t tmpfs none "$folder/dev"
    mknod "$folder/dev/fuse" c 10 229; chmod 666 "$folder/dev/fuse"; mount --bind "$folder/dev/fuse" /dev/fuse
    chown ${USER} "$MOUNTPOINT"
    ${prepare}
    exec setpriv --reuid ${USER} --regid ${USER} --clear-groups "$@"`;
  return { under: ['/usr/bin/unshare', '-m', 'sh', '-c', script, 'sh'], quiet: true };
}

/** Only the new program, found on the search path, and no libfuse of the system's. */
const BARE_SYSTEM = `
  for library in /lib/*/libfuse.so.2 /usr/lib/*/libfuse.so.2; do
    if [ -e "$library" ]; then mount --bind /dev/null "$(readlink -f "$library")" 2>/dev/null || true; fi
  done
  ln -s "$(command -v fusermount3)" "$folder/bin/fusermount3"; PATH="$folder/bin"; export PATH`;

describe('an ordinary user', () => {
  it('an ordinary user mounts and unmounts', async () => {
    await withChildMount({ fixture: 'tree', ...asOrdinaryUser('') }, async (mount, failure) => {
      assert.equal(failure, undefined);
      const inside = [
        '-t',
        String(mount.process.pid),
        '-m',
        'setpriv',
        '--reuid',
        USER,
        '--regid',
        USER,
        '--clear-groups',
      ];
      assert.match((await runProgram('nsenter', [...inside, 'ls', mount.path])).stdout, /described\.jpg/);
      assert.equal(await mount.unmount(), undefined);
      assert.equal((await runProgram('nsenter', [...inside, 'ls', mount.path])).stdout, '');
    });
  });

  it('an ordinary user mounts where the system has no libfuse 2 and calls its program fusermount3 only', async () => {
    const system = asOrdinaryUser(`${BARE_SYSTEM}
      exec /usr/bin/setpriv --reuid ${USER} --regid ${USER} --clear-groups "$@"`);
    await withChildMount({ fixture: 'tree', ...system }, async (mount, failure) => {
      assert.equal(failure, undefined);
      const { stdout } = await runProgram('sh', [
        '-c',
        'grep libfuse "/proc/$1/maps"; tr "\\0" "\\n" <"/proc/$1/environ" | grep ^PATH=; ls /tmp',
        'sh',
        String(mount.process.pid),
      ]);
      assert.match(stdout, /prebuilds\/linux-x64\/libfuse\.so/);
      assert.match(stdout, /^PATH=[^:]*\/bin$/m);
      assert.equal(await mount.unmount(), undefined);
    });
  });

  it('an ordinary user without fusermount gets a message that says how to install it', async () => {
    const system = asOrdinaryUser(`PATH="$folder/bin"; export PATH
      exec /usr/bin/setpriv --reuid ${USER} --regid ${USER} --clear-groups "$@"`);
    await withChildMount({ fixture: 'tree', ...system }, (_mount, failure) => {
      assert.match(failure?.message ?? '', /fusermount3 is missing/);
      assert.equal(failure?.exitCode, 2);
      return Promise.resolve();
    });
  });

  it('an ordinary user who asks for --allow-other gets a message that names user_allow_other', async () => {
    const system = asOrdinaryUser(': >"$folder/dev/conf"; mount --bind "$folder/dev/conf" /etc/fuse.conf');
    await withChildMount({ fixture: 'tree', allowOther: true, ...system }, (_mount, failure) => {
      assert.match(failure?.message ?? '', /Only root may use --allow-other/);
      return Promise.resolve();
    });
  });

  it('an ordinary user is refused a mount point of another user, with a sentence', async () => {
    const system = asOrdinaryUser('chown 0 "$MOUNTPOINT"');
    await withChildMount({ fixture: 'tree', ...system }, (_mount, failure) => {
      assert.match(failure?.message ?? '', /is not yours to mount on/);
      return Promise.resolve();
    });
  });

  it('an ordinary user under no_new_privs gets a message that names it', async () => {
    const system = asOrdinaryUser(`exec setpriv --no-new-privs --reuid ${USER} --regid ${USER} --clear-groups "$@"`);
    await withChildMount({ fixture: 'tree', ...system }, (_mount, failure) => {
      assert.match(failure?.message ?? '', /no new privileges/);
      return Promise.resolve();
    });
  });

  it('an ordinary user gets a message about /dev/fuse where it may not be opened or is missing', async () => {
    const closed = asOrdinaryUser('chmod 600 /dev/fuse');
    await withChildMount({ fixture: 'tree', ...closed }, (_mount, failure) => {
      assert.match(failure?.message ?? '', /may not open \/dev\/fuse/);
      return Promise.resolve();
    });
  });

  const REFUSALS: readonly { what: string; prepare: string; says: RegExp; hint: RegExp }[] = [
    {
      what: 'has no line in /etc/passwd',
      prepare: `grep -v ':${USER}:' /etc/passwd >"$folder/dev/passwd"; mount --bind "$folder/dev/passwd" /etc/passwd
        echo "passwd: files" >"$folder/dev/switch"; mount --bind "$folder/dev/switch" /etc/nsswitch.conf`,
      says: /failed\. \S*fusermount3?: could not determine username\.$/,
      hint: /line in \/etc\/passwd/,
    },
    {
      what: 'finds a fusermount without the setuid bit',
      prepare: `cp "$(readlink -f "$(command -v fusermount3)")" "$folder/dev/plain"; chmod 755 "$folder/dev/plain"
        mount --bind "$folder/dev/plain" "$(readlink -f "$(command -v fusermount3)")"`,
      says: /failed\. \S*fusermount3?: mount failed: Operation not permitted\.$/,
      hint: /chmod u\+s/,
    },
    {
      what: 'meets mount_max',
      prepare: 'echo "mount_max = 0" >"$folder/dev/conf"; mount --bind "$folder/dev/conf" /etc/fuse.conf',
      says: /failed\. \S*fusermount3?: too many FUSE filesystems mounted; mount_max=N can be set in \/etc\/fuse\.conf\.$/,
      hint: /raise mount_max/,
    },
    {
      what: 'is refused for a reason that is not known, in two lines,',
      prepare: `printf '#!/bin/sh\\necho "fusermount: the moon is full" >&2\\necho "come again" >&2\\nexit 1\\n' >"$folder/dev/moon"
        chmod 755 "$folder/dev/moon"; mount --bind "$folder/dev/moon" "$(readlink -f "$(command -v fusermount3)")"`,
      says: /failed\. fusermount: the moon is full; come again\.$/,
      hint: /gphotos-mount doctor/,
    },
  ];
  for (const { what, prepare, says, hint } of REFUSALS)
    it(`an ordinary user who ${what} gets fusermount's own words, with what to do`, async () => {
      await withChildMount({ fixture: 'tree', ...asOrdinaryUser(prepare) }, (_mount, failure) => {
        assert.match(failure?.message ?? '', says);
        assert.match(failure?.hint ?? '', hint);
        assert.equal(failure?.exitCode, what.includes('not known') ? 32 : 2);
        return Promise.resolve();
      });
    });
});
