import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { boot, cannotBoot, INSTALLED, PROGRAM, signInCommands, type Booted } from '../support/booted.js';
import type { Emulator } from '../emulator/start-emulator.js';
import type { Outcome } from '../support/run-program.js';

const FOLDER = '/home/alice/my photos ü';
const AT = `'${FOLDER}'`;
/** Where root alone keeps folders; this one is alice's. */
const WORK = '/mnt/work';
const UNIT = `$(systemd-escape --path --suffix=mount ${AT})`;
const READER = `$(pgrep --full --newest --uid alice '^gphotos-mount /home/alice/my photos')`;

/** Every line but the first is mounted when a test asks for it. */
function fstab({ env }: Emulator): string {
  const hosts = `env.GPHOTOS_LIBRARY_URL=${env.GPHOTOS_LIBRARY_URL},env.GPHOTOS_TOKEN_URL=${env.GPHOTOS_TOKEN_URL}`;
  return [
    `alice /home/alice/my\\040photos\\040ü gphotos _netdev,nofail,poll_interval=1h,cache_dir=/home/alice/my\\040cache\\040ü,${hosts} 0 0`,
    `alice#work ${WORK} gphotos noauto,user,${hosts} 0 0`,
    `alice#work /mnt/fuse fuse.gphotos-mount noauto,ro,${hosts} 0 0`,
    `gphotos-mount#alice#work /mnt/fuse3 fuse3 noauto,setuid=alice,${hosts} 0 0`,
    `nobody-here /mnt/a gphotos noauto 0 0`,
    `alice#other /mnt/b gphotos noauto,${hosts} 0 0`,
    `alice#wrong/name /mnt/c gphotos noauto 0 0`,
    `alice /mnt/d gphotos noauto,pol_interval=1h 0 0`,
    `alice /mnt/e gphotos noauto,poll_interval=soon 0 0`,
    `alice#work /mnt/missing gphotos noauto,${hosts} 0 0`,
    `alice#work /mnt/roots gphotos noauto,${hosts} 0 0`,
    `alice#auto /mnt/auto gphotos noauto,x-systemd.automount,${hosts} 0 0`,
    '',
  ].join('\n');
}

const BAD: readonly (readonly [string, string, number, RegExp])[] = [
  ['a user that does not exist', '/mnt/a', 1, /There is no user nobody-here\./],
  ['a profile that is not signed in', '/mnt/b', 32, /gphotos-mount login --profile other/],
  ['a profile whose name cannot be one', '/mnt/c', 1, /--profile must be/],
  ['an option that does not exist', '/mnt/d', 1, /no mount option "pol_interval"\.\n {2}Did you mean poll_interval\?/],
  ['an option with a wrong value', '/mnt/e', 1, /--poll-interval must be a duration/],
  ['a mount point that does not exist', '/mnt/missing', 32, /\/mnt\/missing does not exist/],
  ['a mount point that is not the user’s', '/mnt/roots', 32, /\/mnt\/roots is not yours to mount on/],
];

