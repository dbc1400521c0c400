import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { seededNumbers, SEED_NOTE } from '../../support/chance.js';
import { LANGUAGES, type Language } from '../../takeout/builder/languages.js';
import { describeLibrary } from '../../takeout/builder/library.js';
import { mergeTruths } from '../../takeout/builder/merge-truths.js';
import { randomLibrary } from '../../takeout/builder/random-library.js';
import { brokenSums } from '../../takeout/builder/truth.js';
import { writeExport } from '../../takeout/builder/write-export.js';

describe('random libraries of the Takeout builder', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'takeout-random-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('the same seed gives the same library, another seed another one', () => {
    const digest = (seed: number): string => JSON.stringify(randomLibrary(seededNumbers(seed), 60));
    assert.equal(digest(11), digest(11));
    assert.notEqual(digest(11), digest(12));
  });

  for (const style of ['old', 'new', 'uncut'] as const)
    it(`sums hold, paths are unique, names obey 51 units: random library, sidecars ${style} (${SEED_NOTE})`, async () => {
      const random = seededNumbers();
      const languages = Object.keys(LANGUAGES) as Language[];
      const language = languages[random(languages.length)] ?? 'en';
      const library = randomLibrary(random, 300);
      const { truth, plan, parts } = await writeExport(library, { folder, language, style, parts: 3, repeated: 5 });
      assert.deepEqual(brokenSums(truth.accounting), []);
      const paths = plan.files.map(({ path }) => path);
      assert.equal(new Set(paths).size, paths.length);
      assert.equal(parts.flatMap(({ files }) => files).length, truth.accounting.entries);
      for (const { path, role } of plan.files) {
        if (role === 'sidecar' && style === 'uncut') continue;
        const name = path.slice(path.lastIndexOf('/') + 1).replace(/\(\d+\)(?=\.[^.]+$|$)/, '');
        // Media keeps a surrogate pair that the cut would split, so it may have one unit more.
        assert.ok(name.length <= (/\p{Surrogate}|\p{Emoji}/u.test(name) ? 52 : 51), path);
      }
      const unsure = truth.items.filter((item) => item.unsure).length;
      assert.ok(unsure < library.photos.length / 10, `${unsure} of ${library.photos.length} are unsure`);
      assert.equal(truth.items.filter(({ role }) => role === 'original').length, library.photos.length);
    });

  it('without rates nothing of their kind occurs, with them it does', () => {
    const none = randomLibrary(seededNumbers(5), 200, { edited: 0, live: 0, trashed: 0, locked: 0, withoutSidecar: 0 });
    assert.ok(none.photos.every((photo) => photo.edited === undefined && photo.moving === undefined));
    assert.ok(none.photos.every(({ trashed, locked, sidecar }) => !trashed && !locked && sidecar !== 'none'));
    const many = randomLibrary(seededNumbers(5), 200, { edited: 0.5, live: 0.5, trashed: 0.2, locked: 0.2 });
    assert.ok(many.photos.filter(({ edited }) => edited !== undefined).length > 40);
    assert.ok(many.photos.filter(({ locked }) => locked).length > 10);
  });
});

describe('what the Takeout builder calls undecidable', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'takeout-unsure-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function unsureOf(photos: Parameters<typeof describeLibrary>[0]['photos'], style: 'new' | 'uncut' = 'new') {
    const { truth } = await writeExport(describeLibrary({ photos }), { folder, style });
    return truth.items.filter(({ unsure }) => unsure).map(({ key, role }) => `${key} ${role}`);
  }

  it('a lone edited version of two namesakes', async () => {
    assert.deepEqual(await unsureOf([{ title: 'X.jpg' }, { title: 'X.jpg', edited: true }]), ['p1 edited']);
    assert.deepEqual(
      await unsureOf([
        { title: 'X.jpg', edited: true },
        { title: 'X.jpg', edited: true },
      ]),
      [],
    );
  });

  it('uncut sidecars of titles that share the cut name of their media', async () => {
    const long = 'y'.repeat(50);
    const photos = [{ title: `${long}1.jpg` }, { title: `${long}2.jpg` }];
    assert.deepEqual(await unsureOf(photos, 'uncut'), ['p0 original', 'p1 original']);
    assert.deepEqual(await unsureOf(photos), []);
  });

  it('a moving part that two stills could have', async () => {
    assert.deepEqual(await unsureOf([{ title: 'I.HEIC' }, { title: 'I.JPG', moving: '.MP4' }]), ['p1 moving']);
    assert.deepEqual(
      await unsureOf([
        { title: 'I.HEIC', moving: '.MP4' },
        { title: 'I.JPG', moving: '.MP4' },
      ]),
      [],
    );
  });

  it('a title that is the counted name of another', async () => {
    assert.deepEqual(await unsureOf([{ title: 'a.jpg' }, { title: 'a.jpg' }, { title: 'a(1).jpg' }]), [
      'p0 original',
      'p1 original',
      'p2 original',
    ]);
  });
});

describe('what sidecars without media make undecidable', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'takeout-named-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('an edited version whose suffix is cut away, beside the sidecar of another title that is cut alike', async () => {
    const long = 'z'.repeat(50);
    const library = describeLibrary({
      photos: [{ title: `${long}1.jpg`, edited: true }, { title: `${long}2.jpg` }],
      albums: [{ title: 'Trip', members: ['p0'], sidecarMembers: ['p1'] }],
    });
    const { truth } = await writeExport(library, { folder });
    const unsure = truth.items.filter((item) => item.unsure).map(({ key, role }) => `${key} ${role}`);
    assert.ok(unsure.includes('p0 edited') && unsure.includes('p1 original'), unsure.join(', '));
  });

  it('not a still without extension and its moving part, which share one sidecar', async () => {
    const library = describeLibrary({
      photos: [
        { title: 'Bare', moving: '.MP4' },
        { title: 'Other', edited: true },
      ],
    });
    const { truth } = await writeExport(library, { folder });
    const unsure = truth.items.filter((item) => item.unsure).map(({ key, role }) => `${key} ${role}`);
    assert.deepEqual(unsure, []);
  });
});

describe('the truth of several exports', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'takeout-merge-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is a union in which the newest export states the values', async () => {
    const photo = (more: object) => ({ key: 'a', title: 'A.jpg', ...more });
    const first = describeLibrary({
      photos: [photo({}), { key: 'b', title: 'B.jpg' }],
      albums: [{ key: 'trip', title: 'Trip', members: ['a'] }],
    });
    const later = describeLibrary({ photos: [photo({ locked: true }), { key: 'b', title: 'B.jpg' }] });
    const old = await writeExport(first, { folder, stamp: '20260101T000000Z' });
    const fresh = await writeExport(later, { folder, stamp: '20260301T000000Z', only: new Set(['a']) });
    const { items, albums, accounting } = mergeTruths([old.truth, fresh.truth]);
    assert.deepEqual(
      items.map((item) => [item.key, item.locked, item.albums]),
      [
        ['a', true, ['trip']],
        ['b', false, []],
      ],
    );
    assert.equal(albums.length, 1);
    assert.deepEqual([accounting.media, accounting.items, accounting.copies], [4, 2, 2]);
    assert.deepEqual(brokenSums(accounting), []);
  });
});
