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

  it('without its original an edited version has the sidecar, and is an item of its own', () => {
    const { media, orphans } = matchFolder(folderOf({ files: ['a-edited.jpg', 'a.jpg.json'] }));
    const match = media.get('a-edited.jpg');
    assert.deepEqual([match?.role, match?.isEdited, match?.sidecar], ['original', true, 'a.jpg.json']);
    assert.deepEqual(orphans, []);
  });

  it('one edited version of two namesakes is ambiguous and names both sidecars', () => {
    const files = ['a.jpg', 'a(1).jpg', 'a-edited.jpg', 'a.jpg.json', 'a.jpg(1).json'];
    const match = matchFolder(folderOf({ files })).media.get('a-edited.jpg');
    assert.deepEqual([match?.isAmbiguous, match?.sidecar, match?.role], [true, undefined, 'original']);
    assert.deepEqual([...(match?.candidates ?? [])].sort(), ['a.jpg(1).json', 'a.jpg.json']);
  });

  it('one moving part of two stills is ambiguous', () => {
    const files = ['a.HEIC', 'a.JPG', 'a.MP4', 'a.HEIC.json', 'a.JPG.json'];
    const match = matchFolder(folderOf({ files })).media.get('a.MP4');
    assert.deepEqual([match?.isAmbiguous, match?.sidecar, match?.role], [true, undefined, 'original']);
  });

  it('one moving part of two namesakes is ambiguous, also where its number is that of one', () => {
    const files = ['a.jpg', 'a(1).jpg', 'a.MP4', 'a.jpg.json', 'a.jpg(1).json'];
    const match = matchFolder(folderOf({ files })).media.get('a.MP4');
    assert.deepEqual([match?.isAmbiguous, match?.sidecar, match?.role], [true, undefined, 'original']);
    assert.deepEqual([...(match?.candidates ?? [])].sort(), ['a.jpg(1).json', 'a.jpg.json']);
  });

  it('a moving part whose number no counter of its own explains belongs to the still of that number', () => {
    const files = ['a.jpg', 'a(1).jpg', 'a(1).MP4', 'a.jpg.json', 'a.jpg(1).json'];
    const match = matchFolder(folderOf({ files })).media.get('a(1).MP4');
    assert.deepEqual([match?.role, match?.of, match?.sidecar], ['moving', 'a(1).jpg', 'a.jpg(1).json']);
  });

  it('a moving part of a still with brackets in its title belongs to it, beside a still without them', () => {
    const sidecars = ['photo(1).jpg.json', 'photo.jpg.json'];
    const meta = { 'photo(1).jpg.json': { title: 'photo(1).jpg' }, 'photo.jpg.json': { title: 'photo.jpg' } };
    for (const more of [[], ['photo.MP4']]) {
      const files = ['photo(1).jpg', 'photo.jpg', 'photo(1).MP4', ...more, ...sidecars];
      const { media } = matchFolder(folderOf({ files, meta }));
      const parts = ['photo(1).MP4', ...more];
      assert.deepEqual(
        parts.map((name) => media.get(name)?.of),
        parts.map((name) => name.replace('.MP4', '.jpg')),
      );
      assert.equal(media.get('photo(1).MP4')?.sidecar, 'photo(1).jpg.json');
    }
  });

  for (const extension of ['.MV', '.MOV', '.MP4', ''])
    it(`a still whose title has no extension has the sidecar, and the ${extension || 'bare'} file beside it is its moving part`, () => {
      const files = ['Balls.jpg', `Balls${extension}`, 'Balls.supplemental-metadata.json'];
      const meta = { 'Balls.supplemental-metadata.json': { title: 'Balls', taken: 5 } };
      const { media, orphans } = matchFolder(folderOf({ files, meta }));
      const [still, part] = [media.get('Balls.jpg'), media.get(`Balls${extension}`)];
      assert.deepEqual([still?.role, still?.sidecar], ['original', 'Balls.supplemental-metadata.json']);
      assert.deepEqual([part?.role, part?.of, part?.isAmbiguous], ['moving', 'Balls.jpg', false]);
      assert.deepEqual(orphans, []);
    });

  it('a still and a video of one title without extension, with two sidecars, are ambiguous', () => {
    const sidecars = ['Balls.supplemental-metadata.json', 'Balls.supplemental-metadata(1).json'];
    const { media } = matchFolder(folderOf({ files: ['Balls.jpg', 'Balls.mp4', ...sidecars] }));
    assert.deepEqual(
      ['Balls.jpg', 'Balls.mp4'].map((name) => [media.get(name)?.isAmbiguous, media.get(name)?.sidecar]),
      [
        [true, undefined],
        [true, undefined],
      ],
    );
  });

  it('a video with a sidecar of its own beside a still is a video', () => {
    const files = ['a.JPG', 'a.MP4', 'a.JPG.json', 'a.MP4.json'];
    const meta = { 'a.JPG.json': { title: 'a.JPG', taken: 5 }, 'a.MP4.json': { title: 'a.MP4', taken: 5 } };
    const match = matchFolder(folderOf({ files, meta })).media.get('a.MP4');
    assert.deepEqual([match?.role, match?.sidecar], ['original', 'a.MP4.json']);
  });

  it('two long titles that are cut to one media name are ambiguous where sidecars are not cut', () => {
    const title = 'Long '.padEnd(50, 'x');
    const sidecars = [`${title}one.jpg`, `${title}two.jpg`].map((name) => ({
      name: `${name}.supplemental-metadata.json`,
      title: name,
    }));
    const media = [`${title.slice(0, 47)}.jpg`, `${title.slice(0, 47)}(1).jpg`];
    const match = matchFolder({ media, sidecars, isAlbum: false });
    assert.deepEqual(
      media.map((name) => [match.media.get(name)?.isAmbiguous, match.media.get(name)?.candidates.length]),
      [
        [true, 2],
        [true, 2],
      ],
    );
    assert.equal(match.orphans.length, 2);
  });

  it('a variant X~2.jpg without a sidecar shares the sidecar of X.jpg', () => {
    const files = ['a.jpg', 'a~2.jpg', 'a.jpg.json'];
    const match = matchFolder(folderOf({ files })).media.get('a~2.jpg');
    assert.deepEqual([match?.role, match?.sidecar], ['original', 'a.jpg.json']);
  });

  it('sidecars left over in an album are memberships, elsewhere orphans', () => {
    const files = ['a.jpg', 'a.jpg.json', 'b.jpg.json'];
    assert.deepEqual(matchFolder(folderOf({ files }, true)).memberships, ['b.jpg.json']);
    assert.deepEqual(matchFolder(folderOf({ files })).orphans, ['b.jpg.json']);
  });

  it('decomposed and composed spellings of a name are the same', () => {
    const files = ['é.jpg'.normalize('NFD'), 'é.jpg.json'.normalize('NFC')];
    assert.equal(matchFolder(folderOf({ files })).media.get(files[0] ?? '')?.sidecar, files[1]);
  });

  it('of a whole sidecar of the old style and a cut one of the newer style the newer one wins', () => {
    const files = ['Screenshot_20231027_123303.jpg', 'Screenshot_20231027_123303.jpg.json'];
    const newer = 'Screenshot_20231027_123303.jpg.supplemental-me.json';
    const { media, orphans } = matchFolder(folderOf({ files: [...files, newer] }));
    assert.equal(media.get(files[0] ?? '')?.sidecar, newer);
    assert.deepEqual(orphans, [files[1]]);
  });
});
