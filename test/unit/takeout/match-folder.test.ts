import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { matchFolder } from '../../../src/takeout/matching/match-folder.js';
import type { TakeoutFolder } from '../../../src/takeout/matching/takeout-folder.js';

interface MatcherCase {
  readonly id: string;
  readonly files: readonly string[];
  /** Media to its sidecar, null for none. */
  readonly expect: Readonly<Record<string, string | readonly string[] | null>>;
  readonly meta?: Readonly<Record<string, { readonly title?: string; readonly taken?: number }>>;
  readonly companions?: Readonly<Record<string, string>>;
  readonly edited?: Readonly<Record<string, string>>;
}

const cases = JSON.parse(
  readFileSync(new URL('../../../../test/unit/takeout/matcher-cases.json', import.meta.url), 'utf8'),
) as readonly MatcherCase[];

function folderOf({ files, meta = {} }: Pick<MatcherCase, 'files' | 'meta'>, isAlbum = false): TakeoutFolder {
  const isSidecar = (name: string) => name.endsWith('.json');
  return {
    media: files.filter((name) => !isSidecar(name)),
    sidecars: files.filter(isSidecar).map((name) => {
      const { title, taken } = meta[name] ?? {};
      return {
        name,
        ...(title === undefined ? {} : { title }),
        ...(taken === undefined ? {} : { takenAt: taken * 1000 }),
      };
    }),
    isAlbum,
  };
}

describe('the matcher of Takeout folders', () => {
  it('the collected folders are here', () => assert.ok(cases.length >= 63));

  for (const one of cases) {
    const [first] = one.files;
    it(`${one.id}: ${first} and what lies beside it get the right sidecars`, () => {
      for (const files of [one.files, [...one.files].reverse()]) {
        const { media } = matchFolder(folderOf({ ...one, files }));
        for (const [name, wanted] of Object.entries(one.expect)) {
          const match = media.get(name);
          const allowed = Array.isArray(wanted) ? (wanted as string[]) : [wanted];
          assert.ok(allowed.includes(match?.sidecar ?? null), `${name} -> ${match?.sidecar}, not ${String(wanted)}`);
          assert.equal(match?.isAmbiguous, false, name);
        }
        for (const [part, still] of Object.entries(one.companions ?? {})) {
          assert.deepEqual([media.get(part)?.role, media.get(part)?.of], ['moving', still]);
        }
        for (const [version, original] of Object.entries(one.edited ?? {})) {
          assert.deepEqual([media.get(version)?.role, media.get(version)?.of], ['edited', original]);
        }
      }
    });
  }
});
