import type { MacSystem } from '../../../src/mount/mac-system.js';

const ARM64 = 0x0100_000c;
const X64 = 0x0100_0007;
export const CPU = { arm64: ARM64, x64: X64, ia32: 7 } as const;

/** Head of a Mach-O file for one processor, or of one with a slice for each. */
export function machHead(...processors: readonly (keyof typeof CPU)[]): Buffer {
  const [first] = processors;
  if (processors.length === 1 && first !== undefined) {
    const thin = Buffer.alloc(32);
    thin.writeUInt32LE(0xfeedfacf, 0);
    thin.writeUInt32LE(CPU[first], 4);
    return thin;
  }
  const fat = Buffer.alloc(8 + processors.length * 20);
  fat.writeUInt32BE(0xcafebabe, 0);
  fat.writeUInt32BE(processors.length, 4);
  for (const [index, processor] of processors.entries()) fat.writeUInt32BE(CPU[processor], 8 + index * 20);
  return fat;
}

export const MACFUSE = '/Library/Filesystems/macfuse.fs';
export const OSXFUSE = '/Library/Filesystems/osxfuse.fs';
export const LIBFUSE = '/usr/local/lib/libfuse.2.dylib';
export const FUSE_T = '/usr/local/lib/libfuse-t.dylib';
export const LOADER = `${MACFUSE}/Contents/Resources/load_macfuse`;

export interface Mac {
  readonly arch?: string;
  readonly givenLibrary?: string;
  /** Files, and what is in those that are read. */
  readonly files?: Readonly<Record<string, Buffer | string>>;
  /** Exit code of a program; undefined: it does not run. */
  readonly exits?: Readonly<Record<string, number>>;
}

/** A Mac on which programs were run. */
export function mac({ arch = 'arm64', givenLibrary, files = {}, exits = {} }: Mac): MacSystem & { ran: string[] } {
  const ran: string[] = [];
  return {
    arch,
    givenLibrary,
    ran,
    exists: (path) => path in files,
    head: (path) => (files[path] === undefined ? undefined : Buffer.from(files[path])),
    text: (path) => String(files[path] ?? ''),
    run: (program) => {
      ran.push(program);
      return Promise.resolve({ code: exits[program], output: '' });
    },
  };
}

/** Files of a Mac with macFUSE. */
export const WITH_MACFUSE = {
  [MACFUSE]: '',
  [`${MACFUSE}/Contents/Info.plist`]:
    '<dict>\n\t<key>CFBundleShortVersionString</key>\n\t<string>5.4.0</string>\n</dict>',
  [LIBFUSE]: machHead('x64', 'arm64'),
};
