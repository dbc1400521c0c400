import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { boot, cannotBoot, type Booted, type BootOptions } from './booted.js';
import { repositoryRoot } from './mounted.js';
import { run } from './run-program.js';

/** Where `npm run deb` puts the packages, and where the booted system has them. */
export const DEBS = join(repositoryRoot, 'build/deb');
export const IN_SYSTEM = '/debs';
/** Where a package has its files. */
export const HOME = '/usr/lib/gphotos-mount';

const module = (await import(join(repositoryRoot, 'test/support/package-system.mjs'))) as { systemFolder: string };

export type Architecture = 'amd64' | 'arm64';
export const OWN: Architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
export const OTHER: Architecture = OWN === 'amd64' ? 'arm64' : 'amd64';

/** The name of a package's file; undefined where it was not made. */
export function debName(architecture: Architecture): string | undefined {
  const names = existsSync(DEBS) ? readdirSync(DEBS) : [];
  return names.find((name) => name.endsWith(`_${architecture}.deb`));
}

/** Why packages cannot be installed here, of this processor or also another one; undefined where they can. */
export function cannotInstall(needed: readonly Architecture[] = [OWN]): string | undefined {
  if (needed.some((one) => debName(one) === undefined)) return 'no packages: npm run deb makes them';
  return (
    cannotBoot() ?? (existsSync(module.systemFolder) ? undefined : 'no Debian to boot: npm run test:packages makes it')
  );
}

/** Why nothing can be run for arm64 here; undefined where it can. */
export async function cannotRunArm64(): Promise<string | undefined> {
  if (debName('arm64') === undefined) return 'no packages: npm run deb makes them';
  for (const program of ['qemu-aarch64', 'aarch64-linux-gnu-g++'])
    if ((await run('sh', ['-c', `command -v ${program}`])).code !== 0) return `${program} is missing`;
  return undefined;
}

/** Boots a Debian without Node and compilers, which has the packages in {@link IN_SYSTEM}. */
export function bootDebian(options: BootOptions & { readonly shows?: readonly string[] } = {}): Promise<Booted> {
  const { shows = [], ...rest } = options;
  return boot({
    deadlineMs: 120_000,
    ...rest,
    system: { folder: module.systemFolder, shows: [`${DEBS}:${IN_SYSTEM}`, ...shows] },
  });
}

/** The exit code of a command of root, and all that it says. */
export async function tried(machine: Booted, command: string): Promise<{ code: number; said: string }> {
  const output = await machine.sh(`{ ${command}\n} 2>&1; echo "rc=$?"`);
  const [, said = '', code = ''] = /^([^]*)rc=(\d+)\n$/.exec(output) ?? [];
  return { code: Number(code), said };
}
