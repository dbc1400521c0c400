import type { Change } from '../library/change.js';
import type { PathShape } from './path-shapes.js';

/** `shown-only`: nothing may be changed in the folder. `not-here`: it takes changes, but not this one. */
export type Verdict = 'allowed' | 'not-here' | 'shown-only';

/** What the table of path shapes says of a change in a folder. */
export function judgeChange({ takes, mkdir, rename }: PathShape, change: Change, nestedAlbums: boolean): Verdict {
  if (takes === undefined) return 'shown-only';
  const allowed: Readonly<Record<Change, boolean>> = {
    create: takes === 'files-of-album',
    mkdir: mkdir === 'always' || (mkdir === 'nested' && nestedAlbums),
    symlink: false,
    rename: rename ?? false,
    modify: true,
  };
  return allowed[change] ? 'allowed' : 'not-here';
}
