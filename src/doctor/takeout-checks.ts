import { existsSync } from 'node:fs';
import { defaultCacheLimit } from '../daemon/cache-limit.js';
import { absentParts } from '../daemon/look-at-parts.js';
import { withKnownTakeouts, type KnownTakeouts } from '../daemon/profile-takeouts.js';
import { profilePaths } from '../daemon/profile-paths.js';
import { fail, pass, skip, warn, type Check, type DoctorDeps, type Finding } from './check.js';

const NONE = skip('This profile has no Takeout exports.');
const GIB = 1024 ** 3;

/** Whether the exports of a profile are there and whole, and whether the cache suits them. */
export function takeoutChecks({ around, cacheMaxBytes }: Pick<DoctorDeps, 'around' | 'cacheMaxBytes'>): Check[] {
  const paths = profilePaths(around.folders, around.profile);
  const known = (look: (known: KnownTakeouts) => Finding | Promise<Finding>): Promise<Finding> =>
    withKnownTakeouts(paths, (all) => (all.exports.length === 0 ? NONE : look(all)));
  return [
    { id: 'takeout-there', run: () => known(partsThere) },
    { id: 'takeout-whole', run: () => known(partsMissing) },
    {
      id: 'takeout-cache',
      run: () =>
        known(async (all) => {
          const folder = existsSync(paths.cacheDir) ? paths.cacheDir : '/';
          return largerThanCache(all, cacheMaxBytes ?? (await defaultCacheLimit(folder)));
        }),
    },
  ];
}

async function partsThere({ exports, unread }: KnownTakeouts): Promise<Finding> {
  const parts = exports.flatMap((one) => one.parts);
  const fix =
    'Plug the drive in or put the file back: it is read again by itself. Or give its new place: gphotos-mount takeout add PATH';
  const [absent] = await absentParts(parts.map(({ path }) => path));
  const damaged = parts.find(({ state }) => state === 'damaged');
  if (absent !== undefined) return fail(absent, fix);
  if (damaged !== undefined) return fail(damaged.error ?? '', 'Download this part again: gphotos-mount takeout check');
  const number = parts.length === 1 ? 'The one part' : `All ${parts.length} parts`;
  return pass(`${number} of Takeout exports can be found${unread === 0 ? '' : `, ${unread} not read yet`}.`);
}

function partsMissing({ exports }: KnownTakeouts): Finding {
  const gaps = exports.filter(({ missing }) => missing.length > 0);
  const [first] = gaps;
  if (first === undefined) return pass('No part of an export is missing, as far as their numbers tell.');
  const numbers = first.missing.map((number) => String(number).padStart(3, '0')).join(', ');
  return warn(
    `Of the export ${first.name} these parts are missing: ${numbers}.`,
    'Download them at takeout.google.com (an export stays there for 7 days), then: gphotos-mount takeout add PATH',
  );
}

function largerThanCache({ readings }: KnownTakeouts, limit: number): Finding {
  const sizes = (readings?.places() ?? []).flatMap(({ place: { method, size } }) =>
    method === 'deflated' ? [size] : [],
  );
  const larger = sizes.filter((size) => size > limit).length;
  if (larger === 0) return pass('The cache has room for each compressed file of the exports.');
  return warn(
    `${larger === 1 ? '1 compressed file' : `${larger} compressed files`} of the exports do not fit the cache: a jump back reads one anew.`,
    `Give the cache more room: --cache-max-size ${Math.ceil(Math.max(...sizes) / GIB) + 1}G`,
  );
}
