import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { boot, cannotBoot, PROGRAM, signIn, type Booted } from '../support/booted.js';

const FOLDER = '/home/alice/photos';
const UNITS = '/home/alice/.config/systemd/user';
const UNIT = `${UNITS}/gphotos-mount.service`;
const INSTALL = `${PROGRAM} service install`;
/** Longer than a block of the disk, so that a full disk can leave a part of the unit. */
const LONG_INSTALL = `NO_PROXY=$(seq -s , -f host%05g.example.org 500) ${INSTALL}`;
/** All that an install makes. */
const MADE =
  "{ find /home/alice /srv /mnt -path '*gphotos-mount*.service*' -o -name photos; grep fuse.gphotos /proc/mounts; }";

describe('service install, where it cannot work,', { skip: cannotBoot() ?? false }, () => {
  let machine: Booted;
  before(async () => {
    machine = await boot();
    await signIn(machine);
  });
  after(() => machine.end());

  /** The install ends with this code and words, and has made nothing. */
  async function isRefused(command: string, exitCode: number, says: RegExp): Promise<void> {
    const { stdout } = await machine.tryAlice(
      `${MADE} > /tmp/before; ${command} 2>&1; echo "rc=$?"; ${MADE} | diff /tmp/before - && echo as before`,
    );
    assert.match(stdout, says);
    assert.match(stdout, new RegExp(`\nrc=${exitCode}\nas before\n$`));
  }

  it('service install, where it cannot work, without systemd on the search path says that there is none', () =>
    isRefused(`PATH=/nowhere ${INSTALL}`, 2, /This machine has no systemd\.\n.*-f MOUNTPOINT/));

  it('service install, where it cannot work, leaves a unit of the same name that is not ours, and says so', async () => {
    const text = '[Service]\nExecStart=/bin/true\n';
    await machine.alice(`mkdir -p ${UNITS}; printf '${text}' > ${UNIT}`);
    const says = /user\/gphotos-mount\.service was not written by gphotos-mount/;
    await isRefused(INSTALL, 78, says);
    assert.equal((await machine.tryAlice(`${PROGRAM} service uninstall`)).code, 78);
    assert.equal(await machine.sh(`cat ${UNIT}`), text);
    // That of a package or an administrator counts as well.
    const other = '/etc/systemd/user/gphotos-mount.service';
    await machine.sh(`mv ${UNIT} ${other}`);
    await machine.alice('systemctl --user daemon-reload');
    await isRefused(INSTALL, 78, says);
    await machine.sh(`rm ${other}`);
    await machine.alice('systemctl --user daemon-reload');
  });

  for (const { what, arrange, folder, says } of [
    {
      what: 'belongs to another user',
      arrange: 'mkdir -p /srv/library',
      folder: '/srv/library',
      says: /\/srv\/library is not yours to mount on/,
    },
    {
      what: 'is missing where only root may make one',
      arrange: 'true',
      folder: '/srv/new/photos',
      says: /\/srv\/new\/photos cannot be made \(EACCES\)\.\n.*folder of your own/,
    },
    {
      what: 'holds files',
      arrange: `install -d -o alice ${FOLDER}; touch ${FOLDER}/mine`,
      folder: FOLDER,
      says: /photos is not empty: it holds mine/,
    },
    {
      what: 'holds another file system',
      arrange: `rm -rf ${FOLDER}; install -d -o alice ${FOLDER}; mount -t tmpfs -o uid=alice tmpfs ${FOLDER}`,
      folder: FOLDER,
      says: /photos already holds another file system \(tmpfs\)/,
    },
    {
      what: 'is a file',
      arrange: `umount ${FOLDER}; rm -r ${FOLDER}; touch ${FOLDER}`,
      folder: FOLDER,
      says: /photos is not a folder/,
    },
  ]) {
    it(`service install, where it cannot work, refuses a mount point that ${what} with 32`, async () => {
      await machine.sh(arrange);
      await isRefused(`${INSTALL} ${folder}`, 32, says);
    });
  }

  it('service install, where it cannot work, says that a read-only home holds no mount point and no unit', async () => {
    const readOnly = 'mount --bind /home/alice /home/alice; mount -o remount,bind,ro /home/alice';
    await machine.sh(`rm ${FOLDER}; mkdir /home/alice/there; chown alice /home/alice/there; ${readOnly}`);
    await isRefused(INSTALL, 32, /\/photos cannot be written: its file system is read-only\./);
    await isRefused(`${INSTALL} ~/there`, 32, /there is on a file system that is read-only\./);
    await machine.sh('install -d -o alice /mnt/place');
    await isRefused(`${INSTALL} /mnt/place`, 2, /gphotos-mount\.service cannot be written: .*read-only\.\n.*--print/);
    await machine.sh('umount /home/alice');
  });

  describe('on a full disk', () => {
    /** A small disk for the units that has one block left. */
    const disk = `rm -rf ${UNITS}; mkdir -p ${UNITS}; mount -t tmpfs -o size=32k,uid=alice tmpfs ${UNITS}`;
    const fill = `dd if=/dev/zero of=${UNITS}/filler bs=4k count=100 2> /dev/null; truncate -s -4k ${UNITS}/filler`;
    const says = /The disk is full: .*gphotos-mount\.service cannot be written \(/;
    before(async () => {
      await machine.sh(disk);
    });

    it('service install, where it cannot work, leaves no part of a unit', async () => {
      await machine.sh(fill);
      await isRefused(LONG_INSTALL, 2, says);
    });

    it('service install, where it cannot work, of the catalog says so, and leaves no service', async () => {
      const data = '/home/alice/.local/share/gphotos-mount';
      await machine.alice(`mkdir -p ${data}`);
      await machine.sh(`mount -t tmpfs -o size=16k,uid=alice,mode=700 tmpfs ${data}
        rm ${UNITS}/filler; dd if=/dev/zero of=${data}/filler bs=4k 2> /dev/null || true`);
      await isRefused(INSTALL, 2, /does not start\.\n[^]*The disk is full: .*default.* cannot be written \(/);
      await machine.sh(`umount ${data}`);
    });

    it('service install, where it cannot work, leaves the unit of before and its mount as they are', async () => {
      await machine.alice(INSTALL);
      await machine.sh(fill);
      const state = `cat ${UNIT}; systemctl --user show -P MainPID gphotos-mount; ls ${FOLDER}/README.txt`;
      const before = await machine.alice(state);
      await isRefused(LONG_INSTALL, 2, says);
      assert.equal(await machine.alice(state), before);
    });
  });

  it('service install, where it cannot work, for another profile on the mount point of the first says that this is mounted', async () => {
    await machine.sh(`cd /home/alice/.config/gphotos-mount; cp -a default work; rm ${UNITS}/filler`);
    await isRefused(`${INSTALL} --profile work`, 32, /photos is mounted already/);
    await machine.alice(`ls ${FOLDER}/README.txt && ${PROGRAM} service uninstall`);
  });
});
