import { createHash } from 'node:crypto';

/** What stands behind `sha256:` in the files that `service install` writes: tells whether the rest of the file was edited since. */
export function sealOf(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}

/** What a file of a service manager is: ours and as it was written, ours and edited since, or another's. */
export type FileOrigin =
  { readonly kind: 'ours' | 'edited'; readonly mountpoint: string | undefined } | { readonly kind: 'foreign' };
