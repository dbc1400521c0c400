import { readFileSync } from 'node:fs';
import { programRunner, type RunProgram } from '../service/systemd.js';
import { INSTALL_PACKAGE_AGAIN, isDebianPackage } from '../support/debian-package.js';
import { fail, pass, skip, type Check, type Finding } from './check.js';

/** What the program was installed as, and on what. Tests describe other systems. */
export interface Installation {
  readonly platform: NodeJS.Platform;
  readonly isPackage: boolean;
  /** The files that this process has mapped: `/proc/self/maps`. */
  readonly maps: () => string;
  readonly run: RunProgram;
}

const VERIFY_MS = 20_000;

export function thisInstallation(env: NodeJS.ProcessEnv): Installation {
  return {
    platform: process.platform,
    isPackage: isDebianPackage(),
    maps: () => readFileSync('/proc/self/maps', 'utf8'),
    run: programRunner(env, VERIFY_MS),
  };
}

/** Whether the installed files are whole, and whether they are for this kind of system. */
export function installChecks({ platform, isPackage, maps, run }: Installation): Check[] {
  return [
    { id: 'c-library', run: () => (platform === 'linux' ? cLibrary(maps()) : skip('Linux only.')) },
    { id: 'package', run: () => (isPackage ? packageFiles(run) : skip('Not installed by a Debian package.')) },
  ];
}

function cLibrary(maps: string): Finding {
  if (!/\/(?:ld-musl-|libc\.musl-)/.test(maps)) return pass('The C library is glibc.');
  return fail(
    'The C library of this system is musl (Alpine Linux): the FUSE module and the libfuse that come along are for glibc, ' +
      'so nothing can be mounted.',
    'Use a system with glibc (Debian, Ubuntu, Fedora, Arch), or a container of one.',
  );
}

/** dpkg compares the files with their checksums: `??5??????   /path`, or `missing     /path`. */
async function packageFiles(run: RunProgram): Promise<Finding> {
  const { code, stdout } = await run('dpkg', ['--verify', 'gphotos-mount']);
  const faults = stdout.split('\n').filter((line) => /^(?:missing|\?\?5)/.test(line));
  const [first = ''] = faults;
  if (first === '')
    return code === undefined
      ? skip('dpkg does not answer.')
      : pass('The files of the Debian package are as they were made.');
  const file = first.slice(first.indexOf('/'));
  const more = faults.length === 1 ? '' : `, and ${faults.length - 1} more with it`;
  return fail(`${file} ${first.startsWith('missing') ? 'is missing' : 'is damaged'}${more}.`, INSTALL_PACKAGE_AGAIN);
}
