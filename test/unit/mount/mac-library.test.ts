import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { whatToReport } from '../../../native-notes/probes/support/mac-report.js';
import { machArchitectures } from '../../../src/mount/mach-o.js';
import { chooseMacLibrary } from '../../../src/mount/mac-library.js';
import { checkKernelExtension, macMountHint } from '../../../src/mount/mac-requirements.js';
import { ExitCode, UserError } from '../../../src/support/user-error.js';
import { FUSE_T, LIBFUSE, LOADER, MACFUSE, mac, machHead, OSXFUSE, WITH_MACFUSE, type Mac } from './mac-fixture.js';

function refusal(machine: Mac): string {
  try {
    const { kind, file } = chooseMacLibrary(mac(machine));
    return `${kind} ${file}`;
  } catch (error) {
    assert.ok(error instanceof UserError);
    assert.equal(error.exitCode, ExitCode.system);
    return `${error.message} ${error.hint}`;
  }
}

describe('the processors that a library of macOS was built for', () => {
  it('the processors that a library of macOS was built for are read from a file for one processor and from one for several', () => {
    assert.deepEqual(machArchitectures(machHead('arm64')), ['arm64']);
    assert.deepEqual(machArchitectures(machHead('ia32', 'x64', 'arm64')), ['ia32', 'x64', 'arm64']);
    const wide = Buffer.alloc(40);
    wide.writeUInt32BE(0xcafebabf, 0);
    wide.writeUInt32BE(1, 4);
    wide.writeUInt32BE(0x0100_000c, 8);
    assert.deepEqual(machArchitectures(wide), ['arm64']);
  });

  it('the processors that a library of macOS was built for are unknown for an empty file, an ELF file, a cut one and a Java class file', () => {
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from('\x7fELF\x02\x01\x01\0\0\0'),
      machHead('x64', 'arm64').subarray(0, 20),
      Buffer.from('cafebabe0000003400', 'hex'),
    ])
      assert.equal(machArchitectures(bytes), undefined, bytes.toString('hex'));
  });
});

describe('the libfuse of a Mac', () => {
  it('the libfuse of a Mac is the one of macFUSE before that of MacPorts and of FUSE-T', () => {
    const files = { ...WITH_MACFUSE, [FUSE_T]: machHead('arm64') };
    assert.equal(refusal({ files }), `macfuse ${LIBFUSE}`);
    const ports = '/opt/local/lib/libfuse.2.dylib';
    assert.equal(refusal({ files: { [MACFUSE]: '', [ports]: machHead('arm64') } }), `macfuse ${ports}`);
  });

  it('the libfuse of a Mac is the one that GPHOTOS_LIBFUSE names, and no other where that one is missing', () => {
    const given = '/opt/mine/libfuse.dylib';
    assert.equal(
      refusal({ givenLibrary: given, files: { ...WITH_MACFUSE, [given]: machHead('arm64') } }),
      `given ${given}`,
    );
    assert.match(
      refusal({ givenLibrary: given, files: WITH_MACFUSE }),
      /GPHOTOS_LIBFUSE names .*does not exist.*unset GPHOTOS_LIBFUSE/,
    );
    assert.match(refusal({ givenLibrary: 'libfuse.dylib', files: WITH_MACFUSE }), /not an absolute path/);
  });

  it('the libfuse of a Mac is FUSE-T where that alone is installed', () => {
    assert.equal(refusal({ files: { [FUSE_T]: machHead('x64', 'arm64') } }), `fuse-t ${FUSE_T}`);
    assert.equal(refusal({ files: { [FUSE_T]: machHead('arm64'), [OSXFUSE]: '' } }), `fuse-t ${FUSE_T}`);
  });

  it('the libfuse of a Mac is missing on a Mac without macFUSE: the refusal says how to install it, with Reduced Security on Apple silicon alone', () => {
    assert.match(
      refusal({}),
      /macFUSE is not installed\. .*brew install --cask macfuse.*Reduced Security.*Privacy & Security.*restart/,
    );
    const intel = refusal({ arch: 'x64' });
    assert.match(intel, /macFUSE is not installed\. .*Privacy & Security/);
    assert.doesNotMatch(intel, /Reduced Security/);
  });

  it('the libfuse of a Mac is refused as outdated where only osxfuse 3 is installed, although its library has the usual name', () => {
    const files = { [OSXFUSE]: '', [LIBFUSE]: machHead('x64') };
    assert.match(refusal({ arch: 'x64', files }), /Only osxfuse 3 is installed.*Remove it and install.*macFUSE/);
  });

  it('the libfuse of a Mac is reported as missing where macFUSE is installed without it', () => {
    const files = Object.fromEntries(Object.entries(WITH_MACFUSE).filter(([path]) => path !== LIBFUSE));
    assert.match(refusal({ files }), /macFUSE 5\.4\.0 is installed, but its library .*is missing.*reinstall/);
  });

  it('the libfuse of a Mac is refused with both processors named where it is built for another one', () => {
    const files = { ...WITH_MACFUSE, [LIBFUSE]: machHead('x64') };
    assert.match(refusal({ files }), /built for x64, but this Node runs as arm64\. Install macFUSE again/);
    const other = { ...WITH_MACFUSE, [LIBFUSE]: machHead('arm64') };
    assert.match(refusal({ arch: 'x64', files: other }), /built for arm64.*runs as x64.*use a Node for arm64/);
  });

  it('the libfuse of a Mac is refused where it is no library at all', () => {
    assert.match(refusal({ files: { ...WITH_MACFUSE, [LIBFUSE]: 'text' } }), /is not a library of macOS/);
  });
});

