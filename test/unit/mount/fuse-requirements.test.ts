import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkFuse, type FuseSystem } from '../../../src/mount/fuse-requirements.js';
import { ExitCode, UserError } from '../../../src/support/user-error.js';
import { mac, WITH_MACFUSE } from './mac-fixture.js';

const WHOLE: FuseSystem = {
  platform: 'linux',
  userId: 1000,
  tryOpen: () => Promise.resolve(),
  exists: () => Promise.resolve(false),
  read: (path) =>
    Promise.resolve(path === '/etc/fuse.conf' ? '# user_allow_other\n' : 'CapEff:\t0000000000000000\nNoNewPrivs:\t0\n'),
  hasProgram: () => Promise.resolve(true),
  isSetuidRoot: () => Promise.resolve(true),
  hasAccount: () => true,
};

function failing(code: string): FuseSystem['tryOpen'] {
  return () => Promise.reject(Object.assign(new Error(code), { code }));
}

async function refusal(system: Partial<FuseSystem>, allowOther = false): Promise<string> {
  try {
    await checkFuse({ allowOther }, { ...WHOLE, ...system });
    return 'none';
  } catch (error) {
    assert.ok(error instanceof UserError);
    assert.equal(error.exitCode, ExitCode.system);
    return `${error.message} ${error.hint}`;
  }
}

describe('a system without all that FUSE needs', () => {
  it('a system that lacks a part that FUSE needs is refused, and a whole one is not', async () => {
    assert.equal(await refusal({}), 'none');
    const read = (): Promise<string> => Promise.resolve('CapEff:\t000001ffffffffff\n');
    assert.equal(await refusal({ userId: 0, read, hasProgram: () => Promise.resolve(false) }, true), 'none');
  });

  it('a system without /dev/fuse is refused with the command that loads the module', async () => {
    for (const code of ['ENOENT', 'ENODEV']) assert.match(await refusal({ tryOpen: failing(code) }), /modprobe fuse/);
  });

  it('a container without FUSE is refused with the options to start it with', async () => {
    const exists = (path: string): Promise<boolean> => Promise.resolve(path === '/.dockerenv');
    assert.match(await refusal({ tryOpen: failing('ENOENT'), exists }), /--device \/dev\/fuse/);
    assert.match(await refusal({ tryOpen: failing('EPERM') }), /--device \/dev\/fuse/);
    assert.match(await refusal({ userId: 0, read: () => Promise.resolve('CapEff:\t00000000a80425fb\n') }), /SYS_ADMIN/);
  });

  it('a system without fusermount is refused with the package to install', async () => {
    assert.match(await refusal({ hasProgram: () => Promise.resolve(false) }), /apt-get install fuse3/);
    assert.equal(await refusal({ hasProgram: (name) => Promise.resolve(name === 'fusermount3') }), 'none');
  });

  it('without user_allow_other in fuse.conf, --allow-other is refused with the line to add', async () => {
    assert.match(await refusal({}, true), /user_allow_other/);
    const read = (path: string): Promise<string> =>
      Promise.resolve(path === '/etc/fuse.conf' ? 'mount_max = 5\nuser_allow_other\n' : '');
    assert.equal(await refusal({ read }, true), 'none');
  });

  it('a system passes for a service with "no new privileges" that has the capability to mount, without fusermount', async () => {
    const confined = (capabilities: string): Partial<FuseSystem> => ({
      read: (path) => Promise.resolve(path === '/etc/fuse.conf' ? '' : `CapEff:\t${capabilities}\nNoNewPrivs:\t1\n`),
    });
    const bare = { hasProgram: () => Promise.resolve(false) };
    assert.equal(await refusal({ ...confined('0000000000200000'), ...bare }, true), 'none');
    assert.match(await refusal(confined('0000000000000000')), /no new privileges.*AmbientCapabilities=CAP_SYS_ADMIN/);
  });

  it('a Mac without macFUSE is refused with how to install it', async () => {
    const system = { ...WHOLE, platform: 'darwin' } as const;
    await assert.rejects(checkFuse({ allowOther: false }, system, mac({})), /macFUSE is not installed/);
    await checkFuse({ allowOther: false }, system, mac({ files: WITH_MACFUSE }));
  });
});
