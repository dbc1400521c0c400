import { readdirSync, readlinkSync } from 'node:fs';

const DEVICE = '/dev/fuse';
const OWN_FILES = '/proc/self/fd';

/** Descriptors of this process that are FUSE connections to the kernel. Empty if the system does not list them. */
export function fuseDescriptors(): Set<string> {
  try {
    return new Set(readdirSync(OWN_FILES).filter(isFuseDescriptor));
  } catch {
    return new Set();
  }
}

/**
 * Whether the descriptor is still a FUSE connection. libfuse closes it when the connection ends, by an unmount or an
 * abort, and sends no notification.
 */
export function isFuseDescriptor(descriptor: string): boolean {
  try {
    return readlinkSync(`${OWN_FILES}/${descriptor}`) === DEVICE;
  } catch {
    return false;
  }
}
