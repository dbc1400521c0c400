/** A path that a person gave and that cannot be used: what is wrong, and what to do, one sentence each. */
export interface RefusedPath {
  readonly path: string;
  readonly reason: string;
  readonly hint: string;
}

export type RefusalKind =
  | 'tgz'
  | 'unfinished'
  | 'special'
  | 'empty'
  | 'no-zip'
  | 'not-whole'
  | 'no-takeout'
  | 'no-photos'
  | 'other-files'
  | 'missing'
  | 'forbidden'
  | 'own-mount'
  | 'unreadable';

const ZIP_HINT = 'Ask takeout.google.com for another export as .zip';

const WORDS: Readonly<Record<RefusalKind, readonly [reason: string, hint: string]>> = {
  tgz: [
    'is a .tgz, which cannot be read in place: it would take one pass over all of it and as much disk again',
    `${ZIP_HINT}, or extract it and add the folder.`,
  ],
  unfinished: ['is a download that has not finished', 'Add it when the browser has finished it.'],
  special: ['is %, not a file or folder', 'Give the .zip files of an export, or a folder that holds them.'],
  empty: ['is empty', 'Download this part again.'],
  'no-zip': ['is no zip file', 'Give the .zip files of an export, or a folder that holds them.'],
  'not-whole': ['is not a whole zip file: %', 'Download this part again.'],
  'no-takeout': ['is no Takeout export', 'Give the .zip files that takeout.google.com made.'],
  'no-photos': ['is a Takeout export without Google Photos', 'Choose Google Photos at takeout.google.com.'],
  'other-files': [
    'holds no Takeout export',
    'Give the .zip files of an export, the folder that holds them, or an extracted export.',
  ],
  missing: ['is not there', 'Look at the spelling, or plug the drive in.'],
  forbidden: ['may not be read by you', 'Make it readable for your user.'],
  'own-mount': ['lies inside a mount of gphotos-mount', 'Put the export on a disk and add it there.'],
  unreadable: ['cannot be read: %', 'Look at the drive: the kernel log says more.'],
};

export function refusePath(path: string, kind: RefusalKind, detail = ''): RefusedPath {
  const [reason, hint] = WORDS[kind];
  return { path, reason: reason.replace('%', () => detail), hint };
}

/** The refusal in one sentence that begins with the path. */
export function refusalText({ path, reason }: RefusedPath): string {
  return `${path} ${reason}.`;
}
