import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { baseFolders, profilePaths, type Surroundings } from '../../../src/daemon/profile-paths.js';

const LINUX: Surroundings = { env: {}, home: '/home/ada', platform: 'linux', uid: 1000, temporaryFolder: '/tmp' };

describe('the folders', () => {
  it('the folders of a profile are the usual ones of XDG on Linux', () => {
    assert.deepEqual(baseFolders({ ...LINUX, env: { XDG_RUNTIME_DIR: '/run/user/1000' } }), {
      config: '/home/ada/.config/gphotos-mount',
      data: '/home/ada/.local/share/gphotos-mount',
      cache: '/home/ada/.cache/gphotos-mount',
      runtime: '/run/user/1000/gphotos-mount',
    });
  });

  it('the folders of a profile follow the XDG variables that hold absolute paths', () => {
    const env = { XDG_CONFIG_HOME: '/c', XDG_DATA_HOME: 'relative', XDG_CACHE_HOME: '' };
    const { config, data, cache, runtime } = baseFolders({ ...LINUX, env });
    assert.equal(config, '/c/gphotos-mount');
    assert.equal(data, '/home/ada/.local/share/gphotos-mount');
    assert.equal(cache, '/home/ada/.cache/gphotos-mount');
    assert.equal(runtime, '/tmp/gphotos-mount-1000');
  });

  it('the folders of a profile are under ~/Library on macOS, whatever XDG says', () => {
    const mac: Surroundings = { ...LINUX, platform: 'darwin', home: '/Users/ada', env: { XDG_CONFIG_HOME: '/c' } };
    const { config, data, cache, runtime } = baseFolders(mac);
    assert.equal(config, '/Users/ada/Library/Application Support/gphotos-mount');
    assert.equal(data, config);
    assert.equal(cache, '/Users/ada/Library/Caches/gphotos-mount');
    assert.equal(runtime, '/Users/ada/Library/Application Support/gphotos-mount/.run');
  });

  it('the folders of a profile have one control socket on macOS for the desktop, ssh and launchd, whatever TMPDIR is there', () => {
    const mac: Surroundings = { ...LINUX, platform: 'darwin', home: '/Users/ada' };
    const desktop = '/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T';
    const sockets = [desktop, '/tmp', `/private${desktop}`].map((temporaryFolder) => {
      const folders = baseFolders({ ...mac, temporaryFolder });
      return profilePaths(folders, 'default').socketFile;
    });
    assert.equal(new Set(sockets).size, 1, sockets.join('\n'));
    const deep = baseFolders({ ...mac, home: `/Users/${'a'.repeat(60)}` });
    assert.ok(Buffer.byteLength(profilePaths(deep, 'p'.repeat(32)).socketFile) <= 103);
  });

  it('the folders of a profile are those of the GPHOTOS variables where these are set', () => {
    const env = {
      GPHOTOS_CONFIG_DIR: '/1',
      GPHOTOS_DATA_DIR: '/2',
      GPHOTOS_CACHE_DIR: '/3',
      GPHOTOS_RUNTIME_DIR: '/4',
      XDG_CONFIG_HOME: '/c',
    };
    assert.deepEqual(baseFolders({ ...LINUX, env }), { config: '/1', data: '/2', cache: '/3', runtime: '/4' });
  });

  it('the folders of a profile give a socket path that fits the system, however deep the runtime folder is', () => {
    const deep = `/run/${'x'.repeat(200)}`;
    const of = (folder: string): string => {
      const { runtime } = baseFolders({ ...LINUX, env: { GPHOTOS_RUNTIME_DIR: folder } });
      return profilePaths({ config: '/c', data: '/d', cache: '/e', runtime }, 'p'.repeat(32)).socketFile;
    };
    assert.ok(Buffer.byteLength(of(deep)) < 104);
    assert.equal(of(deep), of(deep));
    assert.notEqual(of(deep), of(`${deep}y`));
    assert.ok(of('/run/user/1000').startsWith('/run/user/1000/'));
  });
});
