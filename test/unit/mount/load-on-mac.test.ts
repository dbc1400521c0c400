import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { FuseBinding } from '../../../src/mount/fuse-binding.js';
import { placeBeside } from '../../../src/mount/library-beside.js';
import { loadFuseBinding, noDelete, preloadLibrary, type BindingLoader } from '../../../src/mount/load-fuse-binding.js';
import { ExitCode, UserError } from '../../../src/support/user-error.js';

const BINDING = {} as FuseBinding;
const LIBRARY = '/usr/local/lib/libfuse.2.dylib';

/** A Mac that notes what is done in which order. */
function mac(changes: Partial<BindingLoader> = {}): { loader: BindingLoader; steps: string[] } {
  const steps: string[] = [];
  const noted =
    <T>(step: string, value: T) =>
    (argument?: string): T => {
      steps.push(argument === undefined ? step : `${step} ${argument}`);
      return value;
    };
  const loader: BindingLoader = {
    platform: 'darwin',
    arch: 'arm64',
    load: noted('load', BINDING),
    loadFile: noted('load file', BINDING),
    loadShippedLibrary: noted('shipped', undefined),
    chooseMacLibrary: () => {
      steps.push('choose');
      return { file: LIBRARY, kind: 'macfuse' };
    },
    preload: noted('preload', undefined),
    placeBeside: noted('place beside', '/cache/fuse.node'),
    ...changes,
  };
  return { loader, steps };
}

function refusal(loader: BindingLoader): string {
  try {
    loadFuseBinding(loader);
    return 'loaded';
  } catch (error) {
    assert.ok(error instanceof UserError);
    assert.equal(error.exitCode, ExitCode.system);
    return `${error.message} ${error.hint}`;
  }
}

describe('loading the native module on a Mac', () => {
  it('loading the native module on a Mac with Apple silicon chooses and preloads the library before the module is touched', () => {
    const { loader, steps } = mac();
    assert.equal(loadFuseBinding(loader), BINDING);
    assert.deepEqual(steps, ['choose', `preload ${LIBRARY}`, 'load']);
  });

  it('loading the native module on a Mac with an Intel processor loads a copy of the module that has the library beside it, and not the one of the package', () => {
    const { loader, steps } = mac({ arch: 'x64' });
    assert.equal(loadFuseBinding(loader), BINDING);
    assert.deepEqual(steps, ['choose', `place beside ${LIBRARY}`, 'load file /cache/fuse.node']);
  });

  for (const arch of ['arm64', 'x64'])
    it(`loading the native module on a Mac without a library on ${arch} says so, and never touches the module: its first call would end the process`, () => {
      const missing = new UserError(ExitCode.system, 'macFUSE is not installed.', 'Install it.');
      const { loader, steps } = mac({
        arch,
        chooseMacLibrary: () => {
          throw missing;
        },
      });
      assert.equal(refusal(loader), 'macFUSE is not installed. Install it.');
      assert.deepEqual(steps, []);
    });

  it('loading the native module on a Mac with a library that macOS does not load names it with the reason, and never touches the module', () => {
    const { loader, steps } = mac({ preload: () => 'code signature not valid for use in process' });
    assert.match(refusal(loader), /libfuse\.2\.dylib cannot be loaded \(code signature .*Install macFUSE again/);
    assert.deepEqual(steps, ['choose']);
  });

  it('loading the native module on a Mac where the module was never compiled says how: the compiler of Apple, then installing again', () => {
    const { loader } = mac({
      load: () => {
        throw Object.assign(new Error('no'), { code: 'MODULE_NOT_FOUND' });
      },
    });
    assert.match(refusal(loader), /darwin-arm64.*xcode-select --install.*install it again as README says/);
  });

  it('loading the native module on a Mac with an Intel processor and a library of another version says which library it was', () => {
    const { loader } = mac({
      arch: 'x64',
      loadFile: () => {
        throw new Error('incompatible library version: needs 12.0.0\nmore');
      },
    });
    assert.match(
      refusal(loader),
      /libfuse\.2\.dylib cannot be loaded \(incompatible library version: needs 12\.0\.0\)/,
    );
  });

  it('loading the native module on a Mac asks that the library stays by the number of each system', () => {
    assert.equal(noDelete('darwin'), 0x80);
    assert.equal(noDelete('linux'), 0x1000);
  });
});

describe('a library made known to the process', () => {
  it('a library made known to the process counts as there although it is no Node module, and one that does not load is reported with the reason', () => {
    const [libc] = readFileSync('/proc/self/maps', 'utf8').match(/\/\S*libc\.so\S*/) ?? ['libc.so.6'];
    assert.equal(preloadLibrary(libc, 'linux'), undefined);
    assert.match(preloadLibrary('/nowhere/libfuse.2.dylib', 'linux') ?? '', /nowhere/);
  });
});

describe('the copy of the module for Intel Macs', () => {
  function inFolder(work: (folder: string, binding: string) => void): void {
    const folder = mkdtempSync(join(tmpdir(), 'gphotos-mount-beside-'));
    try {
      writeFileSync(join(folder, 'node.napi.node'), 'machine code');
      work(join(folder, 'cache', '.native'), join(folder, 'node.napi.node'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it('the copy of the module for Intel Macs lies in a private folder with a link to the library, is made again each time, and leaves nothing else', () => {
    inFolder((folder, binding) => {
      for (const library of ['/old/libfuse.dylib', LIBRARY]) {
        const copy = placeBeside({ binding, library, libraryName: 'libosxfuse.dylib', folder });
        assert.equal(readFileSync(copy, 'utf8'), 'machine code');
        assert.equal(readlinkSync(join(folder, 'libosxfuse.dylib')), library);
      }
      assert.equal(statSync(folder).mode & 0o777, 0o700);
      const names = execFileSync('ls', ['-A', folder], { encoding: 'utf8' }).trim().split('\n');
      assert.deepEqual(names.sort(), ['fuse.node', 'libosxfuse.dylib']);
    });
  });

  it('the copy of the module for Intel Macs is not put where others may write', () => {
    inFolder((folder, binding) => {
      mkdirSync(folder, { recursive: true });
      chmodSync(folder, 0o777);
      assert.throws(
        () => placeBeside({ binding, library: LIBRARY, libraryName: 'libosxfuse.dylib', folder }),
        (error) => error instanceof UserError && /others may write to it/.test(error.message),
      );
    });
  });
});
