const PREFIX = 'https://www.googleapis.com/auth/';

/** One permission that is asked for. */
export interface Permission {
  readonly scope: string;
  /** Completes "to ...". */
  readonly allows: string;
  /** What is the case without it. */
  readonly without: string;
}

/** Nothing can be read without this one. */
export const READ_SCOPE = `${PREFIX}photoslibrary.readonly.appcreateddata`;
export const APPEND_SCOPE = `${PREFIX}photoslibrary.appendonly`;
export const EDIT_SCOPE = `${PREFIX}photoslibrary.edit.appcreateddata`;
export const PICKER_SCOPE = `${PREFIX}photospicker.mediaitems.readonly`;

/**
 * Everything that is asked for, and nothing else: never Drive, never the permissions that Google removed in March 2025.
 */
export const PERMISSIONS: readonly Permission[] = [
  {
    scope: READ_SCOPE,
    allows: 'see the photos, videos and albums that were added with this OAuth client',
    without: 'no photos or albums can be read',
  },
  {
    scope: APPEND_SCOPE,
    allows: 'add photos, videos and albums',
    without: 'nothing can be uploaded: the mount is read-only',
  },
  {
    scope: EDIT_SCOPE,
    allows: 'change albums and descriptions that were made with this OAuth client',
    without: 'albums and descriptions cannot be changed: the mount is read-only',
  },
  {
    scope: PICKER_SCOPE,
    allows: 'read photos that you pick yourself',
    without: 'photos of the rest of the library cannot be picked',
  },
];

/** Scopes of a space separated list, as Google gives them. */
export function scopesIn(text: string): string[] {
  return text.split(/\s+/).filter((scope) => scope !== '');
}

/** What was asked for and is not among the granted. */
export function missingPermissions(granted: readonly string[]): Permission[] {
  return PERMISSIONS.filter(({ scope }) => !granted.includes(scope));
}

/** False where it is known that nothing can be read. */
export function mayRead(granted: readonly string[] | undefined): boolean {
  return granted === undefined || granted.includes(READ_SCOPE);
}

/** Made for permissions that Google removed in March 2025, which open nothing any more. */
export function hasRemovedScope(granted: readonly string[]): boolean {
  return granted.some((scope) => REMOVED.has(shortScope(scope)));
}

const REMOVED: ReadonlySet<string> = new Set([
  'photoslibrary',
  'photoslibrary.readonly',
  'photoslibrary.sharing',
  'photoslibrary.readonly.originals',
]);

/** How what was unticked is granted after all. */
export const TICK_EVERY_BOX = 'Run gphotos-mount login again and tick every box on the consent page.';

/** `photoslibrary.appendonly` of the full name. */
export function shortScope(scope: string): string {
  return scope.startsWith(PREFIX) ? scope.slice(PREFIX.length) : scope;
}