describe('a line of /etc/fstab', { skip: cannotBoot() ?? false }, () => {
  let machine: Booted;
  before(async () => {
    machine = await boot({
      setUp: (emulator) =>
        [
          `cat > /etc/fstab << 'END'\n${fstab(emulator)}END`,
          `ln -s ${INSTALLED}/bin/mount.gphotos /sbin/mount.gphotos`,
          `printf '#!/bin/sh\\nexec ${PROGRAM} "$@"\\n' > /usr/local/bin/gphotos-mount; chmod +x /usr/local/bin/gphotos-mount`,
          `mkdir -p /mnt/a /mnt/b /mnt/c /mnt/d /mnt/e /mnt/fuse /mnt/fuse3 ${WORK} /mnt/auto /mnt/roots ${AT}`,
          'chown alice: /mnt/*; chown root: /mnt/roots; groupadd photographers; usermod -aG photographers alice',
          signInCommands(emulator),
          signInCommands(emulator, undefined, 'work'),
          signInCommands(emulator, undefined, 'auto'),
          // The presets of a machine have it; the folder of them was emptied.
          'mkdir -p /etc/systemd/system/multi-user.target.wants',
          'ln -s /lib/systemd/system/remote-fs.target /etc/systemd/system/multi-user.target.wants/',
        ].join('\n'),
    });
  });
  after(() => machine.end());

  /** The exit code of a command of root, and all that it says. */
  const tried = async (command: string): Promise<Pick<Outcome, 'code' | 'stdout'>> => {
    const said = await machine.sh(`{ ${command}; } 2>&1; echo "rc=$?"`);
    const [, stdout = '', code = ''] = /^([^]*)rc=(\d+)\n$/.exec(said) ?? [];
    return { code: Number(code), stdout };
  };
  const noneLeft = async (path: string): Promise<void> => {
    await machine.sh(`! findmnt '${path}'`);
    await machine.until('the process has ended', `! pgrep --full '^gphotos-mount ${path}$'`, 'root');
  };

  it('mounts at boot, ready when its unit is active', async () => {
    assert.equal((await machine.sh(`systemctl show -P ActiveState ${UNIT}`)).trim(), 'active');
    await machine.alice(`ls ${AT}/README.txt`);
    await machine.until('the first sync', `test "$(ls ${AT}/media/all | wc -l)" = 5`);
    assert.match(await machine.alice(`${PROGRAM} status`), /^\/home\/alice\/my photos ü {2}\(profile default/);
  });

  it('runs with the rights, groups and folders of its user alone', async () => {
    const status = await machine.sh(`cat /proc/${READER}/status`);
    const uid = (await machine.sh('id -u alice')).trim();
    const groups = (await machine.sh('id -G alice')).trim();
    assert.match(status, new RegExp(`^Uid:(?:\\t${uid}){4}$`, 'm'));
    assert.match(status, new RegExp(`^Groups:\\t${groups} ?$`, 'm'));
    assert.match(status, /^CapPrm:\t0+$/m);
    const environment = (await machine.sh(`tr '\\0' '\\n' < /proc/${READER}/environ`)).split('\n');
    for (const line of ['HOME=/home/alice', 'USER=alice']) assert.ok(environment.includes(line), line);
    await machine.alice('test -O ~/.local/share/gphotos-mount/default/catalog.db');
    await machine.alice("test -O '/home/alice/my cache ü/default'");
  });

  it('a line of /etc/fstab is shown by findmnt with its user as source, and mounted once however often mount -a is called', async () => {
    assert.equal(
      (await machine.sh(`findmnt -rno SOURCE,FSTYPE,TARGET ${AT}`)).trim(),
      `alice fuse.gphotos-mount ${FOLDER.replaceAll(' ', '\\x20').replace('ü', '\\xc3\\xbc')}`,
    );
    assert.match(await machine.sh('mount -t fuse.gphotos-mount'), /^alice on \/home\/alice\/my photos ü type fuse/);
    const before = await machine.sh(`echo ${READER}`);
    await machine.sh('mount -a && mount -a');
    assert.equal(await machine.sh(`echo ${READER}`), before);
  });

  it('a line of /etc/fstab is unmounted by umount, and its process ends', async () => {
    await machine.sh(`umount ${AT}`);
    await noneLeft(FOLDER);
    assert.equal((await machine.sh(`systemctl show -P ActiveState ${UNIT}`)).trim(), 'inactive');
  });

  it('a line of /etc/fstab is mounted again by mount with the folder alone, from whatever folder, and at once after umount', async () => {
    const shown = `runuser -u alice -- ls ${AT}/README.txt`;
    // A folder with the name of the user lies in /home.
    await machine.sh(`cd /home; mount ${AT} && ${shown} && umount ${AT} && mount ${AT} && ${shown} && umount ${AT}`);
    await noneLeft(FOLDER);
  });

  it('a line of /etc/fstab is started, restarted and stopped by its unit', async () => {
    const shown = `runuser -u alice -- ls ${AT}/README.txt`;
    for (const verb of ['start', 'restart']) await machine.sh(`systemctl ${verb} ${UNIT} && ${shown}`);
    await machine.sh(`systemctl stop ${UNIT}`);
    await noneLeft(FOLDER);
    assert.match(await machine.sh(`systemctl show -p Result ${UNIT}`), /success/);
  });

  it('a line of /etc/fstab of another profile is mounted and unmounted by its user where it says user, and told of with -v', async () => {
    const said = await machine.alice(`mount -v ${WORK} && ls ${WORK}/README.txt`);
    assert.match(said, /mounted at \/mnt\/work/);
    assert.equal((await machine.sh(`findmnt -no SOURCE ${WORK}`)).trim(), 'alice#work');
    const again = await tried(`mount ${WORK}`);
    assert.match(again.stdout, /\/mnt\/work is mounted already/);
    assert.equal(again.code, 32);
    await machine.alice(`umount ${WORK}`);
    await noneLeft(WORK);
  });

  it('a line of /etc/fstab is taken by mount.fuse3 as type fuse.gphotos-mount, and as gphotos-mount#alice with setuid', async () => {
    for (const path of ['/mnt/fuse', '/mnt/fuse3']) {
      await machine.sh(`mount ${path} && runuser -u alice -- ls ${path}/README.txt && umount ${path}`);
      await noneLeft(path);
    }
  });

  it('a line of /etc/fstab is checked and not mounted with -f', async () => {
    assert.deepEqual(await tried(`mount.gphotos alice#work ${WORK} -f -o rw`), { code: 0, stdout: '' });
    assert.equal((await tried(`mount.gphotos alice ${WORK} -f -o pol_interval=1h`)).code, 1);
    assert.equal((await tried(`mount.gphotos alice ${WORK} -fs -o pol_interval=1h`)).code, 0);
    await noneLeft(WORK);
  });

  it('a line of /etc/fstab is refused where its user may not run the Node that root runs', async () => {
    await machine.sh(
      `mkdir -m 700 /root/only; touch /root/only/node; mount --bind ${process.execPath} /root/only/node`,
    );
    const { code, stdout } = await tried(`PATH=/root/only:$PATH mount.gphotos alice#work ${WORK} -f`);
    assert.match(stdout, /^mount\.gphotos: The user alice may not read \/root\/only\/node\.$/m);
    assert.equal(code, 2);
  });

  for (const [what, path, code, words] of BAD)
    it(`a line of /etc/fstab with ${what} is refused by mount with ${code}, and leaves nothing`, async () => {
      const { code: ended, stdout } = await tried(`mount ${path}`);
      assert.match(stdout, words);
      assert.equal(ended, code, stdout);
      await noneLeft(path);
    });

  it('a line of /etc/fstab with x-systemd.automount is refused at once, and who enters the folder gets an error', async () => {
    await machine.sh('systemctl start mnt-auto.automount');
    const { code } = await tried('timeout --signal=KILL 20 ls /mnt/auto');
    assert.equal(code, 2, 'ls itself ends');
    assert.match(
      await machine.sh('journalctl -o cat -u mnt-auto.mount'),
      /cannot do\.\n.*Leave x-systemd\.automount out/,
    );
    await machine.sh('systemctl stop mnt-auto.automount');
  });
});
