import { shellQuoted } from '../support/shell-quoted.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { askDaemon, runningDaemons } from './control-client.js';

/** The mount room's view of a path, handed in by the composition root. */
export interface MountTools {
  /** As the mount table spells the path: absolute, without symbolic links. Never enters a mount. */
  readonly locate: (path: string) => Promise<string>;
  readonly state: (path: string) => Promise<'mounted-by-us' | 'mounted' | 'stale' | 'free'>;
  readonly unmount: (path: string, options: { readonly lazy: boolean }) => Promise<void>;
}

export interface UnmountOptions {
  /** Absolute. */
  readonly mountpoint: string;
  readonly runtimeDir: string;
  readonly tools: () => Promise<MountTools>;
  readonly timeoutMs: number;
  /** Although files are open. */
  readonly lazy: boolean;
}

/** Unmounts through the daemon where one answers, else by hand: a killed daemon leaves a stale mount. */
export async function unmountAny({
  mountpoint: given,
  runtimeDir,
  tools,
  timeoutMs,
  lazy,
}: UnmountOptions): Promise<void> {
  const { locate, state, unmount } = await tools();
  const mountpoint = await locate(given);
  const daemons = await runningDaemons(runtimeDir, 2000);
  const owner = daemons.find(({ status }) => status.mountpoint === mountpoint);
  if (owner !== undefined) {
    const reply = await askDaemon(owner.socketFile, { command: 'unmount', lazy }, timeoutMs).catch(() => undefined);
    if (reply?.ok === true) return;
    if (reply?.ok === false) throw new UserError(reply.exitCode, reply.message, reply.hint);
  }
  switch (await state(mountpoint)) {
    case 'free':
      // The daemon may have finished without an answer.
      if (owner !== undefined) return;
      throw new UserError(
        ExitCode.notRunning,
        `Nothing is mounted on ${mountpoint}.`,
        'See what is mounted: gphotos-mount status',
      );
    case 'mounted':
      throw new UserError(
        ExitCode.mount,
        `${mountpoint} is a mount, but not one of gphotos-mount.`,
        `Use the program that mounted it, or: umount ${shellQuoted(mountpoint)}`,
      );
    default:
      // A dead mount is busy for whoever still stands in it, and has nothing to lose.
      await unmount(mountpoint, { lazy: true });
  }
}
