import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FuseBinding } from '../../../src/mount/fuse-binding.js';
import { loadFuseBinding, type BindingLoader } from '../../../src/mount/load-fuse-binding.js';
import { UserError } from '../../../src/support/user-error.js';

const loaded = loadFuseBinding();

function loader(
  outcomes: (FuseBinding | string)[],
  platform: NodeJS.Platform = 'linux',
  words = 'no',
): BindingLoader & { shipped: number } {
  return {
    platform,
    arch: 'x64',
    shipped: 0,
    load() {
      const outcome = outcomes.shift() ?? 'ERR_DLOPEN_FAILED';
      if (typeof outcome === 'string') throw Object.assign(new Error(words), { code: outcome });
      return outcome;
    },
    loadShippedLibrary() {
      this.shipped += 1;
      return undefined;
    },
    loadFile: () => assert.fail('a step of a Mac'),
    chooseMacLibrary: () => assert.fail('a step of a Mac'),
    preload: () => assert.fail('a step of a Mac'),
    placeBeside: () => assert.fail('a step of a Mac'),
  };
}

describe('loading the native module', () => {
  it('loading the native module brings the shipped library in where the system has none', () => {
    const system = loader(['ERR_DLOPEN_FAILED', loaded]);
    assert.equal(loadFuseBinding(system), loaded);
    assert.equal(system.shipped, 1);
  });

  it('loading the native module leaves the shipped library alone where it is not needed', () => {
    const system = loader([loaded]);
    loadFuseBinding(system);
    assert.equal(system.shipped, 0);
  });

  it('loading the native module says how to build it where there is no binary for the machine', () => {
    for (const outcomes of [['ERR_DLOPEN_FAILED', 'ERR_DLOPEN_FAILED'], ['MODULE_NOT_FOUND']]) {
      assert.throws(
        () => loadFuseBinding(loader([...outcomes])),
        (error) => error instanceof UserError && error.hint.includes('build-essential'),
      );
    }
  });

  it('loading the native module names the package with libfuse 2 where none came along and the system has none', () => {
    const words = 'libfuse.so.2: cannot open shared object file: No such file or directory';
    assert.throws(
      () => loadFuseBinding(loader(['ERR_DLOPEN_FAILED', 'ERR_DLOPEN_FAILED'], 'linux', words)),
      (error) =>
        error instanceof UserError &&
        /needs libfuse 2, which this linux-x64 does not have/.test(error.message) &&
        error.hint.includes('apt-get install libfuse2'),
    );
  });
});