describe("macFUSE's kernel extension", () => {
  const approval = async (machine: Mac): Promise<string> => {
    try {
      await checkKernelExtension(mac(machine));
      return 'runs';
    } catch (error) {
      assert.ok(error instanceof UserError);
      return `${error.message} ${error.hint}`;
    }
  };

  it('macFUSE’s kernel extension runs where its device is there, and nothing is started to find out', async () => {
    const system = mac({ files: { ...WITH_MACFUSE, '/dev/macfuse0': '' } });
    await checkKernelExtension(system);
    assert.deepEqual(system.ran, []);
  });

  it('macFUSE’s kernel extension runs where its loader succeeds', async () => {
    assert.equal(await approval({ files: WITH_MACFUSE, exits: { [LOADER]: 0 } }), 'runs');
  });

  it('macFUSE’s kernel extension that macOS has not allowed is reported with the steps of its approval', async () => {
    const silicon = await approval({ files: WITH_MACFUSE, exits: { [LOADER]: 1 } });
    assert.match(silicon, /not allowed its kernel extension.*Reduced Security.*Allow for macFUSE.*restart/);
    const intel = await approval({ arch: 'x64', files: WITH_MACFUSE, exits: { [LOADER]: 1 } });
    assert.match(intel, /not allowed its kernel extension.*Allow for macFUSE/);
    assert.doesNotMatch(intel, /Reduced Security/);
    assert.match(await approval({ files: WITH_MACFUSE }), /not allowed/);
  });

  it('macFUSE’s kernel extension is named in the hint of a failed mount if it is not loaded; otherwise the hint names FSKit', () => {
    const macfuse = { file: LIBFUSE, kind: 'macfuse' } as const;
    assert.match(macMountHint(macfuse, mac({ files: WITH_MACFUSE })), /is not loaded\. .*Privacy & Security/);
    assert.match(macMountHint(macfuse, mac({ files: { '/dev/macfuse0': '' } })), /FSKit backend.*cannot be used/);
    assert.match(macMountHint({ file: FUSE_T, kind: 'fuse-t' }, mac({})), /Network Volumes/);
  });
});

describe('what the probes ask a person with a Mac to report', () => {
  it('what the probes ask a person with a Mac to report names the library and what is wrong with the approval, and ends also where nothing is installed', async () => {
    const waiting = (await whatToReport(mac({ files: WITH_MACFUSE, exits: { [LOADER]: 1 } }))).join('\n');
    assert.match(waiting, /macFUSE 5\.4\.0\n.*library: \/usr\/local\/lib\/libfuse\.2\.dylib\n.*not allowed/);
    assert.match((await whatToReport(mac({}))).join('\n'), /macFUSE is not installed[\s\S]*library: macFUSE is not/);
  });
});
