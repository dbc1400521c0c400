import { shellQuoted } from '../support/shell-quoted.js';
import type { StatusDocument } from './status-document.js';

/** README.txt at the root of the mount: why the tree looks as it does, and what to do next. */
export function renderReadme(status: StatusDocument): string {
  const { catalog, sync } = status;
  const library = `${number(catalog.items)} items, ${number(catalog.albums)} albums`;
  const unmeasured =
    catalog.unmeasured > 0
      ? `\n${number(catalog.unmeasured)} of them have not been measured yet; that goes on by itself.\n`
      : '';
  return `Your Google Photos, mounted by gphotos-mount ${status.version} (profile "${status.profile}").

Now:        ${library}
${syncLines(sync)}${unmeasured}
What is here
  album/              your albums
  feature/favorites/  what you marked with a star
  media/all/          everything; by-year, by-month, by-day, photos, videos, by-camera and not-in-album beside it
  .gphotos/status.json  how the mount is doing, for programs

An item has the same name in every folder, and keeps it. Dates are the dates of capture, in UTC.

Why something may be missing
  Since 31 March 2025 Google shows a program only those items and albums that the same program (the same OAuth client)
  put into the library. Photos that your phone or the web page uploaded are not visible to it, and no setting changes that.
  Archived items are left out of media/ and feature/ unless you mount with --show-archived.

What Google changes in what you read
  Photos come without the location in their EXIF data, videos as Google's own transcoded copy. Keep your originals.

Next step
  ${nextStep(status)}
`;
}

function syncLines(sync: StatusDocument['sync']): string {
  const last = sync.lastSuccess === null ? 'not finished yet' : sync.lastSuccess;
  const first = sync.firstSyncDone ? '' : '\n            The first sync is running; items show as they arrive.';
  const trouble = sync.lastError === null ? '' : `\nTrouble:    ${sync.lastError.message}`;
  return `Last sync:  ${last}${first}${trouble}\n`;
}

function nextStep({ sync, mountpoint }: StatusDocument): string {
  if (sync.lastError !== null && sync.lastError.hint !== '') return sync.lastError.hint;
  if (!sync.firstSyncDone) return `Watch the first sync: gphotos-mount status ${shellQuoted(mountpoint)}`;
  return `See how it is doing: gphotos-mount status ${shellQuoted(mountpoint)}`;
}

function number(amount: number): string {
  return amount.toLocaleString('en-US');
}
