import { readdirSync, readlinkSync } from 'node:fs';

const DEVICE = '/dev/fuse';
const OWN_FILES = '/proc/self/fd';

/** Descriptors of this process that are connections to the kernel's FUSE; empty where the system does not list them. */
export function fuseDescriptors(): Set<string> {
  try {
    return new Set(readdirSync(OWN_FILES).filter(isFuseDescriptor));
  } catch {
    return new Set();
  }
}

/**
 * Whether the descriptor still is one. libfuse closes it when its connection has ended, by unmounting or by an abort from
 * outside; it tells nobody.
 */
export function isFuseDescriptor(descriptor: string): boolean {
  try {
    return readlinkSync(`${OWN_FILES}/${descriptor}`) === DEVICE;
  } catch {
    return false;
  }
}
