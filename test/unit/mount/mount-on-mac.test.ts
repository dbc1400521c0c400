import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FileSystem } from '../../../src/filesystem/file-system.js';
import type { FuseBinding, FuseRequest } from '../../../src/mount/fuse-binding.js';
import { mountFileSystem, type Mount, type MountSystem } from '../../../src/mount/mount-file-system.js';
import { parseDarwinMounts } from '../../../src/mount/mount-table.js';
import { ExitCode, UserError } from '../../../src/support/user-error.js';
import { ManualClock, settle } from '../content/manual-clock.js';

const PATH = '/Users/ada/My Photos';
const ROOT = '/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)\n';
const OURS = `gphotos-mount on ${PATH} (macfuse, nodev, nosuid, read-only, synchronous, mounted by ada)\n`;
const FUSE_T = `fuse-t:/My Photos on ${PATH} (nfs, nodev, nosuid, read-only, mounted by ada)\n`;
const FOREIGN = `/dev/disk4s1 on ${PATH} (apfs, local, nodev, nosuid, journaled, noowners)\n`;

/** A Mac whose libfuse takes every mount; the test says what stands in the mount table. */
class FakeMac {
  readonly clock = new ManualClock();
  readonly log: string[] = [];
  readonly unmounted: string[] = [];
  options = '';
  /** What mount(8) prints. */
  table = ROOT;
  answersInit = true;
  released = 0;

  mount(): Promise<Mount> {
    const system: MountSystem = {
      platform: 'darwin',
      readTable: () => Promise.resolve(parseDarwinMounts(this.table)),
      checkFuse: () => Promise.resolve(),
      loadBinding: () => this.#binding(),
      prepare: (path) => Promise.resolve(path),
      unmount: (path) => {
        this.unmounted.push(path);
        this.table = ROOT;
        return Promise.resolve();
      },
      hint: () => 'The hint of this Mac.',
    };
    const options = {
      mountpoint: PATH,
      readOnly: true,
      allowOther: false,
      attrTimeoutSeconds: 1,
      log: { log: (level: string, message: string) => void this.log.push(`${level} ${message}`) },
    };
    return mountFileSystem({} as FileSystem, options, { clock: this.clock, watchIntervalMs: 1000, system });
  }

  #binding(): FuseBinding {
    const binding = {
      op_init: 0,
      sizeof_fuse_thread_t: 8,
      fuse_native_signal_init: () => undefined,
      fuse_native_mount: (...given: unknown[]) => {
        this.options = String(given[1]);
        const [init] = given[5] as ((request: FuseRequest, opcode: number) => void)[];
        if (this.answersInit) setImmediate(() => init?.(Buffer.alloc(0) as FuseRequest, 0));
      },
      fuse_native_unmount: () => {
        this.released += 1;
      },
    };
    return binding as unknown as FuseBinding;
  }
}

/** What becomes of a promise, seen from outside. */
function watched<T>(promise: Promise<T>): { state: string; value?: T; error?: unknown } {
  const seen: { state: string; value?: T; error?: unknown } = { state: 'pending' };
  promise.then(
    (value) => Object.assign(seen, { state: 'done', value }),
    (error: unknown) => Object.assign(seen, { state: 'failed', error }),
  );
  return seen;
}

