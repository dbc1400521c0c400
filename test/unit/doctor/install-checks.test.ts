import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runChecks, type CheckReport } from '../../../src/doctor/check.js';
import { installChecks, type Installation } from '../../../src/doctor/install-checks.js';

const GLIBC = '7f00-7f01 r-xp 00000000 08:01 12 /usr/lib/x86_64-linux-gnu/libc.so.6\n';
const MUSL = '7f00-7f01 r-xp 00000000 08:01 12 /lib/ld-musl-x86_64.so.1\n';

async function checked(id: string, changes: Partial<Installation>, verified = ''): Promise<CheckReport> {
  const installation: Installation = {
    platform: 'linux',
    isPackage: true,
    maps: () => GLIBC,
    run: () => Promise.resolve({ code: 0, stdout: verified, stderr: '' }),
    ...changes,
  };
  return (await runChecks(installChecks(installation))).find((report) => report.id === id) ?? assert.fail(id);
}

describe('doctor on how the program was installed', () => {
  it('doctor fails on musl, and says that nothing can be mounted there and where it can', async () => {
    const report = await checked('c-library', { maps: () => MUSL });
    assert.equal(report.result, 'fail');
    assert.match(report.message, /musl \(Alpine Linux\).*nothing can be mounted/);
    assert.match(report.fix, /glibc \(Debian/);
    assert.equal((await checked('c-library', {})).result, 'pass');
    assert.equal((await checked('c-library', { platform: 'darwin' })).result, 'skip');
  });

  it('doctor names the first file of a Debian package that is damaged or missing, and how to get it back', async () => {
    const damaged = await checked(
      'package',
      {},
      '??5??????   /usr/lib/gphotos-mount/bin/node\nmissing     /usr/bin/x\n',
    );
    assert.equal(damaged.result, 'fail');
    assert.equal(damaged.message, '/usr/lib/gphotos-mount/bin/node is damaged, and 1 more with it.');
    assert.match(damaged.fix, /apt-get install --reinstall/);
    const missing = await checked('package', {}, 'missing     /usr/bin/gphotos-mount\n');
    assert.equal(missing.message, '/usr/bin/gphotos-mount is missing.');
  });

  it('doctor passes a whole Debian package and skips this for other installations', async () => {
    assert.equal((await checked('package', {})).result, 'pass');
    assert.equal((await checked('package', { isPackage: false })).result, 'skip');
    const run = (): Promise<never> => Promise.reject(new Error('asked'));
    assert.equal((await checked('package', { isPackage: false, run })).result, 'skip');
  });
});
