import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspectMount, type InspectionDeps } from '../../../src/mount/mount-state.js';
import type { MountEntry } from '../../../src/mount/mount-table.js';

const PATH = '/nowhere/photos';
const MACFUSE: MountEntry = { mountpoint: PATH, type: 'macfuse', source: 'gphotos-mount', device: '' };
const FUSE_T: MountEntry = { mountpoint: PATH, type: 'nfs', source: 'fuse-t:/photos', device: '' };
const LINUX: MountEntry = { mountpoint: PATH, type: 'fuse.gphotos-mount', source: 'gphotos-mount', device: '0:39' };

interface Row {
  readonly what: string;
  readonly entry: MountEntry;
  /** True and false are answers; undefined is none within three seconds. */
  readonly answer: boolean | undefined;
  readonly platform?: NodeJS.Platform;
  /** What the locks say; undefined: they are not asked. */
  readonly served?: boolean;
  readonly isOurPath?: boolean;
  readonly state: string;
}

const ROWS: readonly Row[] = [
  { what: 'a mount of macFUSE that answers', entry: MACFUSE, answer: true, served: true, state: 'mounted-by-us' },
  { what: 'one that says that its server is gone', entry: MACFUSE, answer: false, served: true, state: 'stale' },
  { what: 'one that is silent and has no daemon', entry: MACFUSE, answer: undefined, served: false, state: 'stale' },
  { what: 'one that is silent and has one', entry: MACFUSE, answer: undefined, served: true, state: 'mounted-by-us' },
  { what: 'one that is silent where locks are not asked', entry: MACFUSE, answer: undefined, state: 'mounted-by-us' },
  { what: 'FUSE-T, silent, on a path of no lock', entry: FUSE_T, answer: undefined, served: false, state: 'mounted' },
  {
    what: 'FUSE-T, silent, on the path of a killed daemon',
    entry: FUSE_T,
    answer: undefined,
    served: false,
    isOurPath: true,
    state: 'stale',
  },
  {
    what: 'FUSE-T on the path of a daemon',
    entry: FUSE_T,
    answer: true,
    isOurPath: true,
    served: true,
    state: 'mounted-by-us',
  },
  {
    what: 'a silent mount of Linux without a daemon: there a dead one says so',
    entry: LINUX,
    answer: undefined,
    platform: 'linux',
    served: false,
    state: 'mounted-by-us',
  },
];

describe('the state of a mount point', () => {
  for (const { what, entry, answer, platform = 'darwin', served, isOurPath = false, state } of ROWS)
    it(`the state of a mount point is ${state} for ${what}`, async () => {
      const deps: InspectionDeps = {
        platform,
        readTable: () => Promise.resolve([entry]),
        isAnswering: () => Promise.resolve(answer),
        owners: served === undefined ? undefined : { isServed: () => served, isOurPath: () => isOurPath },
      };
      assert.equal((await inspectMount(PATH, deps)).state, state);
    });
});
