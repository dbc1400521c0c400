import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nativeModuleFault } from '../../../src/support/native-module-fault.js';
import { ExitCode } from '../../../src/support/user-error.js';

const WORDS = `The module '/x/better_sqlite3.node'
was compiled against a different Node.js version using
NODE_MODULE_VERSION 127. This version of Node.js requires
NODE_MODULE_VERSION 115. Please try re-compiling or re-installing`;
const failure = (message: string, code = 'ERR_DLOPEN_FAILED'): Error => Object.assign(new Error(message), { code });

describe('a native module that does not load', () => {
  it('a native module that does not load is reported as built for another Node, with the command for the place where it is installed', () => {
    const fault = nativeModuleFault(failure(WORDS), 'better-sqlite3', () => '/opt/my photos');
    assert.equal(fault?.exitCode, ExitCode.system);
    assert.match(
      fault.message,
      /better-sqlite3 was built for another version of Node \(modules 127\); this is Node \d/,
    );
    assert.equal(fault.hint, "Build it again: cd '/opt/my photos' && npm rebuild better-sqlite3");
  });

  it('a native module that does not load is located in the installation that runs', () => {
    assert.match(
      nativeModuleFault(failure(WORDS), 'better-sqlite3')?.hint ?? '',
      /^Build it again: cd \/\S+ && npm rebuild/,
    );
  });

  it('a native module that does not load for another reason gives no such error', () => {
    assert.equal(nativeModuleFault(failure('libfuse.so.2: cannot open shared object file'), 'fuse-native'), undefined);
    assert.equal(nativeModuleFault(failure(WORDS, 'EIO'), 'better-sqlite3'), undefined);
  });
});
