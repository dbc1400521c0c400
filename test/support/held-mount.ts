import { withMount, type Mounted, type MountOptions } from './mounted.js';

/** A mount for the tests of a whole file; `release` unmounts and reports what went wrong meanwhile. */
export interface HeldMount {
  readonly mounted: Mounted;
  release(): Promise<void>;
}

export function holdMount(options: MountOptions): Promise<HeldMount> {
  return new Promise((resolve, reject) => {
    let free: () => void = () => undefined;
    const held = new Promise<void>((done) => (free = done));
    const ended = withMount(options, async (mounted) => {
      resolve({
        mounted,
        release: async () => {
          free();
          await ended;
        },
      });
      await held;
    });
    ended.catch(reject);
  });
}
