import { deviceOf, freeMountPoint } from './mounted.js';
import type { PrivateFolders } from './private-folders.js';
import { gphotosMount } from './run-program.js';

/** Ends what a test left mounted on the mount point of its folders, politely and then by force. */
export async function endMount({ mountpoint, env }: PrivateFolders): Promise<void> {
  if (deviceOf(mountpoint) === undefined) return;
  await gphotosMount(['unmount', '--lazy', mountpoint], env);
  freeMountPoint(mountpoint);
}
