import type { EmulatedLibrary } from '../emulator/emulated-library.js';
import { startEmulator, type Emulator, type EmulatorOptions } from '../emulator/start-emulator.js';
import { makePrivateFolders, type PrivateFolders } from './private-folders.js';
import { withMount, type Mounted, type MountOptions } from './mounted.js';

export interface Stage<R> {
  readonly emulator: Emulator;
  readonly library: EmulatedLibrary;
  readonly folders: PrivateFolders;
  /** What `fill` gave back. */
  readonly made: R;
  /** Mounts this library with these folders, as often as one likes: catalog and cache stay. */
  readonly mount: <T>(
    options: Omit<MountOptions, 'emulator' | 'folders'>,
    body: (mounted: Mounted) => Promise<T>,
  ) => Promise<T>;
}

/** An emulated account with what `fill` puts in, and folders that outlive a mount; both gone at the end. */
export async function withLibrary<R, T>(
  fill: (library: EmulatedLibrary, emulator: Emulator) => R,
  body: (stage: Stage<R>) => Promise<T>,
  options: EmulatorOptions = {},
): Promise<T> {
  const emulator = await startEmulator(options);
  const folders = makePrivateFolders();
  try {
    const made = fill(emulator.library, emulator);
    return await body({
      emulator,
      library: emulator.library,
      folders,
      made,
      mount: (mountOptions, inside) => withMount({ ...mountOptions, emulator, folders }, inside),
    });
  } finally {
    await emulator.close();
    folders.remove();
  }
}