describe('a mount on a Mac', () => {
  it('a mount on a Mac that appears in the mount table two seconds after the kernel began to ask is ready then, and is not taken for unmounted', async () => {
    const machine = new FakeMac();
    const mounting = watched(machine.mount());
    await machine.clock.advance(2_000);
    assert.equal(mounting.state, 'pending');
    machine.table = ROOT + OURS;
    await machine.clock.advance(1_000);
    assert.equal(mounting.state, 'done');
    const closed = watched(mounting.value?.closed ?? Promise.reject(new Error('no mount')));
    await machine.clock.advance(10_000);
    assert.equal(closed.state, 'pending');
    assert.deepEqual(machine.log, []);
  });

  it('a mount on a Mac that is not in the mount table after 15 seconds fails with the hint, and is never watched', async () => {
    const machine = new FakeMac();
    const mounting = watched(machine.mount());
    await machine.clock.advance(14_000);
    assert.equal(mounting.state, 'pending');
    await machine.clock.advance(2_000);
    assert.equal(mounting.state, 'failed');
    assert.ok(mounting.error instanceof UserError);
    assert.equal(mounting.error.exitCode, ExitCode.mount);
    assert.match(mounting.error.message, /did not appear in the mount table/);
    assert.equal(mounting.error.hint, 'The hint of this Mac.');
    assert.deepEqual(machine.unmounted, [PATH]);
    assert.deepEqual(machine.log, []);
  });

  it('a mount on a Mac to which the kernel says nothing for 15 seconds fails with the hint', async () => {
    const machine = new FakeMac();
    machine.answersInit = false;
    machine.table = ROOT + OURS;
    const mounting = watched(machine.mount());
    await machine.clock.advance(16_000);
    assert.ok(mounting.error instanceof UserError);
    assert.match(mounting.error.message, /the kernel did not answer within 15 seconds/);
    assert.equal(mounting.error.hint, 'The hint of this Mac.');
    assert.deepEqual(machine.unmounted, [PATH]);
  });

  for (const [what, after] of [
    ['ejected in the Finder', ROOT],
    ['gone, with another file system on its path', ROOT + FOREIGN],
  ] as const)
    it(`a mount on a Mac that is ${what} is noticed within two seconds, and lets the process end`, async () => {
      const machine = new FakeMac();
      machine.table = ROOT + OURS;
      const mounting = watched(machine.mount());
      await settle();
      const mount = mounting.value ?? assert.fail('it is mounted');
      const closed = watched(mount.closed);
      machine.table = after;
      await machine.clock.advance(2_000);
      assert.equal(closed.state, 'done');
      assert.equal(machine.released, 1);
      assert.match(machine.log.join(), /was unmounted from outside/);
    });

  it('a mount on a Mac of FUSE-T, whose line does not name us, is awaited and watched like one of macFUSE', async () => {
    const machine = new FakeMac();
    const mounting = watched(machine.mount());
    await settle();
    machine.table = ROOT + FUSE_T;
    await machine.clock.advance(1_000);
    const mount = mounting.value ?? assert.fail('it is mounted');
    const closed = watched(mount.closed);
    await machine.clock.advance(3_000);
    assert.equal(closed.state, 'pending');
    machine.table = ROOT;
    await machine.clock.advance(2_000);
    assert.equal(closed.state, 'done');
  });

  it('a mount on a Mac whose path the table spells with other capitals is found, and watched by that spelling', async () => {
    for (const spelled of [PATH.replace('My', 'my'), PATH.replace('ada', 'ADA')]) {
      const machine = new FakeMac();
      const mounting = watched(machine.mount());
      await settle();
      machine.table = ROOT + OURS.replace(PATH, spelled);
      await machine.clock.advance(1_000);
      const mount = mounting.value ?? assert.fail('it is mounted');
      assert.equal(mount.mountpoint, spelled);
      await machine.clock.advance(3_000);
      assert.deepEqual(machine.log, []);
      await mount.unmount();
      assert.deepEqual(machine.unmounted, [spelled]);
    }
  });

  it('a mount on a Mac asks macFUSE to wait 600 seconds for an answer, and does not call the volume local', async () => {
    const machine = new FakeMac();
    machine.table = ROOT + OURS;
    const mounting = watched(machine.mount());
    await settle();
    assert.equal(mounting.state, 'done');
    assert.match(machine.options, /,daemon_timeout=600,/);
    assert.doesNotMatch(machine.options, /[,o]local(,|$)/);
    assert.match(machine.options, /,volname=My Photos$/);
  });
});
