import { isLockHeldBy, readLockHolder } from '../catalog/profile-lock.js';
import type { Clock } from '../support/clock.js';

export interface ReleaseDeps {
  readonly isMounted: (mountpoint: string) => Promise<boolean>;
  readonly clock: Clock;
}

/** A daemon whose mount was taken away notices within a second, and its end has deadlines of its own. */
const ENDING_MS = 15_000;
const LOOK_MS = 100;

/**
 * Waits for a daemon that is ending: it holds the lock of the profile, and its mount is gone. Resolves at once where there is none, and
 * after 15 s in any case.
 */
export async function untilReleased(dataDir: string, { isMounted, clock }: ReleaseDeps): Promise<void> {
  const giveUpAt = clock.now() + ENDING_MS;
  while (clock.now() < giveUpAt) {
    const holder = readLockHolder(dataDir);
    if (holder === undefined || !isLockHeldBy(dataDir, holder.pid) || (await isMounted(holder.mountpoint))) return;
    await clock.sleep(LOOK_MS);
  }
}
